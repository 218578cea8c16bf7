using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

[Consumer("notifications.deliver-email", Lane.Mail)]
internal sealed class DeliverEmail(Courier courier) : IConsumer<EmailDue>
{
    public Task<Consumed> HandleAsync(EmailDue happened, Message message, CancellationToken ct) => courier.DeliverAsync(happened.JobId, message, ct);
}

[Consumer("notifications.deliver-sms", Lane.Sms)]
internal sealed class DeliverSms(Courier courier) : IConsumer<SmsDue>
{
    public Task<Consumed> HandleAsync(SmsDue happened, Message message, CancellationToken ct) => courier.DeliverAsync(happened.JobId, message, ct);
}
