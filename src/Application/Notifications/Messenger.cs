using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Sms;

namespace GoApi.Application.Notifications;

/// <summary>What cannot be rendered is dead: another attempt renders no better.</summary>
internal sealed class Messenger(ITemplates templates, IEmailSender mails, ISmsSender texts) : IMessenger
{
    public async Task<Consumed> MailAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        (await templates.RenderAsync(template, to.Locale, variables, ct)).Failed(out var error, out var rendered)
            ? new Consumed.Dead(error.Message)
            : (await mails.SendAsync(rendered.ToMail(message.Id, to.Address), ct)).ToConsumed();

    public async Task<Consumed> TextAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        (await templates.RenderAsync(template, to.Locale, variables, ct)).Failed(out var error, out var rendered)
            ? new Consumed.Dead(error.Message)
            : (await texts.SendAsync(new SmsMessage(message.Id, to.Address, rendered.Text), ct)).ToConsumed();
}
