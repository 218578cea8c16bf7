using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The code is made here, while the message is rendered: it is in no row, queue message or log, and the same in every attempt.</summary>
[Consumer("users.send-phone-code", Lane.Sms)]
internal sealed class SendPhoneCode(IPhoneChanges phones, IMessenger messenger) : IConsumer<PhoneChangeRequested>
{
    public async Task<Consumed> HandleAsync(PhoneChangeRequested happened, Message message, CancellationToken ct) =>
        await phones.MakeCodeAsync(happened.UserId, happened.Nonce, ct) is var (phone, code, locale)
            ? await messenger.TextAsync(message, new Recipient(happened.UserId, phone, locale), "users.phone-code", new Dictionary<string, object?> { ["code"] = code }, ct)
            : Consumed.Done;
}
