using System.Collections.Concurrent;
using System.Diagnostics;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Outbox;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>What a message goes through is the same whatever carries it: outbox, relay, queue, consumer, with everything running.</summary>
public abstract class QueueSemantics(DatabaseFixture database)
{
    /// <summary>What chooses the queue.</summary>
    protected virtual (string Name, string Value)[] Queue => [];

    /// <summary>So long after a worker was stopped another has what it had fetched and not begun.</summary>
    protected virtual TimeSpan Takeover => TimeSpan.FromSeconds(30);

    [Fact, Trait("Promise", "N5")]
    public async Task Messages_are_begun_in_the_order_of_their_creation_as_many_at_a_time_as_there_are_slots()
    {
        var (begun, gate) = (new ConcurrentQueue<Guid>(), new SemaphoreSlim(0));
        await using var host = await StartAsync(async (services, _, message) =>
        {
            begun.Enqueue(message.Id);
            await gate.WaitAsync();
            return await SaveEffectAsync(services, message);
        });
        var rows = (await host.AddAsync(40)).Select(row => row.Id).Order().ToArray();

        for (var count = ConsumerService.Parallelism; count <= rows.Length; count++)
        {
            await Eventually.HoldsAsync(() => begun.Count >= count, $"{count} are begun");
            Assert.Equal(rows.Take(count).Order(), begun.Order());
            gate.Release();
        }

        gate.Release(ConsumerService.Parallelism);
        await AllDoneAsync(host, 40);
    }

    [Fact]
    public async Task Message_for_later_is_not_begun_earlier()
    {
        var begun = new ConcurrentQueue<DateTimeOffset>();
        await using var host = await StartAsync((services, _, message) =>
        {
            begun.Enqueue(TimeProvider.System.GetUtcNow());
            return SaveEffectAsync(services, message);
        });
        var due = TimeProvider.System.GetUtcNow().AddSeconds(3);
        await host.AddAsync(change: row => row.DueAt = due);

        await AllDoneAsync(host, 1);
        Assert.InRange(Assert.Single(begun), due, due.AddSeconds(10));
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Failing_message_is_tried_again_after_a_growing_back_off_and_does_not_hold_up_others()
    {
        var attempts = new ConcurrentQueue<long>();
        var (failing, others) = (Guid.CreateVersion7(), 0);
        await using var host = await StartAsync(
            (services, _, message) =>
            {
                if (message.Id != failing)
                {
                    Interlocked.Increment(ref others);
                    return SaveEffectAsync(services, message);
                }

                attempts.Enqueue(Stopwatch.GetTimestamp());
                Assert.Equal(attempts.Count, message.Attempt);
                return message.Attempt < 4 ? Task.FromResult<Consumed>(new Consumed.Failed("down")) : SaveEffectAsync(services, message);
            },
            ("NOTIFICATION_RETRY_BASE", "1"));
        var row = (await host.AddAsync(change: row => failing = row.Id))[0];
        await Eventually.HoldsAsync(() => !attempts.IsEmpty, "the first attempt is made");
        await host.AddAsync(20);

        await Eventually.HoldsAsync(() => others == 20, "the others are done");
        await AllDoneAsync(host, 21);
        row = await host.ReadAsync(row);
        Assert.Equal((4, false, "down"), (row.Attempts, row.Ambiguous, row.LastError));
        var waits = attempts.Zip(attempts.Skip(1), (from, to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds).ToArray();
        foreach (var (wait, least) in waits.Zip([0.5, 1, 2])) Assert.True(wait >= least - 0.05, $"{wait:0.00} s, and {least} s are the least.");
    }

    [Fact, Trait("Promise", "N4")]
    public async Task After_the_last_attempt_a_message_is_a_dead_letter_and_comes_no_more()
    {
        var calls = 0;
        await using var host = await StartAsync(
            (_, _, _) => Task.FromResult<Consumed>(new Consumed.Failed($"failure {Interlocked.Increment(ref calls)}")),
            ("NOTIFICATION_RETRY_BASE", "1"), ("NOTIFICATION_MAX_ATTEMPTS", "2"));
        var row = (await host.AddAsync())[0];

        await Eventually.HoldsAsync(async () => (await host.ReadAsync(row)).State == OutboxState.Dead, "it is given up");
        row = await host.ReadAsync(row);
        Assert.Equal((2, 2, "failure 2", null), (calls, row.Attempts, row.LastError, row.LeaseUntil));

        // By hand: open again, with attempts of its own.
        await host.InDatabaseAsync(async db =>
        {
            db.Attach(row);
            (row.State, row.Attempts, row.ClosedAt, row.DueAt) = (OutboxState.Open, 0, null, TimeProvider.System.GetUtcNow());
            return await db.SaveChangesAsync();
        });
        await Eventually.HoldsAsync(() => calls == 4, "it is tried twice more");
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Refused_message_is_a_dead_letter_at_once()
    {
        var calls = 0;
        await using var host = await StartAsync((_, _, _) =>
        {
            Interlocked.Increment(ref calls);
            return Task.FromResult<Consumed>(new Consumed.Dead("refused"));
        });
        var row = (await host.AddAsync())[0];

        await Eventually.HoldsAsync(async () => (await host.ReadAsync(row)).State == OutboxState.Dead, "it is given up");
        Assert.Equal((1, "refused"), (calls, (await host.ReadAsync(row)).LastError));
    }

    [Fact]
    public async Task Postponed_message_comes_again_when_it_wanted_to_and_no_attempt_is_counted()
    {
        var calls = new ConcurrentQueue<(long Moment, int Attempt)>();
        await using var host = await StartAsync((services, _, message) =>
        {
            calls.Enqueue((Stopwatch.GetTimestamp(), message.Attempt));
            return calls.Count < 3 ? Task.FromResult<Consumed>(new Consumed.Postponed(TimeSpan.FromSeconds(2))) : SaveEffectAsync(services, message);
        });
        var row = (await host.AddAsync())[0];

        await AllDoneAsync(host, 1);
        row = await host.ReadAsync(row);
        Assert.Equal((1, false, null), (row.Attempts, row.Ambiguous, row.LastError));
        Assert.Equal([1, 1, 1], calls.Select(call => call.Attempt));
        foreach (var (from, to) in calls.Zip(calls.Skip(1))) Assert.True(Stopwatch.GetElapsedTime(from.Moment, to.Moment).TotalSeconds >= 1.9, "It came too early.");
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Attempt_of_unknown_outcome_is_repeated_and_marked()
    {
        var seen = new ConcurrentQueue<bool>();
        await using var host = await StartAsync(
            (services, _, message) =>
            {
                seen.Enqueue(message.Ambiguous);
                return message.Attempt == 1 ? Task.FromResult<Consumed>(new Consumed.Unknown("cut off")) : SaveEffectAsync(services, message);
            },
            ("NOTIFICATION_RETRY_BASE", "1"));
        var row = (await host.AddAsync())[0];

        await AllDoneAsync(host, 1);
        Assert.Equal([false, true], seen);
        Assert.True((await host.ReadAsync(row)).Ambiguous);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Message_whose_worker_has_lost_its_lease_is_taken_up_by_another_and_marked()
    {
        var seen = new ConcurrentQueue<Message>();
        await using var host = await StartAsync((services, _, message) =>
        {
            seen.Enqueue(message);
            return SaveEffectAsync(services, message);
        });
        // As a worker leaves it that was killed.
        var row = (await host.AddAsync(change: row => (row.Dispatches, row.Attempts, row.LeaseUntil, row.DueAt) = (1, 1, TimeProvider.System.GetUtcNow().AddSeconds(2), TimeProvider.System.GetUtcNow().AddSeconds(3))))[0];

        await AllDoneAsync(host, 1);
        Assert.Equal(new Message(row.Id, 2, Ambiguous: true), Assert.Single(seen) with { CreatedAt = default });
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Work_that_takes_longer_than_the_queue_waits_is_done_once()
    {
        var calls = 0;
        await using var host = await StartAsync(
            async (services, _, message) =>
            {
                Interlocked.Increment(ref calls);
                // The work itself: three times as long as the queue waits for a sign of life.
                await Task.Delay(TimeSpan.FromSeconds(6));
                return await SaveEffectAsync(services, message);
            },
            ("NATS_ACK_WAIT", "2"));
        await host.AddAsync(3);

        await AllDoneAsync(host, 3);
        Assert.Equal(3, calls);
        Assert.All(await host.InDatabaseAsync(db => Task.FromResult(db.Set<OutboxMessage>().ToArray())), row => Assert.Equal((1, false), (row.Attempts, row.Ambiguous)));
    }

    [Fact, Trait("Promise", "N8")]
    public async Task Stopped_in_the_middle_a_host_finishes_what_it_has_begun_and_another_soon_does_the_rest()
    {
        var (begun, finish) = (new ConcurrentQueue<Guid>(), new TaskCompletionSource());
        await using var host = await StartAsync(async (services, _, message) =>
        {
            begun.Enqueue(message.Id);
            await finish.Task;
            return await SaveEffectAsync(services, message);
        });
        await host.AddAsync(20);
        await Eventually.HoldsAsync(() => begun.Count >= ConsumerService.Parallelism, "all slots are taken");

        var stopped = host.StopAsync(TimeSpan.FromSeconds(30));
        finish.SetResult();
        await stopped;
        Assert.Equal(begun.Count, await host.CountAsync(OutboxState.Done));
        Assert.Equal(20 - begun.Count, await host.CountAsync(OutboxState.Open));

        await using var other = NewHost((services, _, message) =>
        {
            begun.Enqueue(message.Id);
            return SaveEffectAsync(services, message);
        });
        var started = Stopwatch.GetTimestamp();
        await other.StartAsync();
        await AllDoneAsync(other, 20);
        var took = Stopwatch.GetElapsedTime(started);
        Assert.True(took < Takeover, $"It took {took.TotalSeconds:0.0} s.");
        Assert.Equal(20, begun.Count);
        Assert.All(await host.InDatabaseAsync(db => Task.FromResult(db.Set<OutboxMessage>().ToArray())), row => Assert.Equal((1, false), (row.Attempts, row.Ambiguous)));
    }

    private MessagingHost NewHost(Script script, params (string, string)[] settings) => MessagingHost.On(database, script, settings: [.. Queue, .. settings]);

    private async Task<MessagingHost> StartAsync(Script script, params (string, string)[] settings)
    {
        var host = NewHost(script, settings);
        await host.EmptyAsync();
        await host.StartAsync();
        return host;
    }

    private static async Task<Consumed> SaveEffectAsync(IServiceProvider services, Message message)
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
}

public sealed class QueueSemanticsEmbeddedOnSqlite(SqliteDatabase database) : QueueSemantics(database), IClassFixture<SqliteDatabase>;

public sealed class QueueSemanticsEmbeddedOnPostgreSql(PostgreSqlDatabase database) : QueueSemantics(database), IClassFixture<PostgreSqlDatabase>;

public sealed class QueueSemanticsThroughNats(PostgreSqlDatabase database) : QueueSemantics(database), IClassFixture<PostgreSqlDatabase>, IAsyncLifetime
{
    private PrivateNats? nats;

    protected override (string, string)[] Queue => nats!.Settings;

    // A second, and what it takes to start.
    protected override TimeSpan Takeover => TimeSpan.FromSeconds(4);

    public async ValueTask InitializeAsync() => nats = await PrivateNats.StartNewAsync();

    public ValueTask DisposeAsync() => nats!.DisposeAsync();
}
