using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>With private registration only the owner of an address learns that it has an account already.</summary>
[Consumer("users.tell-owner-of-registration", Lane.Mail)]
internal sealed class TellOwnerOfRegistration(IUserDirectory users, IMessenger messenger, IMailLinks links) : IConsumer<RegistrationRepeated>
{
    public async Task<Consumed> HandleAsync(RegistrationRepeated happened, Message message, CancellationToken ct) =>
        await users.FindAddressAsync(happened.UserId, ct) is var (email, firstName, locale)
            ? await messenger.MailAsync(message, new Recipient(happened.UserId, email, locale), "users.registration-repeated", new Dictionary<string, object?>
            {
                ["first_name"] = firstName,
                ["link"] = links.ForgotPassword,
            }, ct)
            : Consumed.Done;
}
