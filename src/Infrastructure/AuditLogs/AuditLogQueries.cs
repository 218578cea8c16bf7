using System.Runtime.CompilerServices;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.AuditLogs;

internal sealed class AuditLogQueries(AppDbContext db, PageReader pages, AuditSearch search, AuditProtection protection) : IAuditLogQueries
{
    private const int BatchSize = 500;

    private static readonly ListOrder<AuditEntry> NewestFirst = new ByCreation<AuditEntry>(entry => entry.Id, newestFirst: true);

    public async Task<Result<Page<AuditLogDto>>> ListAsync(AuditLogFilter filter, PageRequest page, CancellationToken ct)
    {
        await using var planned = await db.BeginOwnPlansAsync(ct);
        var found = await search.FindAsync(filter, ct);
        if ((await pages.ReadAsync("audit_logs", NewestFirst, (position, skipped, size) => ReadAsync(found, position, skipped, size, ct), () => found.CountAsync(ct), page)).Failed(out var error, out var entries))
            return error;

        var keys = await KeysAsync(entries.Items, ct);
        return entries.Select(entry => Show(entry, keys));
    }

    public async Task<AuditLogDto?> FindAsync(Guid id, CancellationToken ct) =>
        await db.Set<AuditEntry>().AsNoTracking().FirstOrDefaultAsync(entry => entry.Id == id, ct) is { } entry ? Show(entry, await KeysAsync([entry], ct)) : null;

    public async IAsyncEnumerable<AuditLogDto> StreamAsync(AuditLogFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        List<AuditEntry> batch = [];
        do
        {
            IReadOnlyDictionary<Guid, byte[]> keys;
            // A batch at a time: neither a transaction nor a connection is held while somebody reads slowly.
            await using (await db.BeginOwnPlansAsync(ct))
            {
                batch = await (await search.FindAsync(filter, ct)).Newest(batch is [.., var last] ? last.Id : null, 0, BatchSize).ToListAsync(ct);
                keys = await KeysAsync(batch, ct);
            }

            foreach (var entry in batch) yield return Show(entry, keys);
        }
        while (batch.Count == BatchSize);
    }

    private static Task<List<AuditEntry>>? ReadAsync(FoundEntries found, string? position, int skipped, int size, CancellationToken ct)
    {
        if (position is null) return found.Newest(null, skipped, size).ToListAsync(ct);
        return Guid.TryParse(position, out var last) ? found.Newest(last, skipped, size).ToListAsync(ct) : null;
    }

    // Of all persons of a page at once.
    private Task<IReadOnlyDictionary<Guid, byte[]>> KeysAsync(IReadOnlyList<AuditEntry> entries, CancellationToken ct) =>
        protection.KeysAsync(db, [.. entries.SelectMany(entry => new[] { entry.CallerId, entry.SubjectUserId }).OfType<Guid>().Distinct()], ct);

    private static AuditLogDto Show(AuditEntry entry, IReadOnlyDictionary<Guid, byte[]> keys) => new()
    {
        Id = entry.Id,
        Sequence = entry.Sequence,
        ActorUserId = entry.ActorUserId,
        ActorClientId = entry.ActorClientId,
        SubjectUserId = entry.SubjectUserId,
        Action = entry.Action,
        Resource = entry.Resource,
        ResourceId = entry.ResourceId,
        IpAddress = AuditProtection.IpAddressOf(entry, keys),
        UserAgent = AuditProtection.UserAgentOf(entry, keys),
        RequestId = entry.RequestId,
        Status = entry.Status,
        Error = entry.Error,
        Changes = AuditProtection.ChangesOf(entry, keys),
        CreatedAt = entry.CreatedAt,
    };
}
