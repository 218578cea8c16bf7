namespace GoApi.Application.Users;

/// <summary>The devices that people have logged in from.</summary>
public interface IKnownDevices
{
    /// <summary>Null where it was forgotten.</summary>
    Task<KnownDevice?> DescribeAsync(Guid deviceId, CancellationToken ct);
}

/// <param name="UserAgent">Empty where it sends none.</param>
/// <param name="Network">An IPv4 address, or the /64 of an IPv6 one.</param>
/// <param name="FirstSeenAt">Of the log-in that made it known.</param>
public sealed record KnownDevice(string UserAgent, string Network, DateTimeOffset FirstSeenAt)
{
    /// <summary>For people.</summary>
    public string Name => DeviceName.Of(UserAgent);
}
