using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Auditing;

internal sealed class AuditHistory(AppDbContext db, AuditProtection protection, PageReader pages) : IAuditHistory
{
    private static readonly ListOrder<AuditEntry> NewestFirst = new BySequence<AuditEntry>(entry => entry.Sequence, newestFirst: true);

    public async Task<Result<Page<HistoryEntry>>> ListAsync(Guid userId, PageRequest page, CancellationToken ct)
    {
        var entries = db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.SubjectUserId == userId && (entry.Action.StartsWith("users.") || entry.Action.StartsWith("oauth.")));
        if ((await pages.ReadAsync("users.activity", entries, rows => rows, NewestFirst, page, ct)).Failed(out var error, out var found)) return error;

        var keys = await protection.KeysAsync(db, [userId], ct);
        return found.Select(entry => new HistoryEntry(
            entry.Id, entry.Action, entry.Status, entry.Resource,
            entry.CallerId == userId ? AuditProtection.IpAddressOf(entry, keys) : null, entry.CallerId == userId ? AuditProtection.UserAgentOf(entry, keys) : null,
            entry.ActorClientId, entry.CreatedAt));
    }
}
