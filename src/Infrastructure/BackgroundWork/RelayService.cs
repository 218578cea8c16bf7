using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Outbox;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.BackgroundWork;

/// <summary>Runs the relay in every process that writes. Each lane has a loop of its own, so that one whose queue is full does not hold up the others (N5).</summary>
internal sealed partial class RelayService(OutboxRelay relay, OutboxSignal signal, ILogger<RelayService> logger) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Lane.All.Select(lane => RelayAsync(lane, stoppingToken)));

    private async Task RelayAsync(string lane, CancellationToken ct)
    {
        // Not on the thread that starts the host.
        await Task.Yield();

        var pause = Poll;
        var failing = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var full = await relay.RelayAsync(lane, pause, ct) == OutboxRelay.BatchSize;
                if (failing) Recovered(logger, lane);
                (failing, pause) = (false, Poll);
                if (!full) await signal.WaitAsync(lane, Poll, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // Requests go on: what they write waits in the database.
                if (!failing) Failing(logger, lane, fault is QueueUnavailableException ? "the queue" : "the database", fault);
                failing = true;
                await Task.Delay(pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Messages of lane {Lane} wait in the outbox: {What} does not answer")]
    private static partial void Failing(ILogger logger, string lane, string what, Exception fault);

    [LoggerMessage(2002, LogLevel.Information, "Messages of lane {Lane} are relayed again")]
    private static partial void Recovered(ILogger logger, string lane);
}
