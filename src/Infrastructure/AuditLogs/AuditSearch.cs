using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>Finds entries so that however rare or common what is searched for is, an index has it newest first (decision 0028).</summary>
internal sealed class AuditSearch(AppDbContext db, AuditProtection protection, EntryCount all)
{
    /// <summary>More than there are (some hundred): a compound statement of SQLite has 500 parts at most.</summary>
    private const int MaxKinds = 400;

    public async Task<FoundEntries> FindAsync(AuditLogFilter filter, CancellationToken ct)
    {
        var entries = db.Set<AuditEntry>().AsNoTracking();
        if (filter == AuditLogFilter.None) return new FoundEntries(entries, [entries.Select(entry => entry.Id)], token => all.ReadAsync(db, token));

        if (filter.Ip is { } ip) return new FoundEntries(entries, [FromAddress(ip, filter, Fitting(entries, filter))]);

        // What is only about the kind of entry would be looked for among all of them, where an index by the kind has it in order.
        var asksForKind = filter is { Action: not null } or { Resource: not null } or { Status: not null };
        var isNarrow = filter is { UserId: not null } or { ClientId: not null } or { ResourceId: not null } or { RequestId: not null };
        if (asksForKind && !isNarrow && await KindsAsync(filter, ct) is { Count: <= MaxKinds } kinds)
        {
            var rest = Fitting(entries, filter with { Action = null, Resource = null, Status = null });
            return new FoundEntries(entries, [.. kinds.Select(kind => OfKind(rest, kind))]);
        }

        return new FoundEntries(entries, [Fitting(entries, filter).Select(entry => entry.Id)]);
    }

    private static IQueryable<AuditEntry> Fitting(IQueryable<AuditEntry> entries, AuditLogFilter filter)
    {
        if (filter.UserId is { } user) entries = entries.Where(entry => entry.ActorUserId == user);
        if (filter.ClientId is { } client) entries = entries.Where(entry => entry.ActorClientId == client);
        if (filter.Resource is { } resource) entries = entries.Where(entry => entry.Resource == resource);
        if (filter.ResourceId is { } id) entries = entries.Where(entry => entry.ResourceId == id);
        if (filter.RequestId is { } request) entries = entries.Where(entry => entry.RequestId == request);
        if (EnumText.Parse<AuditStatus>(filter.Status) is { } status) entries = entries.Where(entry => entry.Status == status);
        if (ModuleOf(filter.Action) is { } module) entries = entries.Where(entry => entry.Action.StartsWith(module));
        else if (filter.Action is { } action) entries = entries.Where(entry => entry.Action == action);
        if (filter.From is { } from)
        {
            var first = CreationTime.Smallest(from);
            entries = entries.Where(entry => entry.Id >= first);
            if (CreationTime.IsWithinMillisecond(from)) entries = entries.Where(entry => entry.CreatedAt >= from.ToUniversalTime());
        }

        if (filter.To is { } to)
        {
            var end = CreationTime.IsWithinMillisecond(to) ? CreationTime.SmallestAfter(to) : CreationTime.Smallest(to);
            entries = entries.Where(entry => entry.Id < end);
            if (CreationTime.IsWithinMillisecond(to)) entries = entries.Where(entry => entry.CreatedAt < to.ToUniversalTime());
        }

        return entries;
    }

    // The rows of the address are in the order of the entries, so the bounds are theirs, and the entries are looked at for what else is asked for.
    private IQueryable<Guid> FromAddress(string ip, AuditLogFilter filter, IQueryable<AuditEntry> fitting)
    {
        var rows = protection.From(db, ip)!;
        if (filter == AuditLogFilter.None with { Ip = ip }) return rows.Select(row => row.EntryId);

        if (filter.From is { } from && CreationTime.Smallest(from) is var first) rows = rows.Where(row => row.EntryId >= first);
        if (filter.To is { } to && CreationTime.SmallestAfter(to) is var end) rows = rows.Where(row => row.EntryId < end);
        return rows.Where(row => fitting.Any(entry => entry.Id == row.EntryId)).Select(row => row.EntryId);
    }

    private static IQueryable<Guid> OfKind(IQueryable<AuditEntry> entries, Kind kind)
    {
        var (action, resource, status) = (kind.Action, kind.Resource, EnumText.Parse<AuditStatus>(kind.Status)!.Value);
        return entries.Where(entry => entry.Action == action && entry.Resource == resource && entry.Status == status).Select(entry => entry.Id);
    }

    /// <summary>The kinds that fit. The index is not read from end to end for it: from each kind it goes to the next, in three steps, because SQLite compares only the first column of a row by index.</summary>
    private async Task<List<Kind>> KindsAsync(AuditLogFilter filter, CancellationToken ct)
    {
        var kinds = await db.Database.SqlQuery<Kind>(
            $"""
            WITH RECURSIVE kinds (action, resource, status) AS (
                SELECT action, resource, status FROM audit_entries WHERE sequence = (SELECT sequence FROM audit_entries ORDER BY action, resource, status LIMIT 1)
                UNION ALL
                SELECT entry.action, entry.resource, entry.status FROM kinds JOIN audit_entries AS entry ON entry.sequence = COALESCE(
                    (SELECT sequence FROM audit_entries AS next WHERE next.action = kinds.action AND next.resource = kinds.resource AND next.status > kinds.status ORDER BY next.status LIMIT 1),
                    (SELECT sequence FROM audit_entries AS next WHERE next.action = kinds.action AND next.resource > kinds.resource ORDER BY next.resource, next.status LIMIT 1),
                    (SELECT sequence FROM audit_entries AS next WHERE next.action > kinds.action ORDER BY next.action, next.resource, next.status LIMIT 1)))
            SELECT action, resource, status FROM kinds
            """).ToListAsync(ct);
        var module = ModuleOf(filter.Action);
        return kinds.FindAll(kind =>
            (module is null ? filter.Action is null || kind.Action == filter.Action : kind.Action.StartsWith(module, StringComparison.Ordinal))
            && (filter.Resource is null || kind.Resource == filter.Resource) && (filter.Status is null || kind.Status == filter.Status));
    }

    /// <summary><c>reviews.</c> of <c>reviews.*</c>; null where one action is meant.</summary>
    private static string? ModuleOf(string? action) => action is not null && action.EndsWith('*') ? action[..^1] : null;

    private sealed record Kind(string Action, string Resource, string Status);
}

/// <param name="entries">All.</param>
/// <param name="parts">The ids of those that fit, each in one part only; an index has each part in order.</param>
/// <param name="count">Where it is known more cheaply than by counting the parts.</param>
internal sealed class FoundEntries(IQueryable<AuditEntry> entries, IReadOnlyList<IQueryable<Guid>> parts, Func<CancellationToken, Task<long>>? count = null)
{
    /// <param name="behind">Only older ones.</param>
    public IQueryable<AuditEntry> Newest(Guid? behind, int skipped, int size)
    {
        // As many of each part as could be shown if it had all of the newest.
        var ids = Together(parts.Select(part => (behind is { } last ? part.Where(id => id < last) : part).OrderByDescending(id => id).Take(skipped + size)));
        return ids.OrderByDescending(id => id).Skip(skipped).Take(size).Join(entries, id => id, entry => entry.Id, (_, entry) => entry).OrderByDescending(entry => entry.Id);
    }

    public Task<long> CountAsync(CancellationToken ct) => count?.Invoke(ct) ?? Together(parts).LongCountAsync(ct);

    private IQueryable<Guid> Together(IEnumerable<IQueryable<Guid>> all) =>
        all.Aggregate((IQueryable<Guid>?)null, (found, part) => found is null ? part : found.Concat(part)) ?? entries.Where(_ => false).Select(entry => entry.Id);
}
