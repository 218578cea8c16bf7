using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.AuditLogs;
using GoApi.Domain.Kernel;

namespace GoApi.Application.AuditLogs;

/// <summary>
/// What shows that the audit trail is what it was: seals over all entries, and what they are made of. Entries are sealed seconds after their
/// commit. How to check them with other programs: docs/audit-trail.md.
/// </summary>
public interface IAuditSeals
{
    /// <summary>Recomputes all of it, in constant memory, and stops at what is wrong first. Of a million entries it takes seconds.</summary>
    /// <param name="kept">Seals that were taken out of the system earlier: they show whether something was cut off since.</param>
    Task<TrailVerdict> VerifyAsync(IReadOnlyCollection<KnownSeal> kept, CancellationToken ct);

    /// <summary>What shows that the entry is in its seal. There is none before it is sealed, which is a conflict.</summary>
    Task<Result<InclusionProof>> ProveAsync(Guid entryId, CancellationToken ct);

    /// <summary>Newest first.</summary>
    Task<Result<Page<SealDto>>> ListAsync(PageRequest page, CancellationToken ct);

    /// <summary>By their number, read while they are written.</summary>
    /// <param name="after">Those behind this number.</param>
    IAsyncEnumerable<SealDto> StreamAsync(long after, CancellationToken ct);

    /// <summary>All entries that are sealed, by their sequence, read while they are written.</summary>
    /// <param name="after">Those that later seals than this number vouch for.</param>
    IAsyncEnumerable<AuditRecord> StreamRecordsAsync(long after, CancellationToken ct);

    /// <summary>The key that signs, and those that did before it.</summary>
    Task<IReadOnlyList<SealKeyDto>> ListKeysAsync(CancellationToken ct);

    /// <summary>Makes a new key, which signs from the next seal on; what the others have signed stays valid.</summary>
    Task<SealKeyDto> RotateKeyAsync(CancellationToken ct);
}
