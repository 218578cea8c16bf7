using System.Collections.Concurrent;
using GoApi.Infrastructure.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace GoApi.IntegrationTests.Redis;

public sealed class Signals
{
    [Fact]
    public async Task Arrive_at_the_other_instances_under_their_topic_and_not_at_the_sender()
    {
        await using var server = await PrivateRedis.StartNewAsync();
        await using var one = await InstanceAsync(server);
        await using var other = await InstanceAsync(server);
        await using var third = await InstanceAsync(server);

        one.Signals.Send("revocations");
        await Eventually.HoldsAsync(() => other.Heard.Contains("revocations") && third.Heard.Contains("revocations"), "the others have heard it");
        // What came later has come: nothing else is on its way.
        other.Signals.Send("settings");
        await Eventually.HoldsAsync(() => one.Heard.Contains("settings"), "the sender hears the others");

        Assert.Equal(["settings"], one.Heard);
        Assert.Equal(["revocations"], other.Heard);
    }

    [Fact]
    public async Task What_is_listened_to_no_more_is_not_heard()
    {
        await using var server = await PrivateRedis.StartNewAsync();
        await using var one = await InstanceAsync(server);
        await using var other = await InstanceAsync(server);

        other.StopListening("revocations");
        one.Signals.Send("revocations");
        one.Signals.Send("settings");
        await Eventually.HoldsAsync(() => other.Heard.Contains("settings"), "the later one has come");

        Assert.Equal(["settings"], other.Heard);
    }

    [Fact]
    public async Task A_lost_connection_comes_back_by_itself_wakes_everybody_and_hears_again()
    {
        await using var server = await PrivateRedis.StartNewAsync();
        await using var one = await InstanceAsync(server);
        await using var other = await InstanceAsync(server);
        await using var look = await server.LookAsync();

        var clients = await look.GetServer(server.Address).ClientListAsync();
        foreach (var client in clients.Where(client => client.Name == "goapi")) await look.GetServer(server.Address).ClientKillAsync(client.Id);

        await Eventually.HoldsAsync(() => Topics.All(topic => one.Heard.Contains(topic) && other.Heard.Contains(topic)), "all are woken");
        await HearsAsync(one, other);
    }

    [Fact]
    public async Task A_server_that_comes_later_or_again_is_heard()
    {
        await using var server = PrivateRedis.NotStarted();
        await using var one = new Instance(server);
        await using var other = new Instance(server);
        one.Signals.Send("revocations");

        await server.StartAsync();
        await Eventually.HoldsAsync(() => Topics.All(other.Heard.Contains), "all are woken");
        await HearsAsync(one, other);

        await server.KillAsync();
        one.Signals.Send("revocations");
        other.Heard.Clear();
        await server.StartAsync();
        await Eventually.HoldsAsync(() => Topics.All(other.Heard.Contains), "all are woken again");
        await HearsAsync(one, other);
    }

    private static readonly string[] Topics = ["revocations", "settings"];

    // Signals may be lost, and are as long as the sender does without Redis.
    private static Task HearsAsync(Instance from, Instance to)
    {
        to.Heard.Clear();
        return Eventually.HoldsAsync(
            () =>
            {
                from.Signals.Send("settings");
                return to.Heard.Contains("settings") && !to.Heard.Contains("revocations") || Cleared(to);
            },
            "a signal arrives");
    }

    // A late waking is no signal.
    private static bool Cleared(Instance to)
    {
        if (to.Heard.Contains("revocations")) to.Heard.Clear();
        return false;
    }

    private static async Task<Instance> InstanceAsync(PrivateRedis server)
    {
        var instance = new Instance(server);
        await Eventually.HoldsAsync(() => Topics.All(instance.Heard.Contains), "it listens");
        instance.Heard.Clear();
        return instance;
    }

    private sealed class Instance : IAsyncDisposable
    {
        private readonly RedisConnection connection;
        private readonly Dictionary<string, IDisposable> listening;

        public Instance(PrivateRedis server)
        {
            connection = PrivateRedis.Connect(server.Settings);
            Signals = new RedisSignals(connection, TimeProvider.System, NullLogger<RedisSignals>.Instance);
            listening = Topics.ToDictionary(topic => topic, topic => Signals.Listen(topic, () => Heard.Enqueue(topic)));
        }

        public RedisSignals Signals { get; }

        public ConcurrentQueue<string> Heard { get; } = new();

        public void StopListening(string topic) => listening[topic].Dispose();

        public ValueTask DisposeAsync()
        {
            Signals.Dispose();
            return connection.DisposeAsync();
        }
    }
}
