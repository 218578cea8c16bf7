using System.Collections.Concurrent;
using GoApi.Infrastructure.Signals;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GoApi.Infrastructure.Redis;

/// <summary>Signals over pub/sub: one channel a topic, and in it who has sent. The connection subscribes again by itself when it is back.</summary>
internal sealed partial class RedisSignals : ISignals, IDisposable
{
    private const string Prefix = "goapi:signal:";

    private readonly ConcurrentDictionary<Listener, Action> listeners = new();
    private readonly RedisConnection redis;
    private readonly ILogger<RedisSignals> logger;
    // What we have sent we know.
    private readonly RedisValue self;

    public RedisSignals(RedisConnection redis, TimeProvider time, ILogger<RedisSignals> logger)
    {
        (this.redis, this.logger, self) = (redis, logger, Guid.CreateVersion7(time.GetUtcNow()).ToString("N"));
        redis.Restored += WakeAll;
    }

    public void Send(string topic) => _ = SendAsync(topic);

    public IDisposable Listen(string topic, Action wake)
    {
        var listener = new Listener(this, Channel(topic), (_, sender) =>
        {
            if (sender != self) wake();
        });
        listeners[listener] = wake;
        _ = SubscribeAsync(listener, wake);
        return listener;
    }

    public void Dispose() => redis.Restored -= WakeAll;

    private static RedisChannel Channel(string topic) => RedisChannel.Literal(Prefix + topic);

    // Like every other call: where Redis does not answer, none is made.
    private async Task SendAsync(string topic) =>
        await redis.TryAsync((Channel: Prefix + topic, Sender: self), static (database, signal) => database.ExecuteAsync("PUBLISH", signal.Channel, signal.Sender));

    private async Task SubscribeAsync(Listener listener, Action wake)
    {
        try
        {
            await (await redis.OpenAsync()).GetSubscriber().SubscribeAsync(listener.Channel, listener.Heard);
            // What was sent before this was not heard.
            wake();
        }
        catch (OperationCanceledException)
        {
            // The host stops before there was a connection.
        }
        catch (RedisException fault)
        {
            // It is noted down all the same, and made when the connection is there; Restored wakes then.
            NotYet(logger, fault.GetType().Name);
        }
    }

    private async Task UnsubscribeAsync(Listener listener)
    {
        if (redis.OpenAsync() is { IsCompletedSuccessfully: true } open) await (await open).GetSubscriber().UnsubscribeAsync(listener.Channel, listener.Heard, CommandFlags.FireAndForget);
    }

    private void WakeAll()
    {
        foreach (var wake in listeners.Values) wake();
    }

    [LoggerMessage(3004, LogLevel.Debug, "Signals are not heard yet: {Reason}")]
    private static partial void NotYet(ILogger logger, string reason);

    private sealed class Listener(RedisSignals signals, RedisChannel channel, Action<RedisChannel, RedisValue> heard) : IDisposable
    {
        public RedisChannel Channel => channel;

        public Action<RedisChannel, RedisValue> Heard => heard;

        public void Dispose()
        {
            if (signals.listeners.TryRemove(this, out _)) _ = signals.UnsubscribeAsync(this);
        }
    }
}
