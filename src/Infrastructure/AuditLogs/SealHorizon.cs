using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>
/// Sequences are given out before their transactions end, and some of those end late. The horizon is a sequence up to which nothing can be
/// added any more: all that were given out have been committed, or never will be.
/// </summary>
internal interface ISealHorizon
{
    /// <summary>Null where it is not known yet; the next call goes on where this one stopped.</summary>
    Task<long?> FindAsync(AppDbContext db, CancellationToken ct);
}

/// <summary>
/// First the last sequence that was given out is read, then who is writing. An INSERT holds a lock on the table from before it takes a
/// sequence until after its transaction is visible to everybody: once those writers have ended, everything up to that sequence is there.
/// Nobody is made to wait for it. CREATE INDEX CONCURRENTLY waits for writers in the same way.
/// </summary>
internal sealed partial class PostgreSqlSealHorizon(TimeProvider time, ILogger<PostgreSqlSealHorizon> logger) : ISealHorizon
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Unusual = TimeSpan.FromMinutes(1);

    private Candidate? candidate;

    public async Task<long?> FindAsync(AppDbContext db, CancellationToken ct)
    {
        // In this order: whoever comes after the first statement gets a later sequence.
        candidate ??= new Candidate(await LastGivenOutAsync(db, ct), await WritersAsync(db, ct), time.GetTimestamp());
        for (var started = time.GetTimestamp(); ; await Task.Delay(Poll, time, ct))
        {
            if (candidate.Writers.Count > 0) candidate.Writers.IntersectWith(await WritersAsync(db, ct));
            if (candidate.Writers.Count == 0)
            {
                var found = candidate.Sequence;
                candidate = null;
                return found;
            }

            if (time.GetElapsedTime(started) < Patience) continue;
            if (time.GetElapsedTime(candidate.Since) > Unusual) Waiting(logger, candidate.Sequence, string.Join(", ", candidate.Writers));
            return null;
        }
    }

    private static Task<long> LastGivenOutAsync(AppDbContext db, CancellationToken ct) =>
        db.Database.SqlQuery<long>($"SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('audit_entries', 'sequence')::regclass), 0) AS \"Value\"").SingleAsync(ct);

    private static async Task<HashSet<string>> WritersAsync(AppDbContext db, CancellationToken ct) => [.. await db.Database.SqlQuery<string>(
        $"""
        SELECT virtualtransaction AS "Value" FROM pg_locks
        WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
          AND relation = 'audit_entries'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """).ToListAsync(ct)];

    [LoggerMessage(1401, LogLevel.Warning, "Audit entries up to {Sequence} are not sealed: a transaction that writes entries has been open for more than a minute (pg_locks.virtualtransaction {Writers})")]
    private static partial void Waiting(ILogger logger, long sequence, string writers);

    private sealed record Candidate(long Sequence, HashSet<string> Writers, long Since);
}

/// <summary>One writes at a time, and a sealer is one of them: in its transaction there is nobody else.</summary>
internal sealed class SqliteSealHorizon : ISealHorizon
{
    public Task<long?> FindAsync(AppDbContext db, CancellationToken ct) => Task.FromResult<long?>(long.MaxValue);
}
