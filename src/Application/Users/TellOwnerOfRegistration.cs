using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>With private registration only the owner of an address learns that it has an account already.</summary>
[Consumer("users.tell-owner-of-registration", Lane.Mail)]
internal sealed class TellOwnerOfRegistration(IUserDirectory users, IEmailSender sender, IMailLinks links) : IConsumer<RegistrationRepeated>
{
    public async Task<Consumed> HandleAsync(RegistrationRepeated happened, Message message, CancellationToken ct)
    {
        if (await users.FindAddressAsync(happened.UserId, ct) is not var (email, firstName)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"You have an account with {links.AppName} already")
            .Paragraph($"Hello {firstName},")
            .Paragraph("Somebody, probably you, tried to open an account with this address. There is one already: just log in, or set a new password if you have forgotten it.")
            .Button("Set a new password", links.ForgotPassword)
            .Paragraph("If it was not you, you need not do anything.");
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
