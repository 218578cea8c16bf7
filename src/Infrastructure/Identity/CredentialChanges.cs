using System.Security.Cryptography;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class CredentialChanges(
    AppDbContext db, UserManager<AppUser> users, IUserAccounts accounts, AccountTokens tokens, PasswordHashing passwords, Lockout lockout, TimeProvider time) : ICredentialChanges, IEmailChanges
{
    public async Task<Result<AccountOwner>> FindOwnerAsync(Guid userId, CancellationToken ct) =>
        await db.FindUserAsync(userId, ct) is { Status: UserStatus.Active } user ? new AccountOwner(userId, user.Email!, user.FirstName, user.LastName) : UserErrors.NotFound;

    public async Task<Result<Done>> ChangePasswordAsync(Guid userId, Secret oldPassword, Secret newPassword, CancellationToken ct)
    {
        if ((await accounts.ConfirmPasswordAsync(userId, oldPassword, ct)).Failed(out var error)) return error == UserErrors.WrongPassword ? UserErrors.WrongOldPassword : error;

        var user = (await db.FindUserAsync(userId, ct))!;
        if ((await passwords.HashAsync(newPassword, ct)).Failed(out error, out var hash)) return error;

        user.PasswordHash = hash;
        await lockout.ForgetAllAsync(user, ct);
        Renew(user);
        user.Raise(new PasswordChanged(userId));
        return Done.Value;
    }

    public async Task<Result<Done>> RequestEmailAsync(Guid userId, string email, Secret password, CancellationToken ct)
    {
        if ((await accounts.ConfirmPasswordAsync(userId, password, ct)).Failed(out var error)) return error;

        var user = (await db.FindUserAsync(userId, ct))!;
        if (users.NormalizeEmail(email) == user.NormalizedEmail) return UserErrors.SameEmail;
        if (await accounts.EmailExistsAsync(email, ct)) return UserErrors.EmailTaken;

        var now = time.GetUtcNow();
        db.RemoveRange(await Waiting(userId).ToListAsync(ct));
        var change = new UserEmailChange
        {
            Id = Guid.CreateVersion7(now),
            UserId = userId,
            NewEmail = email,
            OldEmail = user.Email!,
            ExpiresAt = now + AccountTokenPurpose.EmailChange.Life,
        };
        db.Add(change);
        user.Raise(new EmailChangeRequested(change.Id));
        // The version of the account is counted up: of two requests at once, one is a conflict.
        user.UpdatedAt = now;
        return Done.Value;
    }

    public async Task TellOwnerOfAddressAsync(string email, CancellationToken ct)
    {
        if (await users.FindByEmailAsync(email) is { } owner) owner.Raise(new RegistrationRepeated(owner.Id));
    }

    public async Task<Result<Guid?>> ConfirmEmailAsync(string token, CancellationToken ct)
    {
        if (tokens.Open(AccountTokenPurpose.EmailChange, token) is not { } opened) return (Guid?)null;
        if (await db.FindUserAsync(opened.UserId, ct) is not { Status: UserStatus.Active } user) return UserErrors.BadToken;
        if (await Waiting(user.Id).FirstOrDefaultAsync(ct) is not { } change || !opened.Fits(user, change.Subject)) return UserErrors.BadToken;
        if (await accounts.EmailExistsAsync(change.NewEmail, ct)) return UserErrors.EmailTaken;

        change.OldEmail = user.Email!;
        change.ConfirmedAt = time.GetUtcNow();
        (user.Email, user.UserName, user.EmailConfirmed) = (change.NewEmail, change.NewEmail, true);
        (user.NormalizedEmail, user.NormalizedUserName) = (users.NormalizeEmail(change.NewEmail), users.NormalizeName(change.NewEmail));
        Renew(user);
        user.Raise(new EmailChanged(change.Id));
        return (Guid?)user.Id;
    }

    public async Task<(Guid UserId, string NewEmail, string FirstName, string Token, string? Locale)?> MakeTokenAsync(Guid changeId, CancellationToken ct)
    {
        if (await FindAsync(changeId, ct) is not { ConfirmedAt: null } change || change.ExpiresAt <= time.GetUtcNow()) return null;
        if (await db.FindUserAsync(change.UserId, ct) is not { Status: UserStatus.Active } user) return null;
        return (user.Id, change.NewEmail, user.FirstName, tokens.Make(AccountTokenPurpose.EmailChange, user, change.Subject), user.Locale);
    }

    // A suspended account's too: its owner ought to know.
    public async Task<(Guid UserId, string OldEmail, string FirstName, string? Locale)?> FindOldAddressAsync(Guid changeId, CancellationToken ct)
    {
        if (await FindAsync(changeId, ct) is not { } change) return null;
        return await db.FindUserAsync(change.UserId, ct) is { Status: not UserStatus.Anonymized } user ? (user.Id, change.OldEmail, user.FirstName, user.Locale) : null;
    }

    public async Task ForgetAsync(Guid changeId, CancellationToken ct)
    {
        if (await FindAsync(changeId, ct) is { } change) db.Remove(change);
    }

    private IQueryable<UserEmailChange> Waiting(Guid userId) => db.Set<UserEmailChange>().Where(change => change.UserId == userId && change.ConfirmedAt == null);

    private Task<UserEmailChange?> FindAsync(Guid changeId, CancellationToken ct) => db.Set<UserEmailChange>().FirstOrDefaultAsync(change => change.Id == changeId, ct);

    // What mailed tokens are bound to: all of them are used up.
    private void Renew(AppUser user)
    {
        user.SecurityStamp = RandomNumberGenerator.GetHexString(32);
        user.UpdatedAt = time.GetUtcNow();
    }
}
