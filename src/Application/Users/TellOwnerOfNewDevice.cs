using System.Globalization;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>A log-in from a device that the account does not know may be somebody else's.</summary>
[Consumer("users.tell-owner-of-new-device", Lane.Mail)]
internal sealed class TellOwnerOfNewDevice(IUserDirectory users, IKnownDevices devices, IEmailSender sender, IMailLinks links) : IConsumer<NewDeviceUsed>
{
    public async Task<Consumed> HandleAsync(NewDeviceUsed happened, Message message, CancellationToken ct)
    {
        if (await users.FindAddressAsync(happened.UserId, ct) is not var (email, firstName)) return Consumed.Done;
        if (await devices.DescribeAsync(happened.DeviceId, ct) is not { } device) return Consumed.Done;

        var time = device.FirstSeenAt.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var mail = new MailText(links.AppName, $"A new device logged in to your account ({links.AppName})")
            .Paragraph($"Hello {firstName},")
            .Paragraph($"Somebody logged in to your account from a device that we have not seen before: {device.Name}, from {device.Network}, on {time}.")
            .Paragraph("If it was you, you need not do anything. If it was not, set a new password at once: that also ends every session.")
            .Button("Set a new password", links.ForgotPassword);
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
