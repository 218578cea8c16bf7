using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// An instance that still remembered the key of somebody who was being erased may have written an entry after that, with its row of
/// <see cref="AuditAddress"/>. When none can remember it any more, the rows are deleted once again.
/// </summary>
internal sealed class AuditAddressRetention(AppDbContext db, TimeProvider time) : IRetention
{
    private const int BatchSize = 1_000;

    public async Task CleanAsync(CancellationToken ct)
    {
        List<Guid> erased;
        do
        {
            var now = time.GetUtcNow();
            erased = await db.Set<PersonKey>().Where(key => key.SweepAfter < now).OrderBy(key => key.SweepAfter).Select(key => key.UserId).Take(BatchSize).ToListAsync(ct);
            await db.Set<AuditAddress>().Where(row => erased.Contains(row.UserId!.Value)).ExecuteDeleteAsync(ct);
            // Last: what fails before it is done again. Who was erased once more meanwhile is left for later.
            await db.Set<PersonKey>().Where(key => erased.Contains(key.UserId) && key.SweepAfter < now).ExecuteUpdateAsync(key => key.SetProperty(row => row.SweepAfter, (DateTimeOffset?)null), ct);
        }
        while (erased.Count == BatchSize);
    }
}
