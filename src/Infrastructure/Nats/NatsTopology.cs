using GoApi.Application.Abstractions.Messaging;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace GoApi.Infrastructure.Nats;

/// <summary>
/// The stream and its consumers, made where they are missing and changed where they are not as they should be. What is not
/// named here (placement, description, compression …) is the operator's and stays. Any number of processes may do it at once.
/// </summary>
internal sealed partial class NatsTopology(NatsJSContext jetStream, NatsSettings settings, ILogger<NatsTopology> logger) : IDisposable
{
    /// <summary>So often a message is delivered without its outcome being recorded; then the stream is rid of it, and its row sends it again.</summary>
    public const int MostDeliveries = 5;

    // By far more than an id and the headers of a message take.
    private const int MessageBytes = 1_024;
    private const int NameTaken = 10_058;

    // Longer than the outbox takes to send anything again: whatever is older has been sent again.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);
    // Longer than the relay waits before it repeats a publication that was not answered.
    private static readonly TimeSpan DuplicateWindow = TimeSpan.FromMinutes(2);

    // A server of 2.9 still removes the files of a deleted stream when it has said that it is gone, and would remove those of a new one.
    private static readonly TimeSpan AfterDeletion = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan UntilOthersAreDone = TimeSpan.FromMilliseconds(500);

    // One at a time, so that what NATS refuses goes into the log once and not for each lane.
    private readonly SemaphoreSlim gate = new(1);
    private string reported = "";
    private bool known;

    /// <summary>False where NATS refused a part of it: to be tried again, for a cluster may be complete by then.</summary>
    public bool IsAsWanted { get; private set; } = true;

    private (string Name, Func<StreamConfig, StreamConfig> Set)[] Owned { get; } =
    [
        ("subjects", stream => stream with { Subjects = [Subject(settings, "*")] }),
        // A message is kept until it is acknowledged and no longer, for the history is in the database.
        ("retention", stream => stream with { Retention = StreamConfigRetention.Workqueue }),
        ("storage", stream => stream with { Storage = StreamConfigStorage.File }),
        ("replicas", stream => stream with { NumReplicas = settings.StreamReplicas }),
        ("age", stream => stream with { MaxAge = MaxAge, DuplicateWindow = DuplicateWindow }),
        // Who publishes to a full lane is refused, and its messages wait in the outbox. A lane of its own each: a full one holds up no other (N5).
        ("limits", stream => stream with
        {
            Discard = StreamConfigDiscard.New,
            DiscardNewPerSubject = true,
            MaxMsgsPerSubject = settings.StreamMaxMessages,
            MaxMsgs = -1,
            MaxBytes = settings.StreamMaxMessages * Lane.All.Count * MessageBytes,
            MaxMsgSize = MessageBytes,
        }),
        ("acknowledgement", stream => stream with { NoAck = false }),
    ];

    public static string Subject(NatsSettings settings, string lane) => $"{settings.StreamName.ToLowerInvariant()}.work.{lane}";

    /// <exception cref="NatsException">NATS does not answer, or refuses to make the stream at all.</exception>
    public async Task EnsureStreamAsync(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            var refused = new List<string>();
            var stream = await FindAsync(ct);
            if (stream is null)
            {
                if (known) await Task.Delay(AfterDeletion, ct);
                stream = await MakeAsync(refused, ct);
            }

            known = true;
            await AdaptAsync(stream, refused, ct);
            Report(string.Join("; ", refused));
        }
        finally
        {
            gate.Release();
        }
    }

    /// <exception cref="NatsException">NATS does not answer, or there is no such consumer and it refuses to make it.</exception>
    public async Task<INatsJSConsumer> EnsureConsumerAsync(string lane, CancellationToken ct)
    {
        try
        {
            return await MakeConsumerAsync(lane, ct);
        }
        catch (NatsException)
        {
            // What several processes make at once is half made for a moment.
            await Task.Delay(UntilOthersAreDone, ct);
            return await MakeConsumerAsync(lane, ct);
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task<INatsJSConsumer> MakeConsumerAsync(string lane, CancellationToken ct)
    {
        await EnsureStreamAsync(ct);
        var wanted = new ConsumerConfig(lane)
        {
            FilterSubject = Subject(settings, lane),
            DeliverPolicy = ConsumerConfigDeliverPolicy.All,
            AckPolicy = ConsumerConfigAckPolicy.Explicit,
            AckWait = settings.AckWait,
            // No list of back-offs beside it: it would stand in for the wait above, and a worker says itself how much later a message is to come.
            MaxDeliver = MostDeliveries,
            // What all workers together may have fetched.
            MaxAckPending = 1_000,
        };
        try
        {
            return await jetStream.CreateOrUpdateConsumerAsync(settings.StreamName, wanted, ct);
        }
        catch (NatsJSApiException refusal)
        {
            // What somebody else made under its name does the work as well, as long as it is one that can be asked.
            var consumer = await jetStream.GetConsumerAsync(settings.StreamName, lane, ct);
            ConsumerStays(logger, lane, refusal.Error.Description);
            return consumer;
        }
    }

    private async Task<StreamConfig?> FindAsync(CancellationToken ct)
    {
        try
        {
            return (await jetStream.GetStreamAsync(settings.StreamName, cancellationToken: ct)).Info.Config;
        }
        catch (NatsJSApiException missing) when (missing.Error.Code == 404)
        {
            return null;
        }
    }

    private async Task<StreamConfig> MakeAsync(List<string> refused, CancellationToken ct)
    {
        var wanted = Owned.Aggregate(new StreamConfig { Name = settings.StreamName }, (stream, part) => part.Set(stream));
        try
        {
            return await MakeAsync(wanted, ct);
        }
        catch (NatsJSApiException refusal) when (refusal.Error.ErrCode == NameTaken)
        {
            // Another process was quicker, with other settings.
            if (await FindAsync(ct) is { } others) return others;
            throw;
        }
        catch (NatsJSApiException refusal) when (settings.StreamReplicas > 1)
        {
            // The cluster is not complete yet, or there is none: better one copy than none, for the database has them all.
            var stream = await MakeAsync(wanted with { NumReplicas = 1 }, ct);
            refused.Add($"replicas ({refusal.Error.Description})");
            return stream;
        }
    }

    private async Task<StreamConfig> MakeAsync(StreamConfig wanted, CancellationToken ct)
    {
        var stream = await jetStream.CreateStreamAsync(wanted, ct);
        StreamMade(logger, settings.StreamName, wanted.NumReplicas);
        return stream.Info.Config;
    }

    // All at once where NATS agrees. Otherwise part by part, to find what it refuses and change the rest.
    private async Task AdaptAsync(StreamConfig stream, List<string> refused, CancellationToken ct)
    {
        var different = Owned.Where(part => !Same(part.Set(stream), stream) && !refused.Any(one => one.StartsWith(part.Name, StringComparison.Ordinal))).ToArray();
        if (different.Length == 0) return;

        var names = string.Join(", ", different.Select(part => part.Name));
        if (await TryUpdateAsync(different.Aggregate(stream, (so, part) => part.Set(so)), ct) is not { } refusal)
        {
            StreamChanged(logger, settings.StreamName, names);
            return;
        }

        foreach (var part in different)
        {
            var with = part.Set(stream);
            if (different.Length > 1) refusal = await TryUpdateAsync(with, ct);
            if (refusal is null) stream = with;
            else refused.Add($"{part.Name} ({refusal})");
        }
    }

    /// <returns>Why not, or null where it is done.</returns>
    private async Task<string?> TryUpdateAsync(StreamConfig stream, CancellationToken ct)
    {
        try
        {
            await jetStream.UpdateStreamAsync(stream, ct);
            return null;
        }
        catch (NatsJSApiException refusal)
        {
            return refusal.Error.Description;
        }
    }

    private void Report(string refused)
    {
        IsAsWanted = refused.Length == 0;
        if (refused == reported) return;

        reported = refused;
        if (refused.Length > 0) StreamStays(logger, settings.StreamName, refused);
    }

    // A record compares its lists by reference.
    private static bool Same(StreamConfig one, StreamConfig other) =>
        (one.Subjects ?? []).SequenceEqual(other.Subjects ?? []) && one == other with { Subjects = one.Subjects };

    [LoggerMessage(2040, LogLevel.Information, "The stream {Stream} was not there and is made, with {Replicas} replica(s)")]
    private static partial void StreamMade(ILogger logger, string stream, int replicas);

    [LoggerMessage(2044, LogLevel.Information, "The stream {Stream} had other settings and is changed: {Parts}")]
    private static partial void StreamChanged(ILogger logger, string stream, string parts);

    [LoggerMessage(2045, LogLevel.Warning, "The stream {Stream} is not as it should be, NATS refuses to change {Parts}; the work goes on")]
    private static partial void StreamStays(ILogger logger, string stream, string parts);

    [LoggerMessage(2046, LogLevel.Warning, "The consumer {Lane} stays as it is, NATS refuses to change it ({Reason}); the work goes on")]
    private static partial void ConsumerStays(ILogger logger, string lane, string? reason);
}
