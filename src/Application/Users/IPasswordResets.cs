using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>New passwords for people who forgot theirs. Changes are tracked; accounts that may not log in are as good as unknown.</summary>
public interface IPasswordResets
{
    /// <summary>Raises <see cref="PasswordResetRequested"/>. Null where nobody who may log in has the address, after the same work.</summary>
    Task<Guid?> RequestAsync(string email, CancellationToken ct);

    /// <summary>A token for the mail that is being rendered: for one hour and one use, stored nowhere. Null where the account is gone.</summary>
    Task<(string Email, string FirstName, string Token, string? Locale)?> MakeTokenAsync(Guid userId, CancellationToken ct);

    /// <summary>Whom a token was mailed to; <see cref="UserErrors.BadToken"/> where it is not ours, used or too old.</summary>
    Task<Result<AccountOwner>> FindAsync(string token, CancellationToken ct);

    /// <summary>
    /// Sets the password, ends a lockout and makes every earlier token void; raises <see cref="PasswordReset"/>. The mail that was read
    /// proves the address as well.
    /// </summary>
    Task<Result<Done>> SetPasswordAsync(Guid userId, Secret password, CancellationToken ct);
}

/// <summary>What a password must not contain.</summary>
public sealed record AccountOwner(Guid Id, string Email, string FirstName, string LastName);
