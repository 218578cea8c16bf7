using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>
/// How many entries there are in all, which the newest page of ten millions names and must not count. Entries are never deleted, so what was
/// counted once is counted for ever, but for the latest, which transactions that are still open may add to: those are counted each time.
/// </summary>
internal sealed class EntryCount(TimeProvider time)
{
    /// <summary>No transaction is open for longer between making an entry and its commit, the difference of two clocks included.</summary>
    public static readonly TimeSpan Open = TimeSpan.FromMinutes(15);

    private Counted known = new(Guid.Empty, 0);

    public async Task<long> ReadAsync(AppDbContext db, CancellationToken ct)
    {
        var (behind, counted) = known;
        var open = CreationTime.Smallest(time.GetUtcNow() - Open);
        if (Before(open, behind)) open = behind;
        var more = await db.Set<AuditEntry>().Where(entry => entry.Id >= behind).GroupBy(_ => 1)
            .Select(entries => new { All = entries.LongCount(), Settled = entries.LongCount(entry => entry.Id < open) }).SingleOrDefaultAsync(ct);
        if (more is null) return counted;

        // Of two that count at once either is right.
        known = new Counted(open, counted + more.Settled);
        return counted + more.All;
    }

    // As the databases compare them.
    private static bool Before(Guid one, Guid other) => string.CompareOrdinal(one.ToString(), other.ToString()) < 0;

    /// <param name="Count">Of the entries whose id is smaller than <paramref name="Behind"/>.</param>
    private sealed record Counted(Guid Behind, long Count);
}
