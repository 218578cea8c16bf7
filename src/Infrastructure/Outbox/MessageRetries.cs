using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Outbox;

/// <summary>Has messages worked on again that were closed, or wait for their next attempt.</summary>
internal sealed class MessageRetries(AppDbContext db, TimeProvider time)
{
    /// <summary>Those that were given up.</summary>
    public IQueryable<OutboxMessage> Dead => db.Set<OutboxMessage>().Where(row => row.State == OutboxState.Dead);

    /// <summary>They are due at once, and have as many attempts as a new one. In the caller's transaction.</summary>
    /// <returns>How many there were: some are gone, or a worker is on them.</returns>
    public Task<int> ReopenAsync(Guid[] ids, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return db.Set<OutboxMessage>().Where(row => ids.Contains(row.Id) && (row.State != OutboxState.Open || row.LeaseUntil == null)).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.State, OutboxState.Open)
            .SetProperty(row => row.ClosedAt, (DateTimeOffset?)null)
            .SetProperty(row => row.LeaseUntil, (DateTimeOffset?)null)
            .SetProperty(row => row.DueAt, now)
            .SetProperty(row => row.Settled, row => row.Dispatches)
            .SetProperty(row => row.AttemptsBefore, row => row.Attempts), ct);
    }
}
