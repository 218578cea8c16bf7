using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Outbox;

/// <summary>How much work waits, for the status page and the metrics.</summary>
internal interface IOutboxStatus
{
    Task<OutboxCounts> CountAsync(CancellationToken ct);
}

/// <param name="Open">Not done yet.</param>
/// <param name="Overdue">Due for more than a minute: nobody relays, or the queue is down.</param>
/// <param name="Dead">Given up; a person has to look at them.</param>
internal sealed record OutboxCounts(int Open, int Overdue, int Dead);

internal sealed class OutboxStatus(AppDbContext db, TimeProvider time) : IOutboxStatus
{
    public async Task<OutboxCounts> CountAsync(CancellationToken ct)
    {
        var longAgo = time.GetUtcNow().AddMinutes(-1);
        var rows = db.Set<OutboxMessage>();
        return new OutboxCounts(
            await rows.CountAsync(row => row.State == OutboxState.Open, ct),
            await rows.CountAsync(row => row.State == OutboxState.Open && row.DueAt < longAgo, ct),
            await rows.CountAsync(row => row.State == OutboxState.Dead, ct));
    }
}
