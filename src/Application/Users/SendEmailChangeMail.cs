using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The token is made here, while the mail is rendered: it is in no row, queue message or log.</summary>
[Consumer("users.send-email-change-mail", Lane.Mail)]
internal sealed class SendEmailChangeMail(IEmailChanges changes, IEmailSender sender, IMailLinks links) : IConsumer<EmailChangeRequested>
{
    public async Task<Consumed> HandleAsync(EmailChangeRequested happened, Message message, CancellationToken ct)
    {
        if (await changes.MakeTokenAsync(happened.ChangeId, ct) is not var (newEmail, firstName, token)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"Confirm your new e-mail address for {links.AppName}")
            .Paragraph($"Hello {firstName},")
            .Paragraph("Please confirm that this address is yours. From then on you log in with it. The link works once, for 24 hours.")
            .Button("Confirm e-mail address", links.VerifyEmail(token))
            .Paragraph("If you use the API, send this token to POST /api/v1/users/email/verify:")
            .Code(token)
            .Paragraph("If you did not ask for this, you need not do anything: the address stays as it is.")
            .Because($"You get this mail because somebody gave this address for their account at {links.AppName}.");
        return (await sender.SendAsync(mail.ToMessage(message.Id, newEmail), ct)).ToConsumed();
    }
}
