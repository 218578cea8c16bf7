using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Whoever administers an account, its owner learns of it. Read where suspended accounts are found as well, which the directory does not give.</summary>
[Consumer("users.tell-owner-of-administration", Lane.Mail)]
internal sealed class TellOwnerOfAdministration(IUserQueries users, IMessenger messenger) : IConsumer<UserSuspended>, IConsumer<UserReinstated>, IConsumer<RoleChanged>
{
    public Task<Consumed> HandleAsync(UserSuspended happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.suspended", message, ct);

    public Task<Consumed> HandleAsync(UserReinstated happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.reinstated", message, ct);

    public Task<Consumed> HandleAsync(RoleChanged happened, Message message, CancellationToken ct) => SendAsync(happened.UserId, "users.role-changed", message, ct);

    private async Task<Consumed> SendAsync(Guid userId, string template, Message message, CancellationToken ct) =>
        await users.FindProfileAsync(userId, ct) is { } user
            ? await messenger.MailAsync(message, new Recipient(userId, user.Email, user.Locale), template, new Dictionary<string, object?>
            {
                ["first_name"] = user.FirstName,
                ["role"] = user.Role.ToText(),
            }, ct)
            : Consumed.Done;
}
