using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Outbox;
using Microsoft.Extensions.Hosting;

namespace GoApi.Infrastructure.BackgroundWork;

/// <summary>
/// Works on the lanes side by side. On SIGTERM it takes nothing new and ends when what is in flight has ended; the host
/// waits for that up to its shutdown timeout (N8), and what is cut off then is taken up again when its lease ends.
/// </summary>
internal sealed class ConsumerService(IQueue queue, MessageProcessor processor) : BackgroundService
{
    /// <summary>Messages of one lane at a time. They wait for providers most of the time.</summary>
    public const int Parallelism = 8;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Lane.All.Select(lane =>
        Task.Run(() => queue.ConsumeAsync(lane, Parallelism, processor.ProcessAsync, stoppingToken), CancellationToken.None)));
}
