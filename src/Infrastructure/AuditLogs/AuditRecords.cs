using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>
/// Reads entries as they are stored, whatever somebody with full rights has put there: past the model, whose conversions would stop at a
/// status that does not exist, or at text in a column of numbers, as SQLite allows.
/// </summary>
internal static class AuditRecords
{
    /// <summary>Entries a statement: no snapshot is held for as long as millions of them take.</summary>
    private const int BatchSize = 5_000;

    private const string Columns =
        "sequence, id, actor_user_id, actor_client_id, subject_user_id, action, resource, resource_id, ip_address, user_agent, request_id, status, error, changes, ";

    private const string PostgreSqlMoment = "CASE WHEN isfinite(created_at) THEN (extract(epoch FROM created_at) * 1000000)::bigint END";
    private const string SqliteMoment = "created_at";

    // About the year 4000, and as far back.
    private const long MaxMicroseconds = 64_000_000_000_000_000;

    /// <summary>Those behind <paramref name="after"/> up to and with <paramref name="through"/>, by their sequence.</summary>
    public static async IAsyncEnumerable<StoredRecord> ReadAsync(AppDbContext db, long after, long through, [EnumeratorCancellation] CancellationToken ct)
    {
        while (await ReadBatchAsync(db, after, through, BatchSize, ct) is { Count: > 0 } batch)
        {
            foreach (var record in batch) yield return record;
            after = batch[^1].Sequence;
        }
    }

    public static async Task<IReadOnlyList<StoredRecord>> ReadBatchAsync(AppDbContext db, long after, long through, int limit, CancellationToken ct)
    {
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.Transaction = db.Database.CurrentTransaction?.GetDbTransaction();
            command.CommandText = $"SELECT {Columns} {(db.Database.IsNpgsql() ? PostgreSqlMoment : SqliteMoment)} FROM audit_entries WHERE sequence > @after AND sequence <= @through ORDER BY sequence LIMIT @limit";
            Add(command, "after", after);
            Add(command, "through", through);
            Add(command, "limit", limit);
            List<StoredRecord> records = [];
            await using var rows = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, ct);
            while (await rows.ReadAsync(ct)) records.Add(new StoredRecord(rows.GetInt64(0), Record(rows)));
            return records;
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    private static void Add(DbCommand command, string name, long value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    private static AuditRecord? Record(DbDataReader row)
    {
        var readable = true;
        AuditRecord record = new()
        {
            Sequence = row.GetInt64(0),
            Id = Id(1) ?? Guid.Empty,
            ActorUserId = Id(2),
            ActorClientId = Text(3),
            SubjectUserId = Id(4),
            Action = Text(5) ?? "",
            Resource = Text(6) ?? "",
            ResourceId = Text(7),
            IpAddress = Text(8),
            UserAgent = Text(9),
            RequestId = Text(10) ?? "",
            Status = Text(11) ?? "",
            Error = Text(12),
            Changes = Text(13),
            CreatedAt = Moment(14),
        };
        return readable ? record : null;

        string? Text(int column)
        {
            if (row.IsDBNull(column)) return null;
            if (row.GetValue(column) is string text) return text;
            readable = false;
            return null;
        }

        // SQLite keeps them as text, in the one form that the model writes and finds them by.
        Guid? Id(int column)
        {
            if (row.IsDBNull(column)) return null;
            switch (row.GetValue(column))
            {
                case Guid id: return id;
                case string text when Guid.TryParseExact(text, "D", out var id) && !text.Any(char.IsAsciiLetterLower): return id;
                default:
                    readable = false;
                    return null;
            }
        }

        // As microseconds since 1970: PostgreSQL knows moments that .NET does not.
        DateTimeOffset Moment(int column)
        {
            if (row.GetValue(column) is long microseconds and > -MaxMicroseconds and < MaxMicroseconds) return DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
            readable = false;
            return default;
        }
    }
}

/// <param name="Record">Null where the row holds what no entry holds.</param>
internal readonly record struct StoredRecord(long Sequence, AuditRecord? Record)
{
    public SealedLeaf Leaf => new(Sequence, Record?.LeafHash() ?? []);
}
