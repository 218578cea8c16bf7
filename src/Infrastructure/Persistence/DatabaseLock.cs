using System.Diagnostics;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Makes all hosts of one database take turns (N10). A host that dies lets go.</summary>
internal interface IDatabaseLock
{
    /// <summary>Waits until it is free.</summary>
    Task<IAsyncDisposable> TakeAsync(string name, CancellationToken ct);
}

/// <summary>A session-level advisory lock, on a connection of its own: it ends with the connection.</summary>
internal sealed partial class PostgreSqlLock(NpgsqlDataSource database, DatabaseSettings settings, ILogger<PostgreSqlLock> logger) : IDatabaseLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<IAsyncDisposable> TakeAsync(string name, CancellationToken ct)
    {
        var connection = await ConnectAsync(ct);
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended($1, 0))", connection) { Parameters = { new() { Value = $"goapi:{name}" } }, CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
        return new Held(connection);
    }

    // Host and database are often started together: whoever is first waits for the other.
    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken ct)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return await database.OpenConnectionAsync(ct);
            }
            catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.InvalidCatalogName)
            {
                await CreateDatabaseAsync(ct);
            }
            catch (NpgsqlException down) when (down.IsTransient && Stopwatch.GetElapsedTime(started) < Patience)
            {
                DatabaseNotReady(logger, settings.Host!, settings.Port, down.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), ct);
            }
            catch (NpgsqlException refused)
            {
                throw new InvalidConfigurationException([$"DB_HOST: PostgreSQL at {settings.Host}:{settings.Port} cannot be used: {refused.Message}"]);
            }
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken ct)
    {
        var maintenance = new NpgsqlConnectionStringBuilder(PostgreSqlOwner.ConnectionString(settings)) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand($"CREATE DATABASE \"{settings.Name.Replace("\"", "\"\"")}\"", connection);
        try
        {
            await command.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException exists) when (exists.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another host was faster.
        }
    }

    [LoggerMessage(1001, LogLevel.Warning, "PostgreSQL at {Host}:{Port} is not ready yet: {Reason}")]
    private static partial void DatabaseNotReady(ILogger logger, string host, int port, string reason);

    private sealed class Held(NpgsqlConnection connection) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            // A pooled connection would keep the lock.
            await using (var command = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", connection)) await command.ExecuteNonQueryAsync();
            await connection.DisposeAsync();
        }
    }
}

/// <summary>An open file that nobody else may open: the operating system closes it with the process.</summary>
internal sealed class SqliteLock(AppSettings settings, TimeProvider time) : IDatabaseLock
{
    public async Task<IAsyncDisposable> TakeAsync(string name, CancellationToken ct)
    {
        Directory.CreateDirectory(settings.DataPath);
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(settings.DataPath, $"{name}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Directory.Exists(settings.DataPath))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct);
            }
        }
    }
}
