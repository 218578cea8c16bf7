using System.Collections.Concurrent;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Nats;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>The stream and its consumers belong to the program: made, changed, and worked with where NATS lets them stay as they are.</summary>
public sealed class StreamAndConsumers
{
    [Fact]
    public async Task Stream_and_consumers_are_made_with_all_their_limits()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var queue = PrivateNats.NewQueue(nats.Settings);
        await DeliversAsync(queue, Lane.Mail);

        await using var admin = new Admin(nats);
        var stream = await admin.StreamAsync();
        Assert.Equal(["goapi_test.work.*"], stream.Subjects);
        Assert.Equal((StreamConfigRetention.Workqueue, StreamConfigStorage.File, 1), (stream.Retention, stream.Storage, stream.NumReplicas));
        Assert.Equal((TimeSpan.FromDays(1), TimeSpan.FromMinutes(2)), (stream.MaxAge, stream.DuplicateWindow));
        Assert.Equal((StreamConfigDiscard.New, true, 100_000), (stream.Discard, stream.DiscardNewPerSubject, stream.MaxMsgsPerSubject));
        Assert.Equal((3 * 100_000 * 1_024L, 1_024), (stream.MaxBytes, stream.MaxMsgSize));
        var consumer = (await admin.JetStream.GetConsumerAsync(PrivateNats.Stream, Lane.Mail)).Info.Config;
        Assert.Equal(("goapi_test.work.mail", ConsumerConfigAckPolicy.Explicit), (consumer.FilterSubject, consumer.AckPolicy));
        Assert.Equal((TimeSpan.FromSeconds(60), 5, 1_000), (consumer.AckWait, consumer.MaxDeliver, consumer.MaxAckPending));
    }

    [Fact, Trait("Promise", "N10")]
    public async Task Instances_that_start_at_once_make_one_stream()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        var log = new LogLines();
        using var loggers = log.Factory();
        var queues = Enumerable.Range(0, 6).Select(_ => PrivateNats.NewQueue(nats.Settings, loggers)).ToArray();

        await Task.WhenAll(queues.SelectMany(queue => Lane.All.Select(lane => DeliversAsync(queue, lane, others: true))));

        var troubles = log.All.Where(line => line.StartsWith("Warning", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal)).ToArray();
        Assert.True(troubles.Length == 0, string.Join('\n', troubles));
        foreach (var queue in queues) await queue.DisposeAsync();
    }

    [Fact, Trait("Promise", "N10")]
    public async Task Instances_with_different_settings_that_start_at_once_agree_on_one_of_them()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        var queues = new[] { "1000", "2000", "3000" }.Select(most => PrivateNats.NewQueue([.. nats.Settings, ("NATS_STREAM_MAX_MESSAGES", most)])).ToArray();

        await Task.WhenAll(queues.Select(queue => DeliversAsync(queue, Lane.Work, others: true)));

        await using var admin = new Admin(nats);
        Assert.Contains((await admin.StreamAsync()).MaxMsgsPerSubject, new[] { 1_000L, 2_000, 3_000 });
        foreach (var queue in queues) await queue.DisposeAsync();
    }

    [Fact]
    public async Task Stream_and_consumer_of_an_older_version_are_changed_and_what_is_in_them_stays()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var admin = new Admin(nats);
        await admin.JetStream.CreateStreamAsync(new StreamConfig(PrivateNats.Stream, ["goapi_test.work.*"])
        {
            Description = "the operator's own words",
            Retention = StreamConfigRetention.Workqueue,
            MaxAge = TimeSpan.FromDays(7),
            DuplicateWindow = TimeSpan.FromMinutes(5),
            MaxMsgs = 10,
            NumReplicas = 1,
        });
        await admin.JetStream.CreateOrUpdateConsumerAsync(PrivateNats.Stream, new ConsumerConfig(Lane.Work) { FilterSubject = "goapi_test.work.work", AckWait = TimeSpan.FromSeconds(7), MaxDeliver = -1, MaxAckPending = 3 });
        var waiting = Guid.CreateVersion7();
        (await admin.JetStream.PublishAsync("goapi_test.work.work", $"{waiting}:1")).EnsureSuccess();

        var log = new LogLines();
        using var loggers = log.Factory();
        await using var queue = PrivateNats.NewQueue(nats.Settings, loggers);
        Assert.Contains(waiting, await DeliversAsync(queue, Lane.Work));

        var stream = await admin.StreamAsync();
        Assert.Equal(("the operator's own words", TimeSpan.FromDays(1), 100_000, -1), (stream.Description, stream.MaxAge, stream.MaxMsgsPerSubject, stream.MaxMsgs));
        var consumer = (await admin.JetStream.GetConsumerAsync(PrivateNats.Stream, Lane.Work)).Info.Config;
        Assert.Equal((TimeSpan.FromSeconds(60), 5, 1_000), (consumer.AckWait, consumer.MaxDeliver, consumer.MaxAckPending));
        Assert.Single(log.All, line => line.Contains("had other settings and is changed: age, limits", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_NATS_refuses_to_change_is_one_line_in_the_log_and_the_rest_is_changed_and_the_work_goes_on()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var admin = new Admin(nats);
        await admin.JetStream.CreateStreamAsync(new StreamConfig(PrivateNats.Stream, ["goapi_test.work.*"])
        {
            Retention = StreamConfigRetention.Limits,
            Storage = StreamConfigStorage.Memory,
            MaxMsgs = 10,
            NumReplicas = 1,
        });

        var log = new LogLines();
        using var loggers = log.Factory();
        await using var queue = PrivateNats.NewQueue(nats.Settings, loggers);
        foreach (var lane in Lane.All) await DeliversAsync(queue, lane);

        var line = Assert.Single(log.All, line => line.StartsWith("Warning", StringComparison.Ordinal));
        foreach (var part in new[] { "retention (", "storage (" }) Assert.Contains(part, line, StringComparison.Ordinal);
        Assert.DoesNotContain("limits (", line, StringComparison.Ordinal);
        var stream = await admin.StreamAsync();
        Assert.Equal((StreamConfigStorage.Memory, -1, 100_000, TimeSpan.FromDays(1)), (stream.Storage, stream.MaxMsgs, stream.MaxMsgsPerSubject, stream.MaxAge));
    }

    [Fact]
    public async Task Replicas_that_there_are_no_servers_for_are_a_line_in_the_log_and_the_work_goes_on()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        var log = new LogLines();
        using var loggers = log.Factory();
        await using var queue = PrivateNats.NewQueue([.. nats.Settings, ("NATS_STREAM_REPLICAS", "3")], loggers);

        await DeliversAsync(queue, Lane.Work);

        Assert.Single(log.All, line => line.Contains("NATS refuses to change replicas (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Consumer_that_NATS_does_not_change_is_used_as_it_is()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var admin = new Admin(nats);
        await admin.JetStream.CreateStreamAsync(new StreamConfig(PrivateNats.Stream, ["goapi_test.work.*"]) { Retention = StreamConfigRetention.Limits, NumReplicas = 1 });
        await admin.JetStream.CreateOrUpdateConsumerAsync(PrivateNats.Stream, new ConsumerConfig(Lane.Work) { FilterSubject = "goapi_test.work.work", DeliverPolicy = ConsumerConfigDeliverPolicy.New });

        var log = new LogLines();
        using var loggers = log.Factory();
        await using var queue = PrivateNats.NewQueue(nats.Settings, loggers);
        await DeliversAsync(queue, Lane.Work);

        Assert.Single(log.All, line => line.Contains("The consumer work stays as it is, NATS refuses to change it (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stream_that_is_deleted_or_changed_while_we_run_is_put_right()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var admin = new Admin(nats);
        await using var queue = PrivateNats.NewQueue(nats.Settings);
        await DeliversAsync(queue, Lane.Work);

        await admin.JetStream.UpdateStreamAsync(await admin.StreamAsync() with { MaxMsgsPerSubject = 1, MaxAge = TimeSpan.FromMinutes(10) });
        await DeliversAsync(queue, Lane.Work);
        Assert.Equal((100_000, TimeSpan.FromDays(1)), ((await admin.StreamAsync()).MaxMsgsPerSubject, (await admin.StreamAsync()).MaxAge));

        var delivered = new ConcurrentQueue<Guid>();
        using var stop = new CancellationTokenSource();
        var consuming = queue.ConsumeAsync(Lane.Work, 4, Keep(delivered), stop.Token);
        await admin.JetStream.DeleteStreamAsync(PrivateNats.Stream);
        var message = new QueuedMessage(Guid.CreateVersion7(), Lane.Work, 1);
        // As the relay does: a server that still removes the files of the old stream may refuse at first.
        await Eventually.HoldsAsync(() => IsTakenAsync(queue, message), "it is taken");
        await Eventually.HoldsAsync(() => delivered.Contains(message.Id), "it is delivered from the stream that was made again");
        await stop.CancelAsync();
        await consuming;
    }

    [Fact, Trait("Promise", "N5")]
    public async Task Full_lane_refuses_its_publishers_and_no_other_and_loses_nothing()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var queue = PrivateNats.NewQueue([.. nats.Settings, ("NATS_STREAM_MAX_MESSAGES", "100")]);
        QueuedMessage[] messages = [.. Enumerable.Range(0, 100).Select(_ => new QueuedMessage(Guid.CreateVersion7(), Lane.Sms, 1))];
        await queue.PublishAsync(messages, default);

        var more = new QueuedMessage(Guid.CreateVersion7(), Lane.Sms, 1);
        await Assert.ThrowsAsync<QueueUnavailableException>(() => queue.PublishAsync([more], default));
        await queue.PublishAsync([new QueuedMessage(Guid.CreateVersion7(), Lane.Mail, 1)], default);

        var delivered = new ConcurrentQueue<Guid>();
        using var stop = new CancellationTokenSource();
        var consuming = queue.ConsumeAsync(Lane.Sms, 4, Keep(delivered), stop.Token);
        await Eventually.HoldsAsync(() => delivered.Count == 100, "all that was taken is delivered");
        await queue.PublishAsync([more], default);
        await Eventually.HoldsAsync(() => delivered.Contains(more.Id), "there is room again");
        await stop.CancelAsync();
        await consuming;
        Assert.Equal(messages.Select(message => message.Id).Append(more.Id).Order(), delivered.Order());
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Message_whose_outcome_is_never_recorded_comes_later_each_time_and_then_leaves_the_stream()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var queue = PrivateNats.NewQueue(nats.Settings);
        await using var admin = new Admin(nats);
        await queue.PublishAsync([new QueuedMessage(Guid.CreateVersion7(), Lane.Work, 1)], default);

        var moments = new ConcurrentQueue<long>();
        using var stop = new CancellationTokenSource();
        var consuming = queue.ConsumeAsync(
            Lane.Work, 1, _ =>
            {
                moments.Enqueue(TimeProvider.System.GetTimestamp());
                throw new IOException("no database");
            },
            stop.Token);

        await Eventually.HoldsAsync(async () => (await admin.JetStream.GetStreamAsync(PrivateNats.Stream)).Info.State.Messages == 0, "the stream is rid of it");
        await stop.CancelAsync();
        await consuming;
        var waits = moments.Zip(moments.Skip(1), (from, to) => TimeProvider.System.GetElapsedTime(from, to).TotalSeconds).ToArray();
        Assert.Equal(NatsTopology.MostDeliveries, moments.Count);
        foreach (var (wait, least) in waits.Zip([1, 2, 4, 8])) Assert.True(wait >= least - 0.1, $"{wait:0.00} s, and {least} s are the least.");
    }

    [Fact]
    public async Task Message_that_nobody_can_read_is_dropped()
    {
        await using var nats = await PrivateNats.StartNewAsync();
        await using var queue = PrivateNats.NewQueue(nats.Settings);
        await using var admin = new Admin(nats);
        await DeliversAsync(queue, Lane.Work);
        (await admin.JetStream.PublishAsync("goapi_test.work.work", "nonsense")).EnsureSuccess();

        Assert.Single(await DeliversAsync(queue, Lane.Work));
        Assert.Equal(0, (await admin.JetStream.GetStreamAsync(PrivateNats.Stream)).Info.State.Messages);
    }

    /// <summary>A message travels; all that came on the lane meanwhile.</summary>
    /// <param name="others">Other processes take from the lane too, and may have it.</param>
    private static async Task<Guid[]> DeliversAsync(NatsQueue queue, string lane, bool others = false)
    {
        var (message, delivered) = (new QueuedMessage(Guid.CreateVersion7(), lane, 1), new ConcurrentQueue<Guid>());
        using var stop = new CancellationTokenSource();
        var consuming = queue.ConsumeAsync(lane, 4, Keep(delivered), stop.Token);
        await queue.PublishAsync([message], default);
        if (!others) await Eventually.HoldsAsync(() => delivered.Contains(message.Id), $"a message of lane {lane} is delivered");
        await stop.CancelAsync();
        await consuming;
        return [.. delivered];
    }

    private static async Task<bool> IsTakenAsync(NatsQueue queue, QueuedMessage message)
    {
        try
        {
            await queue.PublishAsync([message], default);
            return true;
        }
        catch (QueueUnavailableException)
        {
            return false;
        }
    }

    private static Func<QueuedMessage, Task> Keep(ConcurrentQueue<Guid> delivered) => message =>
    {
        delivered.Enqueue(message.Id);
        return Task.CompletedTask;
    };

    /// <summary>A connection of the test's own, past the queue.</summary>
    private sealed class Admin(PrivateNats nats) : IAsyncDisposable
    {
        private readonly NatsConnection connection = new(new NatsOpts { Url = nats.Url, AuthOpts = new NatsAuthOpts { Token = PrivateNats.Token } });

        public NatsJSContext JetStream => field ??= new NatsJSContext(connection);

        public async Task<StreamConfig> StreamAsync() => (await JetStream.GetStreamAsync(PrivateNats.Stream)).Info.Config;

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
