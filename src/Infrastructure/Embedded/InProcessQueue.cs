using System.Collections.Frozen;
using System.Threading.Channels;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.Embedded;

/// <summary>
/// What stands in where NATS is not configured: between the relay and the consumers of one process. It holds ids only,
/// and few: what is lost with the process is in the database, and a full lane makes the relay wait.
/// </summary>
internal sealed partial class InProcessQueue(ILogger<InProcessQueue> logger) : IQueue
{
    private const int Capacity = 128;

    private readonly FrozenDictionary<string, Channel<QueuedMessage>> lanes =
        Lane.All.ToFrozenDictionary(lane => lane, _ => Channel.CreateBounded<QueuedMessage>(Capacity));

    public string Mode => "embedded";

    public async Task PublishAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct)
    {
        foreach (var message in batch) await lanes[message.Lane].Writer.WriteAsync(message, ct);
    }

    public Task ConsumeAsync(string lane, int parallelism, Func<QueuedMessage, Task> handle, CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, parallelism).Select(_ => ConsumeAsync(lanes[lane].Reader, handle, ct)));

    private async Task ConsumeAsync(ChannelReader<QueuedMessage> lane, Func<QueuedMessage, Task> handle, CancellationToken ct)
    {
        while (true)
        {
            QueuedMessage message;
            try
            {
                message = await lane.ReadAsync(ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                await handle(message);
            }
            catch (Exception fault)
            {
                NotHandled(logger, message.Id, fault);
            }
        }
    }

    public Task PingAsync(CancellationToken ct) => Task.CompletedTask;

    [LoggerMessage(2030, LogLevel.Warning, "Message {MessageId} could not be worked on; it comes again")]
    private static partial void NotHandled(ILogger logger, Guid messageId, Exception fault);
}
