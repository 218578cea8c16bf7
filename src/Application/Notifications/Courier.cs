using System.Text.Json;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Sms;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Takes messages to providers, and writes into the ledger what became of each attempt; the outbox saves that with the outcome.</summary>
internal sealed class Courier(IDeliveries deliveries, ITemplates templates, IEmailSender mail, ISmsSender sms, TimeProvider time) : IAbandonedMessages
{
    /// <summary>Sends a delivery of the ledger.</summary>
    public async Task<Consumed> DeliverAsync(Guid deliveryId, Message message, CancellationToken ct)
    {
        if (await deliveries.FindDueAsync(deliveryId, ct) is not { Delivery.State: DeliveryState.Pending } due) return Consumed.Done;

        if (due.Batch is null) return await DeliverOwnWordsAsync(due, message, ct);
        if (due.Batch.Status == BatchStatus.Cancelled) return Fail(due.Delivery, message, "The batch was cancelled.");
        if (due.Recipient is null) return Fail(due.Delivery, message, "The account is gone or suspended.");
        if (!due.IsWanted) return Fail(due.Delivery, message, "The recipient wants no messages of this category over this channel.");
        if (due.Recipient.AddressFor(due.Delivery.Channel) is not { } address) return Fail(due.Delivery, message, "The recipient has no address for this channel.");

        var variables = due.Recipient.AddTo(JsonSerializer.Deserialize<Dictionary<string, object?>>(due.Batch.Variables)!);
        return (await templates.RenderAsync(due.Batch.Template, due.Recipient.Locale, variables, ct)).Failed(out var error, out var content)
            ? Fail(due.Delivery, message, error.Message)
            : await HandOverAsync(due.Delivery, message, address, due.Suppressed, due.Batch.Template == NotificationBatch.Message ? TitleFirst(due.Delivery.Channel, content) : content, ct);
    }

    public async Task AbandonAsync(Message message, CancellationToken ct)
    {
        if (await deliveries.FindAsync(message.Id, ct) is not { State: DeliveryState.Pending } delivery) return;

        AddCutOff(delivery, message);
        delivery.GiveUp(message.Attempt, time.GetUtcNow());
    }

    /// <summary>One attempt.</summary>
    /// <param name="suppressed">Why nothing is to be sent to the address.</param>
    public async Task<Consumed> HandOverAsync(Delivery delivery, Message message, string address, SuppressionReason? suppressed, RenderedMessage content, CancellationToken ct)
    {
        AddCutOff(delivery, message);
        if (delivery.Verdict == DeliveryVerdict.Delivered)
        {
            delivery.Confirm(time.GetUtcNow());
            return Consumed.Done;
        }

        if (suppressed is { } reason && IsFor(delivery, reason))
            return Fail(delivery, message, $"Nothing is sent to the address any more: {(reason == SuppressionReason.HardBounce ? "it bounced" : "its owner complained")}.");

        var began = time.GetUtcNow();
        var result = delivery.Channel == Channel.Email
            ? await mail.SendAsync(content.ToMail(message.Id, address), ct)
            : await sms.SendAsync(new SmsMessage(message.Id, address, content.Text), ct);
        if (OutcomeOf(result.Outcome) is { } outcome)
        {
            var now = time.GetUtcNow();
            var attempt = new DeliveryAttempt(delivery.Id, message.Attempt, outcome, result.ProviderId, result.Error, began, now);
            deliveries.Add(attempt);
            delivery.Record(attempt, address, message.IsLast, now);
        }

        return result.ToConsumed();
    }

    private void AddCutOff(Delivery delivery, Message message)
    {
        foreach (var missing in delivery.CutOff(message.Attempt, time.GetUtcNow(), message.Ambiguous)) deliveries.Add(missing);
    }

    private async Task<Consumed> DeliverOwnWordsAsync(DueDelivery due, Message message, CancellationToken ct)
    {
        var delivery = due.Delivery;
        var variables = new Dictionary<string, object?> { ["title"] = delivery.Subject ?? "", ["content"] = delivery.Body };
        if ((await templates.RenderAsync(NotificationBatch.Message, null, variables, ct)).Failed(out var error, out var content)) return Fail(delivery, message, error.Message);

        // A text message is those words and nothing else.
        return await HandOverAsync(delivery, message, delivery.Address!, due.Suppressed, delivery.Channel == Channel.Sms ? content with { Text = delivery.Body! } : content, ct);
    }

    private Consumed Fail(Delivery delivery, Message message, string reason)
    {
        delivery.Fail(message.Attempt, reason, time.GetUtcNow());
        return Consumed.Done;
    }

    // A text message has no subject beside it.
    private static RenderedMessage TitleFirst(Channel channel, RenderedMessage content) => channel == Channel.Sms ? content with { Text = $"{content.Subject}\n{content.Text}" } : content;

    // Who finds our newsletters a nuisance still has to learn that a password was changed. To an address that is not there nobody writes.
    private static bool IsFor(Delivery delivery, SuppressionReason reason) => reason == SuppressionReason.HardBounce || delivery.Category != Category.Security;

    // What was not tried is no attempt.
    private static AttemptOutcome? OutcomeOf(SendOutcome outcome) => outcome switch
    {
        SendOutcome.Sent => AttemptOutcome.Sent,
        SendOutcome.Rejected => AttemptOutcome.Rejected,
        SendOutcome.Unavailable => AttemptOutcome.Unavailable,
        SendOutcome.Unknown => AttemptOutcome.Unknown,
        SendOutcome.Deferred => null,
        _ => throw new InvalidOperationException($"Outcome {outcome} is not known."),
    };
}
