using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Somebody may have copied what keeps a program logged in: the owner learns that the session was ended, and what to do.</summary>
[Consumer("users.tell-owner-of-token-reuse", Lane.Mail)]
internal sealed class TellOwnerOfTokenReuse(IUserDirectory users, ISessions sessions, IMessenger messenger) : IConsumer<TokenReuseDetected>
{
    public async Task<Consumed> HandleAsync(TokenReuseDetected happened, Message message, CancellationToken ct)
    {
        if (await users.FindAddressAsync(happened.UserId, ct) is not var (email, firstName, locale)) return Consumed.Done;

        return await messenger.MailAsync(message, new Recipient(happened.UserId, email, locale), "users.token-reuse", new Dictionary<string, object?>
        {
            ["first_name"] = firstName,
            ["program"] = await sessions.FindProgramAsync(happened.SessionId, ct),
        }, ct);
    }
}
