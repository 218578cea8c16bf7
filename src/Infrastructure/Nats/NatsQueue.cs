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
/// JetStream as the spreader of work: a work-queue stream, a pull consumer for each lane. Stream and consumers are made
/// again wherever they are gone (N2). Whatever JetStream loses, refuses or doubles, the row in the database decides.
/// </summary>
internal sealed partial class NatsQueue : IQueue, IAsyncDisposable
{
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UntilAskedAgain = TimeSpan.FromMinutes(1);

    private readonly NatsSettings settings;
    private readonly NatsConnection connection;
    private readonly NatsJSContext jetStream;
    private readonly NatsTopology topology;
    private readonly ILogger<NatsQueue> logger;
    private bool unreachable;

    public NatsQueue(NatsSettings settings, ILoggerFactory loggers)
    {
        this.settings = settings;
        logger = loggers.CreateLogger<NatsQueue>();
        connection = new NatsConnection(NatsOptions.From(settings, PublishTimeout, loggers));
        jetStream = new NatsJSContext(connection);
        topology = new NatsTopology(jetStream, settings, loggers.CreateLogger<NatsTopology>());
    }

    public string Mode => "nats";

    public async Task PublishAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(PublishTimeout);
        try
        {
            await ConnectAsync(deadline.Token);
            try
            {
                await SendAsync(batch, deadline.Token);
            }
            catch (Exception gone) when (gone is NatsNoRespondersException or NatsJSPublishNoResponseException)
            {
                await topology.EnsureStreamAsync(deadline.Token);
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
                await ConnectAsync(ct);
                var consumer = await topology.EnsureConsumerAsync(lane, ct);
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

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        topology.Dispose();
    }

    private async Task ConnectAsync(CancellationToken ct)
    {
        try
        {
            await connection.ConnectAsync().AsTask().WaitAsync(ct);
            Volatile.Write(ref unreachable, false);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            if (!Interlocked.Exchange(ref unreachable, true)) NotConnected(logger, Reason(fault));
            throw;
        }
    }

    // What is wrong with credentials or certificates is said by the innermost one.
    private static string Reason(Exception? fault)
    {
        var reasons = new List<string>();
        for (; fault is not null; fault = fault.InnerException) reasons.Add(fault.Message);
        return string.Join(" – ", reasons.Distinct());
    }

    private async Task ConsumeAsync(INatsJSConsumer consumer, int parallelism, SemaphoreSlim slots, Func<QueuedMessage, Task> handle, CancellationToken ct)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (!topology.IsAsWanted) broken.CancelAfter(UntilAskedAgain);
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
            // The outcome is not recorded, so the message stays, and comes later each time.
            NotHandled(logger, fault);
            await PutBackAsync(message);
        }
        finally
        {
            slots.Release();
        }
    }

    private static Task PutBackAsync(INatsJSMsg<string> message) =>
        GiveBackAsync(message, TimeSpan.FromSeconds(1 << ((int)Math.Clamp(message.Metadata?.NumDelivered ?? 1, 1, NatsTopology.MostDeliveries) - 1)));

    // Later: at once it would come back to this very consumer, whose last request to the server is still open.
    // The last delivery is ended instead, or the message would lie in the stream until it is too old; its row sends it again.
    private static async Task GiveBackAsync(INatsJSMsg<string> message, TimeSpan later)
    {
        try
        {
            if (message.Metadata?.NumDelivered >= NatsTopology.MostDeliveries) await message.AckTerminateAsync(cancellationToken: CancellationToken.None);
            else await message.NakAsync(delay: later, cancellationToken: CancellationToken.None);
        }
        catch (NatsException)
        {
            // Then it comes again when its acknowledgement is overdue, or the outbox sends it before.
        }
    }

    private async Task ReportProgressAsync(INatsJSMsg<string> message, CancellationToken ended)
    {
        while (true)
        {
            await Task.Delay(settings.AckWait / 3, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested) return;
            try
            {
                await message.AckProgressAsync(cancellationToken: CancellationToken.None);
            }
            catch (NatsException)
            {
                // It is delivered to another meanwhile, who finds that the row is in work.
            }
        }
    }

    private Task SendAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct) => Task.WhenAll(batch.Select(async message =>
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{message.Id}:{message.Dispatch}");
        var answer = await jetStream.PublishAsync(NatsTopology.Subject(settings, message.Lane), id, opts: new NatsJSPubOpts { MsgId = id }, cancellationToken: ct);
        // A duplicate is one that an attempt without an answer has left there.
        if (!answer.Duplicate) answer.EnsureSuccess();
    }));

    private static QueuedMessage? Read(INatsJSMsg<string> message) =>
        message.Data?.Split(':') is [var id, var dispatch] && Guid.TryParse(id, out var row) && int.TryParse(dispatch, CultureInfo.InvariantCulture, out var number)
            ? new QueuedMessage(row, message.Subject[(message.Subject.LastIndexOf('.') + 1)..], number)
            : null;

    [LoggerMessage(2047, LogLevel.Warning, "No connection to NATS, messages wait in the database: {Reason}")]
    private static partial void NotConnected(ILogger logger, string reason);

    [LoggerMessage(2041, LogLevel.Warning, "Nothing of lane {Lane} comes from NATS; trying again")]
    private static partial void NotConsuming(ILogger logger, string lane, Exception fault);

    [LoggerMessage(2042, LogLevel.Information, "Messages of lane {Lane} come from NATS again")]
    private static partial void Consuming(ILogger logger, string lane);

    [LoggerMessage(2043, LogLevel.Warning, "A message could not be worked on or acknowledged; it comes again")]
    private static partial void NotHandled(ILogger logger, Exception fault);
}
