using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

public enum SuppressionReason
{
    /// <summary>The address does not exist, or refuses for good.</summary>
    HardBounce,

    /// <summary>The receiver called a message spam, or unsubscribed at the provider.</summary>
    Complaint,
}

/// <summary>An address that nothing more is sent to, because a provider reported that it must not be.</summary>
public sealed class Suppression : Aggregate
{
    public const int MaxDetail = 500;

    private Suppression()
    {
    }

    public Suppression(Channel channel, string address, SuppressionReason reason, string? detail, DateTimeOffset now) : base(now) =>
        (Channel, Address, Reason, Detail) = (channel, Normalize(address), reason, Words.Fit(detail, MaxDetail));

    public Channel Channel { get; private set; }

    /// <summary>As <see cref="Normalize"/> writes it.</summary>
    public string Address { get; private set; } = "";

    public SuppressionReason Reason { get; private set; }

    /// <summary>In the provider's words.</summary>
    public string? Detail { get; private set; }

    /// <summary>Addresses are compared without regard to case.</summary>
    public static string Normalize(string address) => address.Trim().ToLowerInvariant();
}
