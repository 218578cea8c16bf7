using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The token is made here, while the mail is rendered: it is in no row, queue message or log.</summary>
[Consumer("users.send-password-reset-mail", Lane.Mail)]
internal sealed class SendPasswordResetMail(IPasswordResets resets, IMessenger messenger, IMailLinks links) : IConsumer<PasswordResetRequested>
{
    public async Task<Consumed> HandleAsync(PasswordResetRequested happened, Message message, CancellationToken ct) =>
        await resets.MakeTokenAsync(happened.UserId, ct) is var (email, firstName, token, locale)
            ? await messenger.MailAsync(message, new Recipient(happened.UserId, email, locale), "users.password-reset", new Dictionary<string, object?>
            {
                ["first_name"] = firstName,
                ["link"] = links.ResetPassword(token),
                ["token"] = token,
            }, ct)
            : Consumed.Done;
}
