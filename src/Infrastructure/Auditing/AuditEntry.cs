using GoApi.Application.Abstractions.Auditing;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// One line of the audit trail. It is never changed and never deleted: the database itself refuses (triggers). What is personal in it is
/// encrypted with the person's own key (decision 0023).
/// </summary>
internal sealed class AuditEntry
{
    public const int MaxUserAgent = 512;

    /// <summary>Given by the database, counting up.</summary>
    public long Sequence { get; init; }

    public required Guid Id { get; init; }

    public Guid? ActorUserId { get; init; }

    public string? ActorClientId { get; init; }

    /// <summary>Whose history it belongs to: whom it is about, else who did it.</summary>
    public Guid? SubjectUserId { get; init; }

    /// <summary><c>module.verb</c>.</summary>
    public required string Action { get; init; }

    public required string Resource { get; init; }

    public string? ResourceId { get; init; }

    /// <summary>Encrypted where <see cref="CallerId"/> says whose it is.</summary>
    public string? IpAddress { get; set; }

    /// <summary>Encrypted as the address is.</summary>
    public string? UserAgent { get; set; }

    public required string RequestId { get; init; }

    public required AuditStatus Status { get; init; }

    /// <summary>The code of the error.</summary>
    public string? Error { get; init; }

    /// <summary>Old and new values of the fields that changed, as JSON; secrets are masked, personal values of <see cref="SubjectUserId"/> encrypted.</summary>
    public string? Changes { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What <see cref="Changes"/> is made of when the entry is written.</summary>
    public IReadOnlyList<AuditedField> Fields { get; init; } = [];

    /// <summary>It is as it is going to be stored.</summary>
    public bool IsProtected { get; set; }

    /// <summary>Whose address and program it was: the actor's; of somebody who is not logged in, whom they gave themselves out for.</summary>
    public Guid? CallerId => ActorUserId ?? SubjectUserId;
}

/// <summary>One field that changed.</summary>
/// <param name="Old">As JSON.</param>
/// <param name="New">As JSON.</param>
internal sealed record AuditedField(string Name, string Old, string New, bool IsPersonal);
