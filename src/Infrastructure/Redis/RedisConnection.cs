using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GoApi.Infrastructure.Redis;

/// <summary>
/// The one connection to Redis, or to the master that the Sentinels name: it follows a failover by itself. Redis is never the only home of
/// anything, so a Redis that is slow or gone costs a request 50 ms once, however often it asks, and nothing while it stays so.
/// </summary>
internal sealed partial class RedisConnection : IAsyncDisposable, IDisposable
{
    /// <summary>What Redis may add to a request, or to anything else that asks once.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(50);

    /// <summary>Commands without an answer, those included that nobody waits for any more. Beyond it Redis is not asked.</summary>
    public const int MaxInFlight = 1_024;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lazy<Task<ConnectionMultiplexer>> connection;
    private readonly CancellationTokenSource stopping = new();
    private readonly AsyncLocal<Patience?> patience = new();
    private readonly RedisCircuit circuit;
    private readonly int database;
    private readonly TimeProvider time;
    private readonly ILogger<RedisConnection> logger;
    private ConnectionMultiplexer? opened;
    private int inFlight;

    public RedisConnection(RedisSettings settings, TimeProvider time, ILogger<RedisConnection> logger)
    {
        (database, this.time, this.logger) = (settings.Database, time, logger);
        circuit = new RedisCircuit(time);
        connection = new(() => Task.Run(() => ConnectAsync(settings)));
    }

    /// <summary>It is back, or goes to another server now: what was said meanwhile was not heard. On any thread; must not block or throw.</summary>
    public event Action? Restored;

    /// <summary>Commands without an answer.</summary>
    public int InFlight => Volatile.Read(ref inFlight);

    /// <summary>From here on, in this flow, all calls together may take <see cref="Budget"/>.</summary>
    public void BeginRequest() => patience.Value = new Patience();

    /// <summary>The answer; the default of its type where Redis has none within the budget, or had none a moment ago.</summary>
    public ValueTask<T?> TryAsync<T>(Func<IDatabase, Task<T>> ask) where T : class => TryAsync(ask, static (database, ask) => ask(database));

    /// <summary>The same without a closure.</summary>
    public async ValueTask<T?> TryAsync<TState, T>(TState state, Func<IDatabase, TState, Task<T>> ask) where T : class
    {
        var patience = this.patience.Value;
        if (patience is { IsSpent: true }) return null;

        var call = circuit.Enter();
        if (call == RedisCall.Refused) return null;

        if (Interlocked.Increment(ref inFlight) > MaxInFlight)
        {
            Interlocked.Decrement(ref inFlight);
            return null;
        }

        Task<T>? asked = null;
        var started = time.GetTimestamp();
        try
        {
            var left = patience?.Left ?? Budget;
            // While the first connection is being made, requests do not wait for it longer than for an answer.
            var server = await connection.Value.WaitAsync(left, time);
            asked = ask(server.GetDatabase(database), state);
            var answer = await asked.WaitAsync(left, time);
            if (circuit.Succeed(call)) Recover();
            return answer;
        }
        catch (Exception fault) when (fault is RedisException or TimeoutException)
        {
            if (circuit.Fail(isGone: fault is RedisConnectionException)) Failing(logger, Reason(fault));
            return null;
        }
        finally
        {
            patience?.Spend(time.GetElapsedTime(started));
            if (asked is { IsCompleted: false }) Abandon(asked);
            else Interlocked.Decrement(ref inFlight);
        }
    }

    /// <summary>For what stays: subscriptions. Ends when there is a connection.</summary>
    public Task<ConnectionMultiplexer> OpenAsync() => connection.Value;

    /// <exception cref="RedisException">It does not answer.</exception>
    public async Task<TimeSpan> PingAsync(CancellationToken ct) => await (await connection.Value.WaitAsync(ct)).GetDatabase(database).PingAsync().WaitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (connection.IsValueCreated)
        {
            await ((Task)connection.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (connection.Value.IsCompletedSuccessfully) await (await connection.Value).DisposeAsync();
        }

        stopping.Dispose();
    }

    // Of a provider that is not ended asynchronously: what is still being connected then ends by itself.
    public void Dispose()
    {
        stopping.Cancel();
        opened?.Dispose();
    }

    // A server that is not there yet is waited for by the connection itself; Sentinels that know of no master are not.
    private async Task<ConnectionMultiplexer> ConnectAsync(RedisSettings settings)
    {
        for (var failed = false; ;)
        {
            try
            {
                var server = await ConnectionMultiplexer.ConnectAsync(RedisOptions.From(settings));
                server.ConnectionRestored += (_, _) => Restored?.Invoke();
                server.ConfigurationChanged += (_, _) => Restored?.Invoke();
                return opened = server;
            }
            catch (RedisException fault)
            {
                if (!failed) NotConnected(logger, Reason(fault));
                failed = true;
                await Task.Delay(RetryInterval, time, stopping.Token);
            }
        }
    }

    private void Recover()
    {
        Recovered(logger);
        Restored?.Invoke();
    }

    // It keeps its place until its answer comes or the library gives up on it; what comes of it interests nobody.
    private void Abandon(Task asked) => asked.ContinueWith(
        static (done, self) =>
        {
            _ = done.Exception;
            Interlocked.Decrement(ref ((RedisConnection)self!).inFlight);
        },
        this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    // Messages of the library name addresses.
    private static string Reason(Exception fault) => fault switch
    {
        RedisConnectionException gone => gone.FailureType.ToString(),
        RedisServerException refused => refused.Message,
        _ => "no answer in time",
    };

    [LoggerMessage(3001, LogLevel.Warning, "Redis does not answer; going on without it: {Reason}")]
    private static partial void Failing(ILogger logger, string reason);

    [LoggerMessage(3002, LogLevel.Information, "Redis answers again")]
    private static partial void Recovered(ILogger logger);

    [LoggerMessage(3003, LogLevel.Warning, "No connection to Redis; it is tried again and again: {Reason}")]
    private static partial void NotConnected(ILogger logger, string reason);

    /// <summary>What one request has waited for Redis.</summary>
    private sealed class Patience
    {
        private long spent;

        public TimeSpan Left => Budget - TimeSpan.FromTicks(Interlocked.Read(ref spent));

        // Less than a timer can tell apart.
        public bool IsSpent => Left < TimeSpan.FromMilliseconds(1);

        public void Spend(TimeSpan waited) => Interlocked.Add(ref spent, waited.Ticks);
    }
}
