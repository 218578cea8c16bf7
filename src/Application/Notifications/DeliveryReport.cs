using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>What a provider says has become of a message that it took. They come in any order, repeatedly, and before our own record of the sending.</summary>
/// <param name="DeliveryId">What we gave the provider along; null where it did not come back.</param>
/// <param name="ProviderId">The provider's id of the message.</param>
/// <param name="Address">Whom it went to.</param>
/// <param name="Reason">Of a failure, in the provider's words, at most 500 characters, without control characters.</param>
/// <param name="At">When it happened.</param>
public sealed record DeliveryReport(Channel Channel, Guid? DeliveryId, string? ProviderId, string? Address, ReportKind Kind, string? Reason, DateTimeOffset At);

public enum ReportKind
{
    /// <summary>The receiver's server, or the phone, has it.</summary>
    Delivered,

    /// <summary>It was not delivered; the address may work another time.</summary>
    Failed,

    /// <summary>The address does not exist, or refuses for good: nothing more is sent to it.</summary>
    HardBounce,

    /// <summary>The receiver called it spam, or unsubscribed: nothing more is sent to the address.</summary>
    Complaint,
}

/// <summary>The ledger, as the webhooks of providers see it. Doing it twice is harmless.</summary>
public interface IDeliveryReports
{
    /// <summary>Records what became of the deliveries, and suppresses the addresses that want nothing more, in one transaction.</summary>
    Task RecordAsync(IReadOnlyList<DeliveryReport> reports, CancellationToken ct);
}
