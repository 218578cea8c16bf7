using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;

namespace GoApi.Application.AuditLogs;

/// <summary>An entry of the audit trail as staff read it. What was personal of somebody who is erased by now is null.</summary>
public sealed record AuditLogDto
{
    public Guid Id { get; init; }

    /// <summary>What the seals count by; it may have gaps.</summary>
    public long Sequence { get; init; }

    public Guid? ActorUserId { get; init; }

    public string? ActorClientId { get; init; }

    /// <summary>Whose history it belongs to: whom it is about, else who did it.</summary>
    public Guid? SubjectUserId { get; init; }

    /// <summary><c>module.verb</c>.</summary>
    public required string Action { get; init; }

    public required string Resource { get; init; }

    public string? ResourceId { get; init; }

    public string? IpAddress { get; init; }

    public string? UserAgent { get; init; }

    public required string RequestId { get; init; }

    public AuditStatus Status { get; init; }

    /// <summary>The code of the error.</summary>
    public string? Error { get; init; }

    /// <summary>Old and new value of each field that changed; secrets are masked.</summary>
    public JsonElement? Changes { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
