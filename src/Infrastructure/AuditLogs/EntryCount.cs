using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>
/// How many entries there are in all, which the newest page of ten millions names and must not count. Each seal says how many it has, and
/// nothing is added to what is sealed: those are added up once, and what lies behind the last seal is counted each time.
/// </summary>
internal sealed class EntryCount
{
    private Counted known = new(0, long.MinValue, 0);

    public async Task<long> ReadAsync(AppDbContext db, CancellationToken ct)
    {
        // Of two that count at once either is right: what one of them keeps is true of the seals that it names.
        var counted = known;
        var more = await db.Set<AuditSeal>().Where(seal => seal.Number > counted.Seal).GroupBy(_ => 1)
            .Select(seals => new Counted(seals.Max(seal => seal.Number), seals.Max(seal => seal.LastSequence), seals.Sum(seal => seal.Entries))).SingleOrDefaultAsync(ct);
        if (more is not null) known = counted = more with { Entries = counted.Entries + more.Entries };

        // A seal that is made meanwhile has entries that are counted here.
        return counted.Entries + await db.Set<AuditEntry>().LongCountAsync(entry => entry.Sequence > counted.Through, ct);
    }

    /// <param name="Seal">The last one whose entries are in it.</param>
    /// <param name="Through">That one's last sequence.</param>
    private sealed record Counted(long Seal, long Through, long Entries);
}
