using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Somebody may have copied what keeps a program logged in: the owner learns that the session was ended, and what to do.</summary>
[Consumer("users.tell-owner-of-token-reuse", Lane.Mail)]
internal sealed class TellOwnerOfTokenReuse(IUserDirectory users, ISessions sessions, IEmailSender sender, IMailLinks links) : IConsumer<TokenReuseDetected>
{
    public async Task<Consumed> HandleAsync(TokenReuseDetected happened, Message message, CancellationToken ct)
    {
        if (await users.FindAddressAsync(happened.UserId, ct) is not var (email, firstName)) return Consumed.Done;

        var program = await sessions.FindProgramAsync(happened.SessionId, ct);
        var mail = new MailText(links.AppName, $"We have ended a session of yours at {links.AppName}")
            .Paragraph($"Hello {firstName},")
            .Paragraph($"What keeps {program ?? "a program"} logged in to your account was used a second time. That can mean that somebody has copied it, so we have ended this session: neither you nor anybody else gets any further with it.")
            .Paragraph("Log in again where you need to. If you do not know how this could have happened, change your password, and look for programs and people that should not have access to your device.");
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
