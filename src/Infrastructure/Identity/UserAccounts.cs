using System.Buffers.Text;
using System.Text;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class UserAccounts(AppDbContext db, UserManager<AppUser> users, PasswordHashing passwords, Lockout lockout, KnownDevices devices, AccountTokens tokens, IAuditTrail audit, TimeProvider time) : IUserAccounts
{
    public Task<bool> EmailExistsAsync(string email, CancellationToken ct)
    {
        var normalized = users.NormalizeEmail(email);
        return db.Set<AppUser>().AnyAsync(user => user.NormalizedEmail == normalized, ct);
    }

    public async Task<Result<Guid>> AddAsync(NewAccount account, Secret password, CancellationToken ct)
    {
        if ((await passwords.HashAsync(password, ct)).Failed(out var error, out var hash)) return error;

        var now = time.GetUtcNow();
        var user = new AppUser
        {
            Id = Guid.CreateVersion7(now),
            UserName = account.Email,
            Email = account.Email,
            EmailConfirmed = account.EmailVerified,
            FirstName = account.FirstName,
            LastName = account.LastName,
            PhoneNumber = PhoneNumbers.Normalize(account.Phone),
            PasswordHash = hash,
            Role = account.Role,
            CreatedAt = now,
            UpdatedAt = now,
        };
        user.Raise(new UserRegistered(user.Id));
        Succeeded(await users.CreateAsync(user));
        return user.Id;
    }

    public async Task<Result<Done>> TellOwnerOfRegistrationAsync(string email, Secret password, CancellationToken ct)
    {
        if ((await passwords.HashAsync(password, ct)).Failed(out var error)) return error;

        if (await users.FindByEmailAsync(email) is { } user) user.Raise(new RegistrationRepeated(user.Id));
        return Done.Value;
    }

    public async Task<Result<LoginAccount>> CheckPasswordAsync(string email, Secret password, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(email);
        if (db.Scope is { } scope) scope.AboutUserId = user?.Id;
        var attempt = await lockout.FindAttemptAsync(users.NormalizeEmail(email)!, user?.Id, ct);
        var hash = user is { Status: UserStatus.Active } ? user.PasswordHash : null;
        if ((await passwords.VerifyAsync(hash, password, ct)).Failed(out var busy, out var verified)) return busy;

        if (verified == PasswordVerificationResult.Failed)
        {
            await lockout.CountFailureAsync(attempt, ct);
            return UserErrors.BadCredentials;
        }

        var throttle = await lockout.LookAsync(attempt, ct);
        if (throttle.IsLocked) return UserErrors.BadCredentials;

        // A hash of a lower work factor; unless the password was changed meanwhile.
        if (verified == PasswordVerificationResult.SuccessRehashNeeded && !(await passwords.HashAsync(password, ct)).Failed(out _, out var renewed))
            await RenewHashAsync(user!.Id, hash!, renewed, ct);
        if (!user!.TwoFactorEnabled && throttle.HasFailures) await lockout.ForgetAsync(attempt, ct);
        return new LoginAccount(user.Id, user.EmailConfirmed, user.SecurityStamp!, user.TwoFactorEnabled ? tokens.Make(AccountTokenPurpose.LogIn, user) : null);
    }

    public async Task<Result<string?>> CompleteLogInAsync(SignedIn person, CancellationToken ct)
    {
        // The row stays locked until the end of the transaction: what ends all sessions comes before it, and is seen here, or after it, and sees the session.
        var now = time.GetUtcNow();
        var unchanged = await db.Set<AppUser>().Where(user => user.Id == person.UserId && user.SecurityStamp == person.Stamp && user.Status == UserStatus.Active)
            .ExecuteUpdateAsync(row => row.SetProperty(user => user.LastLoginAt, now), ct);
        if (unchanged == 0) return UserErrors.BadCredentials;

        return await devices.RecognizeAsync(person.UserId, ct);
    }

    public async Task<Result<Done>> ConfirmPasswordAsync(Guid userId, Secret password, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;

        var attempt = await lockout.FindAttemptAsync(user.NormalizedEmail!, userId, ct);
        if ((await passwords.VerifyAsync(user.PasswordHash, password, ct)).Failed(out var busy, out var verified)) return busy;

        if (verified != PasswordVerificationResult.Failed) return (await lockout.LookAsync(attempt, ct)).IsLocked ? UserErrors.WrongPassword : Done.Value;

        await lockout.CountFailureAsync(attempt, ct);
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

    public async Task<(string Email, string FirstName, string Token, string? Locale)?> MakeVerificationTokenAsync(Guid userId, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { EmailConfirmed: false, Status: UserStatus.Active } user) return null;
        return (user.Email!, user.FirstName, MailedToken.Join(userId, await users.GenerateEmailConfirmationTokenAsync(user)), user.Locale);
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

        // A verified number stays what it is, however it is spelt.
        var phone = PhoneNumbers.Normalize(profile.Phone);
        if (user.PhoneNumber != phone) user.PhoneNumberConfirmed = false;
        (user.FirstName, user.LastName, user.PhoneNumber, user.Bio) = (profile.FirstName, profile.LastName, phone, profile.Bio);
        (user.DateOfBirth, user.Gender, user.Address, user.City) = (profile.DateOfBirth, profile.Gender, profile.Address, profile.City);
        (user.State, user.Country, user.ZipCode, user.Locale, user.TimeZone) = (profile.State, profile.Country, profile.ZipCode, profile.Locale, profile.TimeZone);
        user.UpdatedAt = time.GetUtcNow();
        return Done.Value;
    }

    private async Task RenewHashAsync(Guid userId, string hash, string renewed, CancellationToken ct)
    {
        await using var transaction = await db.JoinTransactionAsync(ct);
        var changed = await db.Set<AppUser>().Where(row => row.Id == userId && row.PasswordHash == hash).ExecuteUpdateAsync(row => row.SetProperty(one => one.PasswordHash, renewed), ct);
        if (changed == 0) return;

        audit.Record("users.password_rehash", AuditStatus.Success, "user", userId.ToString(), actorUserId: userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
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
