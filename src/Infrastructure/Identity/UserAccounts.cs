using System.Buffers.Text;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class UserAccounts(AppDbContext db, UserManager<AppUser> users, BcryptPasswordHasher hasher, Lockout lockout, AccountTokens tokens, TimeProvider time) : IUserAccounts
{
    public Task<bool> EmailExistsAsync(string email, CancellationToken ct)
    {
        var normalized = users.NormalizeEmail(email);
        return db.Set<AppUser>().AnyAsync(user => user.NormalizedEmail == normalized, ct);
    }

    public async Task<Guid> AddAsync(NewAccount account, Secret password, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var user = new AppUser
        {
            Id = Guid.CreateVersion7(now),
            UserName = account.Email,
            Email = account.Email,
            EmailConfirmed = account.EmailVerified,
            FirstName = account.FirstName,
            LastName = account.LastName,
            PhoneNumber = account.Phone,
            Role = account.Role,
            LockoutEnabled = true,
            CreatedAt = now,
            UpdatedAt = now,
        };
        user.Raise(new UserRegistered(user.Id));
        Succeeded(await users.CreateAsync(user, password.Value!));
        return user.Id;
    }

    public async Task TellOwnerOfRegistrationAsync(string email, Secret password, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(email);
        if (user is null) return;

        hasher.HashPassword(user, password.Value!);
        user.Raise(new RegistrationRepeated(user.Id));
    }

    public async Task<Result<LoginAccount>> CheckPasswordAsync(string email, Secret password, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(email);
        if (db.Scope is { } scope) scope.AboutUserId = user?.Id;
        if (user is not { Status: UserStatus.Active, PasswordHash: not null } || lockout.IsLocked(user))
        {
            hasher.VerifyHashedPassword(null!, hasher.Dummy, password.Value!);
            return UserErrors.BadCredentials;
        }

        var verified = hasher.VerifyHashedPassword(user, user.PasswordHash, password.Value!);
        if (verified == PasswordVerificationResult.Failed)
        {
            await lockout.CountFailureAsync(user.Id, ct);
            return UserErrors.BadCredentials;
        }

        var (now, hash) = (time.GetUtcNow(), verified == PasswordVerificationResult.SuccessRehashNeeded ? hasher.HashPassword(user, password.Value!) : user.PasswordHash);
        await db.Set<AppUser>().Where(row => row.Id == user.Id && row.PasswordHash == user.PasswordHash).ExecuteUpdateAsync(
            row => row
                .SetProperty(user => user.AccessFailedCount, user => user.TwoFactorEnabled ? user.AccessFailedCount : 0)
                .SetProperty(user => user.LastLoginAt, user => user.TwoFactorEnabled ? user.LastLoginAt : now)
                .SetProperty(user => user.PasswordHash, hash),
            ct);
        return new LoginAccount(user.Id, user.EmailConfirmed, user.Role, user.TwoFactorEnabled ? tokens.Make(AccountTokenPurpose.LogIn, user) : null);
    }

    public async Task<Result<Done>> ConfirmPasswordAsync(Guid userId, Secret password, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;

        if (user.PasswordHash is null || lockout.IsLocked(user))
        {
            hasher.VerifyHashedPassword(user, hasher.Dummy, password.Value!);
            return UserErrors.WrongPassword;
        }

        if (hasher.VerifyHashedPassword(user, user.PasswordHash, password.Value!) != PasswordVerificationResult.Failed) return Done.Value;

        await lockout.CountFailureAsync(userId, ct);
        return UserErrors.WrongPassword;
    }

    public async Task<Guid?> FindUnverifiedAsync(string email, CancellationToken ct)
    {
        var normalized = users.NormalizeEmail(email);
        return await db.Set<AppUser>()
            .Where(user => user.NormalizedEmail == normalized && !user.EmailConfirmed && user.Status == UserStatus.Active)
            .Select(user => (Guid?)user.Id)
            .FirstOrDefaultAsync(ct);
    }

    public async Task RequestVerificationAsync(Guid userId, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is { } user) user.Raise(new VerificationRequested(userId));
    }

    public async Task<(string Email, string FirstName, string Token)?> MakeVerificationTokenAsync(Guid userId, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { EmailConfirmed: false, Status: UserStatus.Active } user) return null;
        return (user.Email!, user.FirstName, MailedToken.Join(userId, await users.GenerateEmailConfirmationTokenAsync(user)));
    }

    public async Task<Result<Guid>> VerifyEmailAsync(string token, CancellationToken ct)
    {
        if (MailedToken.Split(token) is not var (userId, secret)) return UserErrors.BadToken;
        if (await db.FindUserAsync(userId, ct) is not { EmailConfirmed: false, Status: UserStatus.Active } user) return UserErrors.BadToken;
        if (!(await users.ConfirmEmailAsync(user, secret)).Succeeded) return UserErrors.BadToken;

        user.UpdatedAt = time.GetUtcNow();
        user.Raise(new EmailVerified(userId));
        return userId;
    }

    public async Task<Result<Done>> UpdateProfileAsync(Guid userId, Profile profile, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;

        if (user.PhoneNumber != profile.Phone) user.PhoneNumberConfirmed = false;
        (user.FirstName, user.LastName, user.PhoneNumber, user.Bio) = (profile.FirstName, profile.LastName, profile.Phone, profile.Bio);
        (user.DateOfBirth, user.Gender, user.Address, user.City) = (profile.DateOfBirth, profile.Gender, profile.Address, profile.City);
        (user.State, user.Country, user.ZipCode, user.Locale, user.TimeZone) = (profile.State, profile.Country, profile.ZipCode, profile.Locale, profile.TimeZone);
        user.UpdatedAt = time.GetUtcNow();
        return Done.Value;
    }

    private static void Succeeded(IdentityResult result)
    {
        if (!result.Succeeded) throw new InvalidOperationException($"Identity refused: {string.Join(", ", result.Errors.Select(error => error.Code))}.");
    }

    /// <summary>A mailed token names its user, so that the contract needs no other field, and fits into a link.</summary>
    private static class MailedToken
    {
        public static string Join(Guid userId, string secret) =>
            Base64Url.EncodeToString([.. userId.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(secret)]);

        public static (Guid UserId, string Secret)? Split(string token)
        {
            if (!Base64Url.IsValid(token)) return null;
            var bytes = Base64Url.DecodeFromChars(token);
            return bytes.Length <= 16 ? null : (new Guid(bytes.AsSpan(0, 16), bigEndian: true), Encoding.UTF8.GetString(bytes, 16, bytes.Length - 16));
        }
    }
}
