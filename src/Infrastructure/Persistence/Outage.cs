using System.Net.Sockets;
using GoApi.Application.Abstractions.Queueing;
using Microsoft.Data.Sqlite;
using NATS.Client.Core;
using Npgsql;
using StackExchange.Redis;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Tells a backing service that does not answer (503, try again) from a bug (500).</summary>
public static class Outage
{
    // Primary result codes: https://www.sqlite.org/rescode.html
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;
    private const int SqliteReadOnly = 8;
    private const int SqliteIoError = 10;
    private const int SqliteFull = 13;
    private const int SqliteCannotOpen = 14;

    public static bool Is(Exception exception)
    {
        for (var at = exception; at is not null; at = at.InnerException)
            if (IsItself(at))
                return true;
        return exception is AggregateException many && many.InnerExceptions.Any(Is);
    }

    private static bool IsItself(Exception exception) => exception switch
    {
        PostgresException fault => fault.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.DiskFull or PostgresErrorCodes.ReadOnlySqlTransaction
            || fault.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException fault => fault.IsTransient || fault.InnerException is IOException or TimeoutException,
        SqliteException fault => fault.SqliteErrorCode is SqliteBusy or SqliteLocked or SqliteReadOnly or SqliteIoError or SqliteFull or SqliteCannotOpen,
        SocketException or RedisConnectionException or RedisTimeoutException or NatsException or QueueUnavailableException => true,
        _ => false,
    };
}
