using System.Text.Json;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>
/// Makes the deliveries of a part of a batch's recipients, and the message for the next part, in one transaction. Whatever crashes, each part is
/// made once; other work goes on between the parts, and a cancelled batch stops at the next one.
/// </summary>
[Consumer("notifications.expand-batch", Lane.Work)]
internal sealed class ExpandBatch(IBatches batches, ITemplates templates, IUnitOfWork unitOfWork, TimeProvider time) : IConsumer<BatchDue>
{
    public const int PartSize = 500;

    public async Task<Consumed> HandleAsync(BatchDue happened, Message message, CancellationToken ct)
    {
        if (await batches.FindAsync(happened.BatchId, ct) is not { Status: BatchStatus.Scheduled or BatchStatus.Expanding } batch) return Consumed.Done;

        var part = await batches.NextAsync(batch, PartSize, ct);
        var variables = JsonSerializer.Deserialize<Dictionary<string, object?>>(batch.Variables)!;
        foreach (var (person, channels) in part)
        {
            foreach (var channel in channels)
            {
                var delivery = Delivery.Of(batch, person.UserId, channel, time.GetUtcNow());
                if (channel == Channel.InApp) await PutIntoInboxAsync(delivery, batch, person, channels, variables, ct);
                batches.Add(delivery);
            }
        }

        batch.Advance(part.Count == 0 ? null : part[^1].Person.UserId, part.Count, part.Count(person => person.Channels.Count == 0), part.Count < PartSize, time.GetUtcNow());
        await unitOfWork.SaveAsync(ct);
        return Consumed.Done;
    }

    private async Task PutIntoInboxAsync(
        Delivery delivery, NotificationBatch batch, Addressee person, IReadOnlyList<Channel> channels, Dictionary<string, object?> variables, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        // It could be rendered when the batch was accepted: where it cannot any more, the template was changed since.
        if ((await templates.RenderAsync(batch.Template, person.Locale, person.AddTo(variables), ct)).Failed(out var error, out var content)) delivery.Fail(0, error.Message, now);
        else batches.Add(Notification.Of(person.UserId, batch.Id, batch.Template, batch.Category, channels, content.Subject, content.Text, now));
    }
}
