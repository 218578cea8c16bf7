using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GoApi.Infrastructure.Redis;

/// <summary>
/// The one connection to Redis, or to the master that the Sentinels name: it follows a failover by itself. Redis is never
/// the only home of anything, so a Redis that is slow or gone costs a request 50 ms once and nothing while it stays so.
/// </summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    /// <summary>What Redis may add to a request.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Lazy<Task<ConnectionMultiplexer>> connection;
    private readonly int database;
    private readonly TimeProvider time;
    private readonly ILogger<RedisConnection> logger;
    private long pausedUntil;
    private int failing;

    public RedisConnection(RedisSettings settings, TimeProvider time, ILogger<RedisConnection> logger)
    {
        (database, this.time, this.logger) = (settings.Database, time, logger);
        connection = new(() => ConnectionMultiplexer.ConnectAsync(Options(settings)));
    }

    /// <summary>The answer; the default of its type where Redis has none within the budget, or had none a moment ago.</summary>
    public async ValueTask<T?> TryAsync<T>(Func<IDatabase, Task<T>> ask) where T : class
    {
        if (time.GetTimestamp() < Volatile.Read(ref pausedUntil)) return null;

        try
        {
            // While the first connection is being made, requests do not wait for it.
            var server = await connection.Value.WaitAsync(Budget, time);
            var answer = await ask(server.GetDatabase(database)).WaitAsync(Budget, time);
            if (Interlocked.Exchange(ref failing, 0) == 1) Recovered(logger);
            return answer;
        }
        catch (Exception fault) when (fault is RedisException or TimeoutException)
        {
            Volatile.Write(ref pausedUntil, time.GetTimestamp() + (long)(Pause.TotalSeconds * time.TimestampFrequency));
            if (Interlocked.Exchange(ref failing, 1) == 0) Failing(logger, fault.Message);
            return null;
        }
    }

    /// <exception cref="RedisException">It does not answer.</exception>
    public async Task<TimeSpan> PingAsync(CancellationToken ct) => await (await connection.Value.WaitAsync(ct)).GetDatabase(database).PingAsync().WaitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        if (connection.IsValueCreated) await (await connection.Value).DisposeAsync();
    }

    private static ConfigurationOptions Options(RedisSettings settings)
    {
        var options = new ConfigurationOptions
        {
            ClientName = "goapi",
            Password = settings.Password,
            ServiceName = settings.UseSentinel ? settings.MasterName : null,
            // The host starts without Redis, and finds it later.
            AbortOnConnectFail = false,
            ConnectTimeout = 2_000,
            AsyncTimeout = 1_000,
            KeepAlive = 10,
        };
        foreach (var address in settings.Addresses) options.EndPoints.Add(address);
        return options;
    }

    [LoggerMessage(3001, LogLevel.Warning, "Redis does not answer; going on without it: {Reason}")]
    private static partial void Failing(ILogger logger, string reason);

    [LoggerMessage(3002, LogLevel.Information, "Redis answers again")]
    private static partial void Recovered(ILogger logger);
}
