using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The token is made here, while the mail is rendered: it is in no row, queue message or log.</summary>
[Consumer("users.send-verification-mail", Lane.Mail)]
internal sealed class SendVerificationMail(IUserAccounts accounts, IMessenger messenger, IMailLinks links) : IConsumer<UserRegistered>, IConsumer<VerificationRequested>
{
    public Task<Consumed> HandleAsync(UserRegistered happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, message, ct);

    public Task<Consumed> HandleAsync(VerificationRequested happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, message, ct);

    private async Task<Consumed> SendAsync(Guid userId, Message message, CancellationToken ct) =>
        await accounts.MakeVerificationTokenAsync(userId, ct) is var (email, firstName, token, locale)
            ? await messenger.MailAsync(message, new Recipient(userId, email, locale), "users.verify-email", new Dictionary<string, object?>
            {
                ["first_name"] = firstName,
                ["link"] = links.VerifyEmail(token),
                ["token"] = token,
            }, ct)
            : Consumed.Done;
}
