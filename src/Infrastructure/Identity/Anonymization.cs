using System.Security.Cryptography;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class Anonymization(AppDbContext db, ILookupNormalizer normalizer, TimeProvider time) : IAnonymization
{
    public async Task<Result<Done>> BeginAsync(Guid userId, CancellationToken ct)
    {
        // SQLite's transactions exclude one another.
        if (db.Database.IsNpgsql()) await db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {userId} FOR UPDATE", ct);
        // What was read before the lock may have changed.
        if (db.Set<AppUser>().Local.FindEntry(userId) is { } known) await known.ReloadAsync(ct);
        return await db.FindUserAsync(userId, ct) is null or { Status: UserStatus.Anonymized } ? UserErrors.NotFound : Done.Value;
    }

    public async Task OverwriteAsync(Guid userId, CancellationToken ct)
    {
        var user = await db.FindUserAsync(userId, ct) ?? throw new InvalidOperationException("The account is gone.");
        user.Email = user.UserName = AnonymizedAccount.Email(userId);
        user.NormalizedEmail = user.NormalizedUserName = normalizer.NormalizeEmail(user.Email);
        (user.FirstName, user.LastName, user.PhoneNumber, user.Bio) = (AnonymizedAccount.FirstName, AnonymizedAccount.LastName, null, null);
        (user.DateOfBirth, user.Gender, user.Address, user.City) = (null, null, null, null);
        (user.State, user.Country, user.ZipCode, user.Locale, user.TimeZone) = (null, null, null, null, null);
        (user.EmailConfirmed, user.PhoneNumberConfirmed, user.TwoFactorEnabled) = (false, false, false);
        if (user.AvatarKey is { } picture) user.Raise(new AvatarDiscarded(picture));
        (user.AvatarKey, user.LastLoginAt) = (null, null);
        (user.PasswordHash, user.SecurityStamp) = (null, RandomNumberGenerator.GetHexString(32));
        (user.Status, user.Role) = (UserStatus.Anonymized, Role.User);
        user.UpdatedAt = time.GetUtcNow();
        user.Raise(new UserAnonymized(userId));
    }
}
