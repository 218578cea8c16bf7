using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Whoever takes an account over changes its address first: the old one is told, when the change is asked for and when it is done.</summary>
[Consumer("users.tell-old-address", Lane.Mail)]
internal sealed class TellOldAddress(IEmailChanges changes, IMessenger messenger, IMailLinks links) : IConsumer<EmailChangeRequested>, IConsumer<EmailChanged>
{
    public async Task<Consumed> HandleAsync(EmailChangeRequested happened, Message message, CancellationToken ct)
    {
        // One that was replaced is told of with the one that came after it.
        if (await changes.FindOldAddressAsync(happened.ChangeId, ct) is not var (userId, oldEmail, firstName, locale)) return Consumed.Done;

        return await messenger.MailAsync(message, new Recipient(userId, oldEmail, locale), "users.email-changing", new Dictionary<string, object?>
        {
            ["first_name"] = firstName,
            ["link"] = links.ForgotPassword,
        }, ct);
    }

    public async Task<Consumed> HandleAsync(EmailChanged happened, Message message, CancellationToken ct)
    {
        if (await changes.FindOldAddressAsync(happened.ChangeId, ct) is not var (userId, oldEmail, firstName, locale)) return Consumed.Done;

        var consumed = await messenger.MailAsync(message, new Recipient(userId, oldEmail, locale), "users.email-changed", new Dictionary<string, object?> { ["first_name"] = firstName }, ct);
        // Nothing else needs the old address.
        if (consumed == Consumed.Done) await changes.ForgetAsync(happened.ChangeId, ct);
        return consumed;
    }
}
