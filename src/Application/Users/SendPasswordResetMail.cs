using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The token is made here, while the mail is rendered: it is in no row, queue message or log.</summary>
[Consumer("users.send-password-reset-mail", Lane.Mail)]
internal sealed class SendPasswordResetMail(IPasswordResets resets, IEmailSender sender, IMailLinks links) : IConsumer<PasswordResetRequested>
{
    public async Task<Consumed> HandleAsync(PasswordResetRequested happened, Message message, CancellationToken ct)
    {
        if (await resets.MakeTokenAsync(happened.UserId, ct) is not var (email, firstName, token)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"Set a new password for {links.AppName}")
            .Paragraph($"Hello {firstName},")
            .Paragraph("Somebody, probably you, wants to set a new password for your account. The link works once, for one hour.")
            .Button("Set a new password", links.ResetPassword(token))
            .Paragraph("If you use the API, send this token to POST /api/v1/users/password/reset:")
            .Code(token)
            .Paragraph("If it was not you, you need not do anything: your password stays as it is.");
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
