using System.Diagnostics.CodeAnalysis;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Outbox;

/// <summary>
/// Publishes what is due. Claiming moves a row into the future, so what is published and not done in time becomes due
/// again: there is no sweeper beside it, and a relay that dies between claiming and publishing loses nothing.
/// </summary>
internal sealed class OutboxRelay(IServiceScopeFactory scopes, IQueue queue, TimeProvider time)
{
    public const int BatchSize = 100;

    /// <returns>How many were published; fewer than <see cref="BatchSize"/> means that nothing else is due.</returns>
    /// <exception cref="QueueUnavailableException">They are due again after <paramref name="retryAfter"/>.</exception>
    public async Task<int> RelayAsync(string lane, TimeSpan retryAfter, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var claimed = await Due(db, lane, time.GetUtcNow()).AsNoTracking().ToListAsync(ct);
        if (claimed.Count == 0) return 0;

        try
        {
            // The database returns them in any order; ids are in the order of their creation.
            await queue.PublishAsync([.. claimed.OrderBy(row => row.Id).Select(row => new QueuedMessage(row.Id, row.Lane, row.Dispatches))], ct);
        }
        catch (QueueUnavailableException)
        {
            await ReturnAsync(db, claimed, time.GetUtcNow() + retryAfter);
            throw;
        }

        return claimed.Count;
    }

    // Claims 15 s × 2^dispatches ahead, up to 16 minutes: a backlog in the queue is not doubled again and again.
    // As an array the subquery runs once; joined to the update it could run again and claim more than the limit.
    [SuppressMessage("Performance", "CA1859", Justification = "FromSql returns this type.")]
    private static IQueryable<OutboxMessage> Due(AppDbContext db, string lane, DateTimeOffset now)
    {
        if (db.Database.IsNpgsql())
            return db.Set<OutboxMessage>().FromSql(
                $"""
                UPDATE outbox_messages SET dispatches = dispatches + 1, due_at = {now} + interval '15 seconds' * (1 << least(dispatches, 6))
                WHERE id = ANY (ARRAY(
                    SELECT id FROM outbox_messages WHERE state = 'open' AND lane = {lane} AND due_at <= {now} ORDER BY due_at LIMIT {BatchSize} FOR UPDATE SKIP LOCKED))
                RETURNING *
                """);

        // SQLite has one writer at a time, so nobody claims meanwhile.
        var microseconds = Sqlite.Microseconds(now);
        return db.Set<OutboxMessage>().FromSql(
            $"""
            UPDATE outbox_messages SET dispatches = dispatches + 1, due_at = {microseconds} + 15000000 * (1 << min(dispatches, 6))
            WHERE id IN (
                SELECT id FROM outbox_messages WHERE state = 'open' AND lane = {lane} AND due_at <= {microseconds} ORDER BY due_at LIMIT {BatchSize})
            RETURNING *
            """);
    }

    // The dispatch is uncounted, so what the queue did take of the batch is a duplicate to it when it comes again.
    // What a worker has taken from there already goes its own way.
    private static async Task ReturnAsync(AppDbContext db, List<OutboxMessage> claimed, DateTimeOffset due)
    {
        var ids = claimed.Select(row => row.Id).ToArray();
        await db.Set<OutboxMessage>()
            .Where(row => ids.Contains(row.Id) && row.State == OutboxState.Open && row.LeaseUntil == null && row.Settled < row.Dispatches)
            .ExecuteUpdateAsync(row => row
                .SetProperty(message => message.DueAt, due)
                .SetProperty(message => message.Dispatches, message => message.Dispatches - 1), CancellationToken.None);
    }
}
