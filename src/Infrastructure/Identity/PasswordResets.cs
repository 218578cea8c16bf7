using System.Security.Cryptography;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;

namespace GoApi.Infrastructure.Identity;

internal sealed class PasswordResets(AppDbContext db, UserManager<AppUser> users, AccountTokens tokens, PasswordHashing passwords, Lockout lockout, TimeProvider time) : IPasswordResets
{
    public async Task<Guid?> RequestAsync(string email, CancellationToken ct)
    {
        if (await users.FindByEmailAsync(email) is not { Status: UserStatus.Active } user) return null;

        user.Raise(new PasswordResetRequested(user.Id));
        return user.Id;
    }

    public async Task<(string Email, string FirstName, string Token, string? Locale)?> MakeTokenAsync(Guid userId, CancellationToken ct) =>
        await db.FindUserAsync(userId, ct) is { Status: UserStatus.Active } user ? (user.Email!, user.FirstName, tokens.Make(AccountTokenPurpose.PasswordReset, user), user.Locale) : null;

    public async Task<Result<AccountOwner>> FindAsync(string token, CancellationToken ct)
    {
        if (tokens.Open(AccountTokenPurpose.PasswordReset, token) is not { } opened) return UserErrors.BadToken;
        if (await db.FindUserAsync(opened.UserId, ct) is not { Status: UserStatus.Active } user || !opened.Fits(user)) return UserErrors.BadToken;

        return new AccountOwner(user.Id, user.Email!, user.FirstName, user.LastName);
    }

    public async Task<Result<Done>> SetPasswordAsync(Guid userId, Secret password, CancellationToken ct)
    {
        var user = await db.FindUserAsync(userId, ct) ?? throw new InvalidOperationException("The account is gone.");
        if ((await passwords.HashAsync(password, ct)).Failed(out var error, out var hash)) return error;

        await lockout.ForgetAllAsync(user, ct);
        (user.PasswordHash, user.EmailConfirmed) = (hash, true);
        // What tokens are bound to: this one and all others are used up.
        user.SecurityStamp = RandomNumberGenerator.GetHexString(32);
        user.UpdatedAt = time.GetUtcNow();
        user.Raise(new PasswordReset(userId));
        return Done.Value;
    }
}
