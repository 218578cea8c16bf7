using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Abstractions.Auditing;

/// <summary>The audit trail as the person may read it whom it is about.</summary>
public interface IAuditHistory
{
    /// <summary>Newest first: how the account was logged in to and changed (<c>users.*</c> and <c>oauth.*</c>), also by others.</summary>
    Task<Result<Page<HistoryEntry>>> ListAsync(Guid userId, PageRequest page, CancellationToken ct);
}

/// <param name="Status"><c>success</c>, <c>failure</c> or <c>denied</c>.</param>
/// <param name="IpAddress">Null where somebody else did it, an administrator for example: their address is theirs.</param>
/// <param name="ClientId">The program that was used.</param>
public sealed record HistoryEntry(
    Guid Id, string Action, AuditStatus Status, string Resource, string? IpAddress, string? UserAgent, string? ClientId, DateTimeOffset CreatedAt);
