using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Sms;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The code is made here, while the message is rendered: it is in no row, queue message or log, and the same in every attempt.</summary>
[Consumer("users.send-phone-code", Lane.Sms)]
internal sealed class SendPhoneCode(IPhoneChanges phones, ISmsSender sender, IMailLinks links) : IConsumer<PhoneChangeRequested>
{
    public async Task<Consumed> HandleAsync(PhoneChangeRequested happened, Message message, CancellationToken ct)
    {
        if (await phones.MakeCodeAsync(happened.UserId, happened.Nonce, ct) is not var (phone, code)) return Consumed.Done;

        var text = $"{code} is your code for {links.AppName}. It works for ten minutes. Give it to nobody.";
        return (await sender.SendAsync(new SmsMessage(message.Id, phone, text), ct)).ToConsumed();
    }
}
