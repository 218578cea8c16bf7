using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Batches, who the people are that they are for, and what is made of them.</summary>
public interface IBatches
{
    Task<NotificationBatch?> FindAsync(Guid id, CancellationToken ct);

    void Add(NotificationBatch batch);

    void Add(Notification notification);

    void Add(Delivery delivery);

    /// <summary>Has the next part tried again, where it was given up; in the caller's transaction.</summary>
    /// <returns>False where it was not.</returns>
    Task<bool> ReopenAsync(NotificationBatch batch, CancellationToken ct);

    /// <summary>How many active accounts there are now.</summary>
    Task<int> CountAsync(Audience audience, CancellationToken ct);

    /// <summary>Those of the ids that are no active account.</summary>
    Task<IReadOnlySet<Guid>> FindMissingAsync(IReadOnlyCollection<Guid> userIds, CancellationToken ct);

    /// <summary>The next active accounts behind <see cref="NotificationBatch.After"/>, by id.</summary>
    Task<IReadOnlyList<Listener>> NextAsync(NotificationBatch batch, int limit, CancellationToken ct);
}

/// <param name="Channels">Of those of the batch, the ones that the person wants messages of its category over, and has an address for.</param>
public sealed record Listener(Addressee Person, IReadOnlyList<Channel> Channels);
