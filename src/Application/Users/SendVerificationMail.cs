using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The token is made here, while the mail is rendered: it is in no row, queue message or log.</summary>
[Consumer("users.send-verification-mail", Lane.Mail)]
internal sealed class SendVerificationMail(IUserAccounts accounts, IEmailSender sender, IMailLinks links) : IConsumer<UserRegistered>, IConsumer<VerificationRequested>
{
    public Task<Consumed> HandleAsync(UserRegistered happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, message, ct);

    public Task<Consumed> HandleAsync(VerificationRequested happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, message, ct);

    private async Task<Consumed> SendAsync(Guid userId, Message message, CancellationToken ct)
    {
        if (await accounts.MakeVerificationTokenAsync(userId, ct) is not var (email, firstName, token)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"Verify your e-mail address for {links.AppName}")
            .Paragraph($"Hello {firstName},")
            .Paragraph($"Please confirm that this address is yours, so that we can reach you. The link works once, for 24 hours.")
            .Button("Verify e-mail address", links.VerifyEmail(token))
            .Paragraph($"If you use the API, send this token to POST /api/v1/users/email/verify:")
            .Code(token)
            .Paragraph("If you did not open an account, you need not do anything.")
            .Because($"You get this mail because somebody gave this address for their account at {links.AppName}.");
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
