using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

internal sealed class Messenger(Courier courier, IDeliveries deliveries, ITemplates templates, IBatches inbox, TimeProvider time) : IMessenger
{
    public Task<Consumed> MailAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        SendAsync(Channel.Email, message, to, template, variables, ct);

    public Task<Consumed> TextAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        SendAsync(Channel.Sms, message, to, template, variables, ct);

    public async Task<Consumed> PutIntoInboxAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct)
    {
        if ((await templates.RenderAsync(template, to.Locale, variables, ct)).Failed(out var error, out var content)) return new Consumed.Dead(error.Message);
        if (to.UserId is not { } userId || !await deliveries.IsWantedAsync(userId, content.Category, Channel.InApp, ct)) return Consumed.Done;

        inbox.Add(Delivery.OfSystem(message.Id, Channel.InApp, content.Category, template, userId, message.CreatedAt));
        inbox.Add(Notification.Of(userId, null, template, content.Category, [Channel.InApp], content.Subject, content.Text, time.GetUtcNow()));
        return Consumed.Done;
    }

    private async Task<Consumed> SendAsync(Channel channel, Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct)
    {
        if ((await templates.RenderAsync(template, to.Locale, variables, ct)).Failed(out var error, out var content)) return new Consumed.Dead(error.Message);
        if (to.UserId is { } userId && !await deliveries.IsWantedAsync(userId, content.Category, channel, ct)) return Consumed.Done;

        if (await deliveries.FindAsync(message.Id, ct) is not { } delivery)
        {
            delivery = Delivery.OfSystem(message.Id, channel, content.Category, template, to.UserId, message.CreatedAt);
            await deliveries.OpenAsync(delivery, ct);
        }

        return await courier.HandOverAsync(delivery, message, to.Address, await deliveries.FindSuppressionAsync(channel, to.Address, ct), content, ct);
    }
}
