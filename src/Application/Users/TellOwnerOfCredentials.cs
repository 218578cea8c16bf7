using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Whoever changed how an account is logged in to, its owner learns of it, and what to do if it was somebody else.</summary>
[Consumer("users.tell-owner-of-credentials", Lane.Mail)]
internal sealed class TellOwnerOfCredentials(IUserDirectory users, IMessenger messenger, IMailLinks links) :
    IConsumer<MfaEnabled>, IConsumer<MfaDisabled>, IConsumer<RecoveryCodesRenewed>, IConsumer<PasswordReset>, IConsumer<PasswordChanged>, IConsumer<PhoneChanged>
{
    public Task<Consumed> HandleAsync(MfaEnabled happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.mfa-enabled", message, ct);

    public Task<Consumed> HandleAsync(MfaDisabled happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.mfa-disabled", message, ct);

    public Task<Consumed> HandleAsync(RecoveryCodesRenewed happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.recovery-codes-renewed", message, ct);

    public Task<Consumed> HandleAsync(PasswordReset happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.password-replaced", message, ct);

    public Task<Consumed> HandleAsync(PasswordChanged happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.password-changed", message, ct);

    public Task<Consumed> HandleAsync(PhoneChanged happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.phone-changed", message, ct);

    private async Task<Consumed> SendAsync(Guid userId, string template, Message message, CancellationToken ct) =>
        await users.FindAddressAsync(userId, ct) is var (email, firstName, locale)
            ? await messenger.MailAsync(message, new Recipient(userId, email, locale), template, new Dictionary<string, object?>
            {
                ["first_name"] = firstName,
                ["link"] = links.ForgotPassword,
            }, ct)
            : Consumed.Done;
}
