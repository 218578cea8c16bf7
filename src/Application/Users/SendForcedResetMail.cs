using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>As <see cref="SendPasswordResetMail"/>, in other words: the password does not work any more, and nobody who has the account asked for it.</summary>
[Consumer("users.send-forced-reset-mail", Lane.Mail)]
internal sealed class SendForcedResetMail(IPasswordResets resets, IMessenger messenger, IMailLinks links) : IConsumer<PasswordResetForced>
{
    public async Task<Consumed> HandleAsync(PasswordResetForced happened, Message message, CancellationToken ct) =>
        await resets.MakeTokenAsync(happened.UserId, ct) is var (email, firstName, token, locale)
            ? await messenger.MailAsync(message, new Recipient(happened.UserId, email, locale), "users.password-reset-forced", new Dictionary<string, object?>
            {
                ["first_name"] = firstName,
                ["link"] = links.ResetPassword(token),
                ["token"] = token,
                ["forgot_link"] = links.ForgotPassword,
            }, ct)
            : Consumed.Done;
}
