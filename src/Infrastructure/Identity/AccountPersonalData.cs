using System.Runtime.CompilerServices;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Abstractions.Storage;
using GoApi.Application.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

/// <summary>The account and everything around it. Its own row is overwritten by <see cref="Anonymization"/>, after all modules are through with it.</summary>
internal sealed class AccountPersonalData(AppDbContext db, Lockout lockout, IFileStore files) : IPersonalData
{
    public string Section => "account";

    public async Task<object?> ExportAsync(Guid userId, CancellationToken ct)
    {
        if (await db.Set<AppUser>().AsNoTracking().FirstOrDefaultAsync(user => user.Id == userId, ct) is not { } user) return null;

        return new
        {
            user.Id,
            user.Email,
            EmailVerified = user.EmailConfirmed,
            user.FirstName,
            user.LastName,
            Phone = user.PhoneNumber,
            PhoneVerified = user.PhoneNumberConfirmed,
            user.Bio,
            user.DateOfBirth,
            user.Gender,
            user.Address,
            user.City,
            user.State,
            user.Country,
            user.ZipCode,
            user.Locale,
            user.TimeZone,
            user.Role,
            user.Status,
            MfaEnabled = user.TwoFactorEnabled,
            user.LastLoginAt,
            user.CreatedAt,
            user.UpdatedAt,
            Claims = await Of<IdentityUserClaim<Guid>>(userId).Select(row => new { row.ClaimType, row.ClaimValue }).ToListAsync(ct),
            ExternalLogins = await Of<IdentityUserLogin<Guid>>(userId).Select(row => new { row.LoginProvider, row.ProviderKey, row.ProviderDisplayName }).ToListAsync(ct),
            Tokens = await Of<IdentityUserToken<Guid>>(userId).Select(row => new { row.LoginProvider, row.Name }).ToListAsync(ct),
            Passkeys = await Of<IdentityUserPasskey<Guid>>(userId).Select(row => new { row.Data.Name, row.Data.CreatedAt }).ToListAsync(ct),
            Devices = await Of<UserDevice>(userId).Select(row => new { row.UserAgent, row.Network, row.CreatedAt, row.LastSeenAt }).ToListAsync(ct),
            EmailChanges = await Of<UserEmailChange>(userId).Select(row => new { row.OldEmail, row.NewEmail, row.ConfirmedAt, row.ExpiresAt }).ToListAsync(ct),
            PhoneChanges = await Of<UserPhoneChange>(userId).Select(row => new { row.Phone, row.ExpiresAt }).ToListAsync(ct),
        };
    }

    public async Task EraseAsync(Guid userId, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is { } user) await lockout.ForgetAllAsync(user, ct);
        await Of<UserDevice>(userId).ExecuteDeleteAsync(ct);
        await Of<UserEmailChange>(userId).ExecuteDeleteAsync(ct);
        await Of<UserPhoneChange>(userId).ExecuteDeleteAsync(ct);
        await Of<UserTotp>(userId).ExecuteDeleteAsync(ct);
        await Of<UserRecoveryCode>(userId).ExecuteDeleteAsync(ct);
        await Of<IdentityUserClaim<Guid>>(userId).ExecuteDeleteAsync(ct);
        await Of<IdentityUserLogin<Guid>>(userId).ExecuteDeleteAsync(ct);
        await Of<IdentityUserToken<Guid>>(userId).ExecuteDeleteAsync(ct);
        await Of<IdentityUserPasskey<Guid>>(userId).ExecuteDeleteAsync(ct);
    }

    public async IAsyncEnumerable<PersonalFile> ListFilesAsync(Guid userId, [EnumeratorCancellation] CancellationToken ct)
    {
        var key = await db.Set<AppUser>().AsNoTracking().Where(user => user.Id == userId).Select(user => user.AvatarKey).FirstOrDefaultAsync(ct);
        if (key is null || AvatarKeys.FileOf(key) is not { } file || await files.OpenAsync(file, ct) is not { } picture) yield break;

        await picture.DisposeAsync();
        yield return new PersonalFile("avatar.webp", async token => await files.OpenAsync(file, token) ?? Stream.Null);
    }

    private IQueryable<T> Of<T>(Guid userId) where T : class => db.Set<T>().AsNoTracking().Where(row => EF.Property<Guid>(row, nameof(UserTotp.UserId)) == userId);
}
