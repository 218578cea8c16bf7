using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Whoever changed how an account is logged in to, its owner learns of it, and what to do if it was somebody else.</summary>
[Consumer("users.tell-owner-of-credentials", Lane.Mail)]
internal sealed class TellOwnerOfCredentials(IUserDirectory users, IEmailSender sender, IMailLinks links) :
    IConsumer<MfaEnabled>, IConsumer<MfaDisabled>, IConsumer<RecoveryCodesRenewed>, IConsumer<PasswordReset>, IConsumer<PasswordChanged>, IConsumer<PhoneChanged>
{
    public Task<Consumed> HandleAsync(MfaEnabled happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "Multi-factor authentication is on", "From now on, logging in to your account takes a code of your authenticator as well as your password.", message, ct);

    public Task<Consumed> HandleAsync(MfaDisabled happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "Multi-factor authentication is off", "From now on, your password alone is enough to log in to your account.", message, ct);

    public Task<Consumed> HandleAsync(RecoveryCodesRenewed happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "You have new recovery codes", "New recovery codes were made for your account. The earlier ones do not work any more.", message, ct);

    public Task<Consumed> HandleAsync(PasswordReset happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "Your password was changed", "A new password was set for your account, and you were logged out everywhere.", message, ct);

    public Task<Consumed> HandleAsync(PasswordChanged happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "Your password was changed", "A new password was set for your account, and you were logged out everywhere else.", message, ct);

    public Task<Consumed> HandleAsync(PhoneChanged happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "Your phone number was changed", "Another phone number was confirmed for your account.", message, ct);

    private async Task<Consumed> SendAsync(Guid userId, string subject, string what, Message message, CancellationToken ct)
    {
        if (await users.FindAddressAsync(userId, ct) is not var (email, firstName)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"{subject} ({links.AppName})")
            .Paragraph($"Hello {firstName},")
            .Paragraph(what)
            .Paragraph("If it was you, you need not do anything. If it was not, set a new password at once: that also ends every session.")
            .Button("Set a new password", links.ForgotPassword);
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
