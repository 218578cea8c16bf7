using System.Collections.Concurrent;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>JetStream as the queue: with it, without it, and with its storage lost.</summary>
public sealed class JourneyThroughNats(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task Two_hosts_share_the_work_and_each_effect_happens_once()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var first = await NewHostAsync(nats, SaveEffectAsync);
        await using var second = await NewHostAsync(nats, SaveEffectAsync);
        await first.StartAsync();
        await second.StartAsync();

        await first.AddAsync(500);

        await AllDoneAsync(first, 500);
    }

    [Fact, Trait("Promise", "N2")]
    public async Task While_NATS_is_down_messages_wait_and_are_done_once_after_it_is_back()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var host = await NewHostAsync(nats, SaveEffectAsync);
        await host.StartAsync();
        await host.AddAsync(20);
        await AllDoneAsync(host, 20);

        await nats.KillAsync();
        await Assert.ThrowsAsync<QueueUnavailableException>(() => host.Queue.PublishAsync([new QueuedMessage(Guid.Empty, Lane.Work, 1)], default));
        await host.AddAsync(20);
        Assert.Equal(20, await host.CountAsync(OutboxState.Open));

        await nats.StartAsync();
        await AllDoneAsync(host, 40);
    }

    [Fact, Trait("Promise", "N2")]
    public async Task NATS_may_be_started_after_the_host()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await nats.KillAsync();
        await using var host = await NewHostAsync(nats, SaveEffectAsync);
        await host.StartAsync();
        await host.AddAsync(5);

        await nats.StartAsync();
        await AllDoneAsync(host, 5);
    }

    [Fact, Trait("Promise", "N2")]
    public async Task What_JetStream_took_and_lost_is_sent_again()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var host = await NewHostAsync(nats, SaveEffectAsync);
        await host.AddAsync(20);
        Assert.Equal(20, await host.Relay.RelayAsync(Lane.Work, TimeSpan.FromSeconds(1), default));

        await nats.KillAsync();
        nats.Wipe();
        await nats.StartAsync();

        await host.StartAsync();
        await AllDoneAsync(host, 20);
        Assert.Equal(20, await host.InDatabaseAsync(db => db.Set<OutboxMessage>().CountAsync(row => row.Dispatches == 2)));
    }

    [Fact, Trait("Promise", "N2")]
    public async Task Running_hosts_make_stream_and_consumers_again_when_the_storage_is_lost()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var host = await NewHostAsync(nats, SaveEffectAsync);
        await host.StartAsync();
        await host.AddAsync(5);
        await AllDoneAsync(host, 5);

        await nats.KillAsync();
        nats.Wipe();
        await nats.StartAsync();
        await host.AddAsync(5);

        await AllDoneAsync(host, 10);
    }

    [Fact]
    public async Task Repeated_publication_of_a_dispatch_is_a_duplicate_and_of_the_next_is_not()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var host = await NewHostAsync(nats, SaveEffectAsync);
        var (first, second) = (new QueuedMessage(Guid.CreateVersion7(), Lane.Work, 1), new QueuedMessage(Guid.CreateVersion7(), Lane.Work, 1));
        await host.Queue.PublishAsync([first, second], default);
        await host.Queue.PublishAsync([first, first with { Dispatch = 2 }], default);

        var delivered = new ConcurrentQueue<QueuedMessage>();
        await ConsumeAsync(host.Queue, delivered, count: 3);

        Assert.Equal(new[] { first, second, first with { Dispatch = 2 } }.ToHashSet(), delivered.ToHashSet());
        Assert.Equal(3, delivered.Count);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Message_whose_outcome_was_not_recorded_is_not_acknowledged()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var host = await NewHostAsync(nats, SaveEffectAsync);
        var message = new QueuedMessage(Guid.CreateVersion7(), Lane.Work, 1);
        await host.Queue.PublishAsync([message], default);

        var calls = 0;
        using var stop = new CancellationTokenSource();
        var consuming = host.Queue.ConsumeAsync(Lane.Work, 1, _ => ++calls == 1 ? throw new IOException("no database") : Task.CompletedTask, stop.Token);

        await Eventually.HoldsAsync(() => calls == 2, "it is delivered again");
        await stop.CancelAsync();
        await consuming;
    }

    [Fact, Trait("Promise", "N8")]
    public async Task Stopped_host_finishes_what_is_in_flight_and_gives_back_what_it_fetched()
    {
        var (begun, finish, inFlight) = (new SemaphoreSlim(0), new TaskCompletionSource(), 0);
        await using var nats = await PrivateNats.StartNewAsync();
        await using var host = await NewHostAsync(nats, async (services, happened, message) =>
        {
            Interlocked.Increment(ref inFlight);
            begun.Release();
            await finish.Task;
            return await SaveEffectAsync(services, happened, message);
        });
        await host.StartAsync();
        await host.AddAsync(20);
        for (var working = 0; working < ConsumerService.Parallelism; working++) Assert.True(await begun.WaitAsync(TimeSpan.FromSeconds(30)));

        var stopped = host.StopAsync(TimeSpan.FromSeconds(30));
        Assert.False(stopped.IsCompleted);
        finish.SetResult();
        await stopped;
        // The services of a host stop one after the other: one more may have begun before this one's turn came, and is finished too.
        Assert.Equal(inFlight, await host.CountAsync(OutboxState.Done));
        Assert.InRange(inFlight, ConsumerService.Parallelism, 2 * ConsumerService.Parallelism);

        // Sooner than the outbox would send them again.
        await using var other = MessagingHost.On(database, SaveEffectAsync, settings: nats.Settings);
        await other.StartAsync();
        await Eventually.HoldsAsync(async () => await host.CountAsync(OutboxState.Done) == 20, "the other host has done the rest", seconds: 10);
    }

    private async Task<MessagingHost> NewHostAsync(PrivateNats nats, Script script)
    {
        var host = MessagingHost.On(database, script, settings: nats.Settings);
        await host.EmptyAsync();
        return host;
    }

    private static async Task<Consumed> SaveEffectAsync(IServiceProvider services, Happened happened, Message message)
    {
        MessagingHost.AddEffect(services, message);
        await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        return Consumed.Done;
    }

    private static async Task AllDoneAsync(MessagingHost host, int count)
    {
        await Eventually.HoldsAsync(async () => await host.CountAsync(OutboxState.Done) == count, $"{count} messages are done", seconds: 60);
        var effects = await host.EffectsAsync();
        Assert.Equal((count, count), (effects.Length, effects.Distinct().Count()));
    }

    private static async Task ConsumeAsync(IQueue queue, ConcurrentQueue<QueuedMessage> delivered, int count)
    {
        using var stop = new CancellationTokenSource();
        var consuming = queue.ConsumeAsync(
            Lane.Work, 4, message =>
            {
                delivered.Enqueue(message);
                return Task.CompletedTask;
            },
            stop.Token);
        await Eventually.HoldsAsync(() => delivered.Count >= count, $"{count} messages are delivered");
        await stop.CancelAsync();
        await consuming;
    }
}
