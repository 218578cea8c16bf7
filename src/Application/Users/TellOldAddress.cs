using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Whoever takes an account over changes its address first: the old one is told, when the change is asked for and when it is done.</summary>
[Consumer("users.tell-old-address", Lane.Mail)]
internal sealed class TellOldAddress(IEmailChanges changes, IEmailSender sender, IMailLinks links) : IConsumer<EmailChangeRequested>, IConsumer<EmailChanged>
{
    public async Task<Consumed> HandleAsync(EmailChangeRequested happened, Message message, CancellationToken ct)
    {
        // One that was replaced is told of with the one that came after it.
        if (await changes.FindOldAddressAsync(happened.ChangeId, ct) is not var (oldEmail, firstName)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"Your e-mail address is about to change ({links.AppName})")
            .Paragraph($"Hello {firstName},")
            .Paragraph("Somebody who knows your password, probably you, wants to use another e-mail address for your account. It changes as soon as the mail to the new address is answered.")
            .Paragraph("If it was you, you need not do anything. If it was not, set a new password at once: that stops the change and ends every session.")
            .Button("Set a new password", links.ForgotPassword);
        return (await sender.SendAsync(mail.ToMessage(message.Id, oldEmail), ct)).ToConsumed();
    }

    public async Task<Consumed> HandleAsync(EmailChanged happened, Message message, CancellationToken ct)
    {
        if (await changes.FindOldAddressAsync(happened.ChangeId, ct) is not var (oldEmail, firstName)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"Your e-mail address was changed ({links.AppName})")
            .Paragraph($"Hello {firstName},")
            .Paragraph("Your account has another e-mail address now, and this one cannot be used to log in any more.")
            .Paragraph($"If it was you, you need not do anything. If it was not, somebody else has got into your account: write to the people who run {links.AppName} at once.")
            .Because($"You get this mail because this was the address of your account at {links.AppName}.");
        var sent = await sender.SendAsync(mail.ToMessage(message.Id, oldEmail), ct);
        // Nothing else needs the old address.
        if (sent.Outcome == SendOutcome.Sent) await changes.ForgetAsync(happened.ChangeId, ct);
        return sent.ToConsumed();
    }
}
