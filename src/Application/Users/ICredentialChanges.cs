using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>
/// What somebody logs in with, password and e-mail address, changed by themselves. Changes are tracked and saved by <c>IUnitOfWork</c>.
/// A wrong password counts towards the lockout.
/// </summary>
public interface ICredentialChanges
{
    /// <summary><see cref="UserErrors.NotFound"/> where there is no such account, or it may not log in.</summary>
    Task<Result<AccountOwner>> FindOwnerAsync(Guid userId, CancellationToken ct);

    /// <summary>Sets the password and makes every mailed token void; raises <see cref="PasswordChanged"/>. <see cref="UserErrors.WrongOldPassword"/> changes nothing.</summary>
    Task<Result<Done>> ChangePasswordAsync(Guid userId, Secret oldPassword, Secret newPassword, CancellationToken ct);

    /// <summary>
    /// Keeps the address until it is proven, in place of one that waits already, and raises <see cref="EmailChangeRequested"/>.
    /// <see cref="UserErrors.WrongPassword"/>, <see cref="UserErrors.SameEmail"/> and <see cref="UserErrors.EmailTaken"/> change nothing.
    /// </summary>
    Task<Result<Done>> RequestEmailAsync(Guid userId, string email, Secret password, CancellationToken ct);

    /// <summary>Somebody wanted an address that is known: its owner learns of it by mail (<see cref="RegistrationRepeated"/>).</summary>
    Task TellOwnerOfAddressAsync(string email, CancellationToken ct);

    /// <summary>
    /// The new address comes into use and every mailed token is void; raises <see cref="EmailChanged"/>. <see cref="UserErrors.EmailTaken"/>
    /// where somebody else has it by now, <see cref="UserErrors.BadToken"/> where the token is used, too old, replaced or of another account.
    /// </summary>
    /// <returns>The account; null where this is no token of a change of address at all.</returns>
    Task<Result<Guid?>> ConfirmEmailAsync(string token, CancellationToken ct);
}

/// <summary>What the mails of a change of address need. Null where the change was replaced, is too old or done with.</summary>
public interface IEmailChanges
{
    /// <summary>A token for the mail that is being rendered: for 24 hours and one use, stored nowhere.</summary>
    Task<(Guid UserId, string NewEmail, string FirstName, string Token, string? Locale)?> MakeTokenAsync(Guid changeId, CancellationToken ct);

    /// <summary>The address as it was before.</summary>
    Task<(Guid UserId, string OldEmail, string FirstName, string? Locale)?> FindOldAddressAsync(Guid changeId, CancellationToken ct);

    /// <summary>The old address has been told, and nothing else needs it. Tracked.</summary>
    Task ForgetAsync(Guid changeId, CancellationToken ct);
}
