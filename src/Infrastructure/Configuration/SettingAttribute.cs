namespace GoApi.Infrastructure.Configuration;

/// <summary>
/// A value from the configuration: its name is that of the environment variable. The default and the bounds stand here
/// and nowhere else: the start refuses what is outside of them, and <c>.env.example</c> is held against them by a test.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string name, string? defaultValue = null) : Attribute
{
    public string Name { get; } = name;

    /// <summary>As it would be written in the environment; null where unset means something of its own.</summary>
    public string? Default { get; } = defaultValue;

    /// <summary>For numbers, inclusive.</summary>
    public long Min { get; init; } = long.MinValue;

    /// <summary>For numbers, inclusive.</summary>
    public long Max { get; init; } = long.MaxValue;

    /// <summary>For text: the values that there are.</summary>
    public string[] OneOf { get; init; } = [];

    /// <summary>For addresses: what a scheme may be.</summary>
    public string[] Schemes { get; init; } = ["http", "https"];

    /// <summary>Never printed.</summary>
    public bool Secret { get; init; }
}
