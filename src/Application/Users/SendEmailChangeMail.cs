using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The token is made here, while the mail is rendered: it is in no row, queue message or log.</summary>
[Consumer("users.send-email-change-mail", Lane.Mail)]
internal sealed class SendEmailChangeMail(IEmailChanges changes, IMessenger messenger, IMailLinks links) : IConsumer<EmailChangeRequested>
{
    public async Task<Consumed> HandleAsync(EmailChangeRequested happened, Message message, CancellationToken ct) =>
        await changes.MakeTokenAsync(happened.ChangeId, ct) is var (userId, newEmail, firstName, token, locale)
            ? await messenger.MailAsync(message, new Recipient(userId, newEmail, locale), "users.email-change", new Dictionary<string, object?>
            {
                ["first_name"] = firstName,
                ["link"] = links.VerifyEmail(token),
                ["token"] = token,
            }, ct)
            : Consumed.Done;
}
