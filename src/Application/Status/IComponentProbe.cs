namespace GoApi.Application.Status;

public enum ComponentState
{
    Up,
    Down,

    /// <summary>Nothing was tried yet, or nothing can be tried without doing harm (sending a mail).</summary>
    Unknown,
}

/// <summary>Looks whether one part of the system answers. Each has a name of its own.</summary>
public interface IComponentProbe
{
    /// <summary><c>database</c>, <c>cache</c>, <c>queue</c>, <c>storage</c>, <c>email</c>, <c>sms</c> or <c>worker</c>.</summary>
    string Name { get; }

    /// <summary>Never throws for what does not answer; gives up within two seconds.</summary>
    Task<ComponentStatus> ProbeAsync(CancellationToken ct);
}

/// <param name="Mode">What stands behind it: <c>postgresql</c>, <c>memory</c>, <c>embedded</c> …</param>
/// <param name="LatencyMs">Of one round trip; null where there was none.</param>
/// <param name="Details">For administrators: versions, hosts, depths of queues.</param>
public sealed record ComponentStatus(ComponentState Status, string Mode, double? LatencyMs, IReadOnlyDictionary<string, string>? Details = null)
{
    /// <summary>The one without which nothing can be served.</summary>
    public const string Database = "database";
}
