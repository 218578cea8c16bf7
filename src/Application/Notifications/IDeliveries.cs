using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>The ledger of deliveries, as those see it who write it.</summary>
public interface IDeliveries
{
    Task<Delivery?> FindAsync(Guid id, CancellationToken ct);

    /// <summary>With all that is needed to send it, as it is now; null where it is gone.</summary>
    Task<DueDelivery?> FindDueAsync(Guid id, CancellationToken ct);

    /// <summary>Whether somebody wants messages of the category over the channel. Of <see cref="Category.Security"/> nobody is asked.</summary>
    Task<bool> IsWantedAsync(Guid userId, string category, Channel channel, CancellationToken ct);

    /// <summary>Why nothing is to be sent to the address; null where nothing speaks against it.</summary>
    Task<SuppressionReason?> FindSuppressionAsync(Channel channel, string address, CancellationToken ct);

    /// <summary>Saves it at once: what a provider reports of it finds it, and so does whoever goes on after a crash.</summary>
    Task OpenAsync(Delivery delivery, CancellationToken ct);

    void Add(Delivery delivery);

    void Add(DeliveryAttempt attempt);

    /// <summary>Has the message of a delivery worked on again, at once, with as many attempts as a new one.</summary>
    /// <returns>False where it is kept no longer.</returns>
    Task<bool> ReopenAsync(Guid id, CancellationToken ct);

    /// <summary>The same for dead ones, oldest first, in the caller's transaction.</summary>
    /// <returns>How many.</returns>
    Task<int> ReopenDeadAsync(Channel? channel, Guid? batchId, int limit, DateTimeOffset now, CancellationToken ct);
}

/// <param name="Batch">Null where it has words of its own.</param>
/// <param name="Recipient">Null where it goes to nobody's account, or the account is gone or suspended.</param>
/// <param name="IsWanted">Whether the recipient wants messages of the category over the channel.</param>
/// <param name="Suppressed">Why nothing is to be sent to the address; null where nothing speaks against it.</param>
public sealed record DueDelivery(Delivery Delivery, NotificationBatch? Batch, Addressee? Recipient, bool IsWanted, SuppressionReason? Suppressed = null);

/// <summary>Somebody with what a message needs to know of them.</summary>
public sealed record Addressee(Guid UserId, string Email, string? Phone, string FirstName, string LastName, string? Locale)
{
    /// <summary>Somebody who is nobody: for seeing whether a template can be rendered.</summary>
    public static Addressee Sample { get; } = new(Guid.Empty, "ada@example.com", null, "Ada", "Lovelace", null);

    /// <summary>Null where there is none.</summary>
    public string? AddressFor(Channel channel) => channel == Channel.Email ? Email : Phone;

    /// <summary>What every template can say of the recipient, beside the variables that it is given: <c>recipient.first_name</c> and so on.</summary>
    public IReadOnlyDictionary<string, object?> AddTo(IReadOnlyDictionary<string, object?> variables) => new Dictionary<string, object?>(variables)
    {
        ["recipient"] = new Dictionary<string, object?> { ["first_name"] = FirstName, ["last_name"] = LastName, ["email"] = Email },
    };
}
