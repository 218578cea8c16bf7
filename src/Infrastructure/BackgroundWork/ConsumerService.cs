using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Outbox;
using Microsoft.Extensions.Hosting;

namespace GoApi.Infrastructure.BackgroundWork;

/// <summary>
/// Works on the lanes side by side. On SIGTERM it takes nothing new and ends when what is in flight has ended; the host
/// waits for that up to its shutdown timeout (N8), and what is cut off then is taken up again when its lease ends.
/// </summary>
internal sealed class ConsumerService(IQueue queue, MessageProcessor processor, SendGridSettings mail, TwilioSettings sms) : BackgroundService
{
    /// <summary>Messages at a time of the lane that waits for no provider.</summary>
    public const int Parallelism = 8;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Lane.All.Select(lane =>
        Task.Run(() => queue.ConsumeAsync(lane, ParallelismOf(lane), processor.ProcessAsync, stoppingToken), CancellationToken.None)));

    // Messages wait for providers most of the time: as many are worked on as a provider is called at a time.
    private int ParallelismOf(string lane) => lane switch
    {
        Lane.Mail => mail.Concurrency,
        Lane.Sms => sms.Concurrency,
        _ => Parallelism,
    };
}
