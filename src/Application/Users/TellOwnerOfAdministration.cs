using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Whoever administers an account, its owner learns of it. Read where suspended accounts are found as well, which the directory does not give.</summary>
[Consumer("users.tell-owner-of-administration", Lane.Mail)]
internal sealed class TellOwnerOfAdministration(IUserQueries users, IEmailSender sender, IMailLinks links) :
    IConsumer<UserSuspended>, IConsumer<UserReinstated>, IConsumer<RoleChanged>
{
    public Task<Consumed> HandleAsync(UserSuspended happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "Your account is suspended", _ => "An administrator has suspended your account: you were logged out everywhere, and cannot log in until the suspension is lifted.", message, ct);

    public Task<Consumed> HandleAsync(UserReinstated happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "Your account works again", _ => "An administrator has lifted the suspension of your account: you can log in again.", message, ct);

    public Task<Consumed> HandleAsync(RoleChanged happened, Message message, CancellationToken ct) => SendAsync(
        happened.UserId, "You have another role", user => $"An administrator has given you another role: you are “{user.Role.ToText()}” now.", message, ct);

    private async Task<Consumed> SendAsync(Guid userId, string subject, Func<UserDto, string> what, Message message, CancellationToken ct)
    {
        if (await users.FindAsync(userId, ct) is not { } user) return Consumed.Done;

        var mail = new MailText(links.AppName, $"{subject} ({links.AppName})")
            .Paragraph($"Hello {user.FirstName},")
            .Paragraph(what(user))
            .Paragraph("If you do not know why, ask the people who run the service.");
        return (await sender.SendAsync(mail.ToMessage(message.Id, user.Email), ct)).ToConsumed();
    }
}
