using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>As <see cref="SendPasswordResetMail"/>, in other words: the password does not work any more, and nobody who has the account asked for it.</summary>
[Consumer("users.send-forced-reset-mail", Lane.Mail)]
internal sealed class SendForcedResetMail(IPasswordResets resets, IEmailSender sender, IMailLinks links) : IConsumer<PasswordResetForced>
{
    public async Task<Consumed> HandleAsync(PasswordResetForced happened, Message message, CancellationToken ct)
    {
        if (await resets.MakeTokenAsync(happened.UserId, ct) is not var (email, firstName, token)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"You need a new password for {links.AppName}")
            .Paragraph($"Hello {firstName},")
            .Paragraph("An administrator has asked you to set a new password. The one that you had does not work any more, and you were logged out everywhere. The link works once, for one hour.")
            .Button("Set a new password", links.ResetPassword(token))
            .Paragraph("If you use the API, send this token to POST /api/v1/users/password/reset:")
            .Code(token)
            .Paragraph("If the hour is over, ask for another link:")
            .Button("Another link", links.ForgotPassword);
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
