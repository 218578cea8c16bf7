using System.Globalization;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace GoApi.Infrastructure.Nats;

/// <summary>
/// JetStream as the spreader of work: a work-queue stream, which keeps a message until it is acknowledged and no longer,
/// because the history is in the database. Stream and consumers are made again wherever they are gone (N2).
/// </summary>
internal sealed partial class NatsQueue : IQueue, IAsyncDisposable
{
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan AckWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly string stream;
    private readonly NatsConnection connection;
    private readonly NatsJSContext jetStream;
    private readonly ILogger<NatsQueue> logger;

    public NatsQueue(NatsSettings settings, ILoggerFactory loggers)
    {
        stream = settings.StreamName;
        logger = loggers.CreateLogger<NatsQueue>();
        connection = new NatsConnection(new NatsOpts
        {
            Name = "goapi",
            Url = string.Join(',', settings.Urls),
            AuthOpts = settings.Token is null ? NatsAuthOpts.Default : new NatsAuthOpts { Token = settings.Token },
            LoggerFactory = loggers,
            ConnectTimeout = TimeSpan.FromSeconds(2),
            RequestTimeout = PublishTimeout,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(200),
            ReconnectWaitMax = TimeSpan.FromSeconds(2),
            RetryOnInitialConnect = true,
            // A server that was started with another token for a moment must not end it for ever.
            IgnoreAuthErrorAbort = true,
        });
        jetStream = new NatsJSContext(connection);
    }

    public string Mode => "nats";

    public async Task PublishAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(PublishTimeout);
        try
        {
            try
            {
                await SendAsync(batch, deadline.Token);
            }
            catch (Exception gone) when (gone is NatsNoRespondersException or NatsJSPublishNoResponseException)
            {
                await EnsureStreamAsync(deadline.Token);
                await SendAsync(batch, deadline.Token);
            }
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            throw new QueueUnavailableException(fault);
        }
    }

    public async Task ConsumeAsync(string lane, int parallelism, Func<QueuedMessage, Task> handle, CancellationToken ct)
    {
        using var slots = new SemaphoreSlim(parallelism);
        var pause = TimeSpan.FromSeconds(1);
        var failing = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var consumer = await EnsureConsumerAsync(lane, ct);
                if (failing) Consuming(logger, lane);
                (failing, pause) = (false, TimeSpan.FromSeconds(1));
                await ConsumeAsync(consumer, parallelism, slots, handle, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                if (!failing) NotConsuming(logger, lane, fault);
                failing = true;
                await Task.Delay(pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }

        for (var slot = 0; slot < parallelism; slot++) await slots.WaitAsync(CancellationToken.None);
    }

    public async Task PingAsync(CancellationToken ct) => await connection.PingAsync(ct);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task ConsumeAsync(INatsJSConsumer consumer, int parallelism, SemaphoreSlim slots, Func<QueuedMessage, Task> handle, CancellationToken ct)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var options = new NatsJSConsumeOpts
        {
            MaxMsgs = parallelism * 2,
            // What was fetched in advance when the end came is given back below, so that another worker has it at once.
            DrainOnCancel = true,
            Expires = TimeSpan.FromSeconds(10),
            IdleHeartbeat = TimeSpan.FromSeconds(2),
            // No heartbeats: the server is gone, came back without its storage, or somebody deleted it. Begin again with the stream.
            NotificationHandler = (notification, _) =>
            {
                if (notification is NatsJSTimeoutNotification) broken.Cancel();
                return Task.CompletedTask;
            },
        };
        try
        {
            await foreach (var message in consumer.ConsumeAsync<string>(opts: options, cancellationToken: broken.Token))
            {
                if (await TakeSlotAsync(slots, ct)) _ = HandleAsync(message, handle, slots);
                else await GiveBackAsync(message, TimeSpan.FromSeconds(1));
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Broken: the caller begins again.
        }
    }

    private static async Task<bool> TakeSlotAsync(SemaphoreSlim slots, CancellationToken ct)
    {
        try
        {
            await slots.WaitAsync(ct);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task HandleAsync(INatsJSMsg<string> message, Func<QueuedMessage, Task> handle, SemaphoreSlim slots)
    {
        using var ended = new CancellationTokenSource();
        try
        {
            if (Read(message) is not { } queued)
            {
                await message.AckTerminateAsync(cancellationToken: CancellationToken.None);
                return;
            }

            var progress = ReportProgressAsync(message, ended.Token);
            try
            {
                await handle(queued);
            }
            finally
            {
                await ended.CancelAsync();
                await progress;
            }

            await message.AckAsync(cancellationToken: CancellationToken.None);
        }
        catch (Exception fault)
        {
            // The outcome is not recorded, so the message stays.
            NotHandled(logger, fault);
            await GiveBackAsync(message, TimeSpan.FromSeconds(5));
        }
        finally
        {
            slots.Release();
        }
    }

    // Later: at once it would come back to this very consumer, whose last request to the server is still open.
    private static async Task GiveBackAsync(INatsJSMsg<string> message, TimeSpan later)
    {
        try
        {
            await message.NakAsync(delay: later, cancellationToken: CancellationToken.None);
        }
        catch (NatsException)
        {
            // Then it comes again when its acknowledgement is overdue, or the outbox sends it before.
        }
    }

    private static async Task ReportProgressAsync(INatsJSMsg<string> message, CancellationToken ended)
    {
        while (true)
        {
            await Task.Delay(AckWait / 3, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested) return;
            await message.AckProgressAsync(cancellationToken: CancellationToken.None);
        }
    }

    private Task SendAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct) => Task.WhenAll(batch.Select(async message =>
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{message.Id}:{message.Dispatch}");
        var answer = await jetStream.PublishAsync(Subject(message.Lane), id, opts: new NatsJSPubOpts { MsgId = id }, cancellationToken: ct);
        // A duplicate is one that an attempt without an answer has left there.
        if (!answer.Duplicate) answer.EnsureSuccess();
    }));

    private static QueuedMessage? Read(INatsJSMsg<string> message) =>
        message.Data?.Split(':') is [var id, var dispatch] && Guid.TryParse(id, out var row) && int.TryParse(dispatch, CultureInfo.InvariantCulture, out var number)
            ? new QueuedMessage(row, message.Subject[(message.Subject.LastIndexOf('.') + 1)..], number)
            : null;

    // Made where it is missing and left alone where it is there: replicas and placement are the operator's.
    private async Task EnsureStreamAsync(CancellationToken ct)
    {
        try
        {
            await jetStream.GetStreamAsync(stream, cancellationToken: ct);
        }
        catch (NatsJSApiException missing) when (missing.Error.Code == 404)
        {
            await jetStream.CreateStreamAsync(
                new StreamConfig(stream, [Subject("*")])
                {
                    Retention = StreamConfigRetention.Workqueue,
                    Storage = StreamConfigStorage.File,
                    MaxAge = TimeSpan.FromDays(7),
                    DuplicateWindow = TimeSpan.FromMinutes(2),
                }, ct);
            StreamMade(logger, stream);
        }
    }

    private async Task<INatsJSConsumer> EnsureConsumerAsync(string lane, CancellationToken ct)
    {
        await EnsureStreamAsync(ct);
        return await jetStream.CreateOrUpdateConsumerAsync(
            stream,
            new ConsumerConfig(lane)
            {
                FilterSubject = Subject(lane),
                AckPolicy = ConsumerConfigAckPolicy.Explicit,
                AckWait = AckWait,
                // Without a limit: an undelivered message would stay in a work queue for ever. The row bounds the attempts.
                MaxDeliver = -1,
                MaxAckPending = 1_000,
            }, ct);
    }

    private string Subject(string lane) => $"{stream.ToLowerInvariant()}.work.{lane}";

    [LoggerMessage(2040, LogLevel.Information, "The stream {Stream} was not there and is made")]
    private static partial void StreamMade(ILogger logger, string stream);

    [LoggerMessage(2041, LogLevel.Warning, "Nothing of lane {Lane} comes from NATS; trying again")]
    private static partial void NotConsuming(ILogger logger, string lane, Exception fault);

    [LoggerMessage(2042, LogLevel.Information, "Messages of lane {Lane} come from NATS again")]
    private static partial void Consuming(ILogger logger, string lane);

    [LoggerMessage(2043, LogLevel.Warning, "A message could not be worked on or acknowledged; it comes again")]
    private static partial void NotHandled(ILogger logger, Exception fault);
}
