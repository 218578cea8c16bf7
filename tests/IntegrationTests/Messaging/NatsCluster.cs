using System.Collections.Concurrent;
using System.Diagnostics;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>Three servers, each message on all of them: the death of one is noticed by nobody but the log.</summary>
public sealed class NatsCluster(PostgreSqlDatabase database, ITestOutputHelper output) : IClassFixture<PostgreSqlDatabase>
{
    [Fact, Trait("Promise", "N2")]
    public async Task Each_server_is_killed_in_turn_and_the_work_goes_on_within_seconds_and_each_effect_happens_once()
    {
        var servers = await PrivateNats.StartClusterAsync(3);
        (string, string)[] settings = [("NATS_URLS", string.Join(',', servers.Select(server => server.Url))), ("NATS_TOKEN", PrivateNats.Token), ("NATS_STREAM_NAME", PrivateNats.Stream), ("NATS_STREAM_REPLICAS", "3")];
        var calls = new ConcurrentDictionary<Guid, int>();
        Script script = async (services, _, message) =>
        {
            calls.AddOrUpdate(message.Id, 1, (_, before) => before + 1);
            MessagingHost.AddEffect(services, message);
            await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
            return Consumed.Done;
        };
        await using (var first = MessagingHost.On(database, script, settings: settings))
        await using (var second = MessagingHost.On(database, script, settings: settings))
        {
            await first.EmptyAsync();
            await first.StartAsync();
            await second.StartAsync();
            await AllDoneAsync(first, 100, before: 0);

            var done = 100;
            foreach (var server in servers)
            {
                // The connected one and the stream's leader are among them.
                await server.KillAsync();
                var started = Stopwatch.GetTimestamp();
                await AllDoneAsync(first, 100, done);
                output.WriteLine($"A server is killed: 100 messages are done after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
                done += 100;
                await server.StartAsync();
                await AllDoneAsync(first, 20, done);
                done += 20;
            }

            var effects = await first.EffectsAsync();
            var ambiguous = await first.InDatabaseAsync(db => db.Set<OutboxMessage>().CountAsync(row => row.Ambiguous));
            output.WriteLine($"{done} messages: {effects.Length} effects, {calls.Values.Count(count => count > 1)} called twice, {ambiguous} ambiguous");
            Assert.Equal((done, done), (effects.Length, effects.Distinct().Count()));
            Assert.All(calls.Values, count => Assert.Equal(1, count));
            Assert.Equal(0, ambiguous);
        }

        foreach (var server in servers) await server.DisposeAsync();
    }

    private static async Task AllDoneAsync(MessagingHost host, int count, int before)
    {
        await host.AddAsync(count);
        await Eventually.HoldsAsync(async () => await host.CountAsync(OutboxState.Done) == before + count, $"{before + count} messages are done", seconds: 60);
    }
}
