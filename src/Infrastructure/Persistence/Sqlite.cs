using System.Data.Common;
using GoApi.Infrastructure.Configuration;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace GoApi.Infrastructure.Persistence;

internal static class Sqlite
{
    /// <summary>A moment as it keeps them: it has no type for them, and as microseconds of UTC they compare and sort as PostgreSQL's timestamptz does.</summary>
    public static long Microseconds(DateTimeOffset moment) => (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static string ConnectionString(AppSettings settings) => new SqliteConnectionStringBuilder
    {
        DataSource = Path.Combine(settings.DataPath, "goapi.db"),
        ForeignKeys = true,
        DefaultTimeout = 10,
    }.ConnectionString;
}

/// <summary>
/// WAL lets readers go on while one writes. FULL makes each commit durable against a power cut as well (N1).
/// What is deleted or overwritten is overwritten in the file as well, so that an erasure leaves nothing in it.
/// SQLite's own busy handler waits in small steps; the driver's, which comes after it, in steps of 150 ms.
/// </summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    private const string Pragmas = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON;";

    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }
}
