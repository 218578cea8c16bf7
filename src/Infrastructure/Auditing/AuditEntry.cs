using GoApi.Application.Abstractions.Auditing;

namespace GoApi.Infrastructure.Auditing;

/// <summary>One line of the audit trail. It is never changed and never deleted: the database itself refuses (triggers).</summary>
internal sealed class AuditEntry
{
    /// <summary>Given by the database, counting up.</summary>
    public long Sequence { get; init; }

    public required Guid Id { get; init; }

    public Guid? ActorUserId { get; init; }

    public string? ActorClientId { get; init; }

    /// <summary><c>module.verb</c>.</summary>
    public required string Action { get; init; }

    public required string Resource { get; init; }

    public string? ResourceId { get; init; }

    public string? IpAddress { get; init; }

    public string? UserAgent { get; init; }

    public required string RequestId { get; init; }

    public required AuditStatus Status { get; init; }

    /// <summary>The code of the error.</summary>
    public string? Error { get; init; }

    /// <summary>Old and new values of the fields that changed, as JSON; secrets are masked.</summary>
    public string? Changes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
