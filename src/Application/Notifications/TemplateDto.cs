using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>All languages of one template.</summary>
/// <param name="Variables">What the system gives its own; empty for others.</param>
public sealed record TemplateSummary(string Name, string Category, bool IsSystem, IReadOnlyList<string> Variables, IReadOnlyList<TemplateLocale> Locales);

/// <param name="Version">0 where it is the text of the system.</param>
/// <param name="UpdatedAt">Null where it is the text of the system.</param>
public sealed record TemplateLocale(string Locale, int Version, string Category, string Subject, DateTimeOffset? UpdatedAt);

/// <param name="Version">0 is the text of the system.</param>
/// <param name="CreatedBy">Null where a program wrote it, or it is the text of the system.</param>
public sealed record TemplateVersion(string Locale, int Version, string Category, string Subject, Guid? CreatedBy, DateTimeOffset CreatedAt);

/// <summary>One version of a template.</summary>
public sealed record TemplateDto
{
    public required string Name { get; init; }

    public required string Locale { get; init; }

    /// <summary>0 is the text of the system.</summary>
    public int Version { get; init; }

    public required string Category { get; init; }

    public bool IsSystem { get; init; }

    /// <summary>What the system gives its own; empty for others.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    public required string Subject { get; init; }

    public required string Text { get; init; }

    /// <summary>Null where it is made from the text.</summary>
    public string? Html { get; init; }

    public Guid? CreatedBy { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }
}
