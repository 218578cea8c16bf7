using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>A log-in from a device that the account does not know may be somebody else's.</summary>
[Consumer("users.tell-owner-of-new-device", Lane.Mail)]
internal sealed class TellOwnerOfNewDevice(IUserDirectory users, IKnownDevices devices, IMessenger messenger, IMailLinks links) : IConsumer<NewDeviceUsed>
{
    public async Task<Consumed> HandleAsync(NewDeviceUsed happened, Message message, CancellationToken ct)
    {
        if (await users.FindAddressAsync(happened.UserId, ct) is not var (email, firstName, locale)) return Consumed.Done;
        if (await devices.DescribeAsync(happened.DeviceId, ct) is not { } device) return Consumed.Done;

        return await messenger.MailAsync(message, new Recipient(happened.UserId, email, locale), "users.new-device", new Dictionary<string, object?>
        {
            ["first_name"] = firstName,
            ["device"] = device.Name,
            ["network"] = device.Network,
            ["time"] = device.FirstSeenAt,
            ["link"] = links.ForgotPassword,
        }, ct);
    }
}
