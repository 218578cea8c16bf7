using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Messaging;

public abstract class Relaying(DatabaseFixture database)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact, Trait("Promise", "N10")]
    public async Task Two_relays_at_once_publish_each_message_once()
    {
        var queue = new RecordingQueue();
        await using var first = await NewHostAsync(queue);
        await using var second = MessagingHost.On(database, time: time, queue: queue);
        var rows = await first.AddAsync(1_000);

        await Task.WhenAll(new[] { first, first, second, second }.Select(host => Task.Run(async () =>
        {
            while (await host.Relay.RelayAsync(Lane.Work, RetryAfter, default) > 0)
            {
            }
        })));

        Assert.Equal(rows.Select(row => row.Id).Order(), queue.Published.Select(message => message.Id).Order());
        Assert.All(queue.Published, message => Assert.Equal((Lane.Work, 1), (message.Lane, message.Dispatch)));
    }

    [Fact]
    public async Task Batch_is_the_oldest_in_the_order_of_their_creation_and_of_its_lane_only()
    {
        var queue = new RecordingQueue();
        await using var host = await NewHostAsync(queue);
        var rows = (await host.AddAsync(OutboxRelay.BatchSize + 20)).OrderBy(row => row.Id).ToArray();

        Assert.Equal(0, await host.Relay.RelayAsync(Lane.Mail, RetryAfter, default));
        Assert.Equal(OutboxRelay.BatchSize, await host.Relay.RelayAsync(Lane.Work, RetryAfter, default));
        Assert.Equal(queue.Published.Select(message => message.Id).Order(), queue.Published.Select(message => message.Id));
        Assert.Equal(20, await host.Relay.RelayAsync(Lane.Work, RetryAfter, default));
        Assert.Equal(rows.Length, queue.Published.Select(message => message.Id).Distinct().Count());
    }

    [Fact, Trait("Promise", "N2")]
    public async Task What_is_not_done_in_time_is_published_again_and_what_is_done_is_not()
    {
        var queue = new RecordingQueue();
        await using var host = await NewHostAsync(queue);
        var rows = await host.AddAsync(2);
        await host.Relay.RelayAsync(Lane.Work, RetryAfter, default);
        await host.InDatabaseAsync(db => db.Set<OutboxMessage>().Where(row => row.Id == rows[0].Id).ExecuteUpdateAsync(row => row.SetProperty(it => it.State, OutboxState.Done)));

        foreach (var (wait, dispatch) in new[] { (15, 2), (30, 3), (60, 4), (120, 5), (240, 6), (480, 7), (960, 8), (960, 9) })
        {
            queue.Published.Clear();
            time.Advance(TimeSpan.FromSeconds(wait - 1));
            Assert.Equal(0, await host.Relay.RelayAsync(Lane.Work, RetryAfter, default));
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(1, await host.Relay.RelayAsync(Lane.Work, RetryAfter, default));
            Assert.Equal(new QueuedMessage(rows[1].Id, Lane.Work, dispatch), Assert.Single(queue.Published));
        }
    }

    [Fact, Trait("Promise", "N2")]
    public async Task While_the_queue_is_down_messages_wait_and_are_published_after_it_is_back()
    {
        var queue = new RecordingQueue { IsDown = true };
        await using var host = await NewHostAsync(queue);
        var row = (await host.AddAsync())[0];

        for (var outage = 0; outage < 10; outage++)
        {
            await Assert.ThrowsAsync<QueueUnavailableException>(() => host.Relay.RelayAsync(Lane.Work, RetryAfter, default));
            Assert.Equal(time.GetUtcNow() + RetryAfter, (await host.ReadAsync(row)).DueAt);
            Assert.Equal(0, await host.Relay.RelayAsync(Lane.Work, RetryAfter, default));
            time.Advance(RetryAfter);
        }

        queue.IsDown = false;
        Assert.Equal(1, await host.Relay.RelayAsync(Lane.Work, RetryAfter, default));
        // The first dispatch: those that were refused count for nothing, so it comes again as soon as any other.
        Assert.Equal(new QueuedMessage(row.Id, Lane.Work, 1), Assert.Single(queue.Published));
    }

    [Fact]
    public async Task Message_in_work_is_not_published_before_its_lease_has_ended()
    {
        var queue = new RecordingQueue();
        Task<int>? during = null;
        MessagingHost? self = null;
        await using var host = self = MessagingHost.On(
            database,
            async (_, _, _) =>
            {
                time.Advance(TimeSpan.FromSeconds(59));
                await (during = self!.Relay.RelayAsync(Lane.Work, RetryAfter, default));
                return Consumed.Done;
            },
            time, queue);
        await host.EmptyAsync();
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.Equal(0, await during!);
    }

    private async Task<MessagingHost> NewHostAsync(IQueue queue)
    {
        var host = MessagingHost.On(database, time: time, queue: queue);
        await host.EmptyAsync();
        return host;
    }
}

public sealed class RelayingOnSqlite(SqliteDatabase database) : Relaying(database), IClassFixture<SqliteDatabase>;

public sealed class RelayingOnPostgreSql(PostgreSqlDatabase database) : Relaying(database), IClassFixture<PostgreSqlDatabase>;
