using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class UserQueries(AppDbContext db, AppSettings settings) : IUserQueries
{
    // Absolute: OpenID Connect's picture has to be, and a user looks the same everywhere.
    private readonly string avatars = $"{settings.PublicUrl.AbsoluteUri.TrimEnd('/')}/api/v1/users/avatars/";

    public Task<UserDto?> FindAsync(Guid id, CancellationToken ct) => Known(id).Select(user => new UserDto
    {
        Id = user.Id,
        Email = user.Email!,
        FirstName = user.FirstName,
        LastName = user.LastName,
        Phone = user.PhoneNumber,
        AvatarUrl = user.AvatarKey == null ? null : avatars + user.AvatarKey,
        Role = user.Role,
        Status = user.Status,
        EmailVerified = user.EmailConfirmed,
        PhoneVerified = user.PhoneNumberConfirmed,
        MfaEnabled = user.TwoFactorEnabled,
        LastLoginAt = user.LastLoginAt,
        CreatedAt = user.CreatedAt,
        UpdatedAt = user.UpdatedAt,
        Version = user.Version,
    }).FirstOrDefaultAsync(ct);

    public Task<ProfileDto?> FindProfileAsync(Guid id, CancellationToken ct) => Known(id).Select(user => new ProfileDto
    {
        Id = user.Id,
        Email = user.Email!,
        FirstName = user.FirstName,
        LastName = user.LastName,
        Phone = user.PhoneNumber,
        AvatarUrl = user.AvatarKey == null ? null : avatars + user.AvatarKey,
        Role = user.Role,
        Status = user.Status,
        EmailVerified = user.EmailConfirmed,
        PhoneVerified = user.PhoneNumberConfirmed,
        MfaEnabled = user.TwoFactorEnabled,
        LastLoginAt = user.LastLoginAt,
        Bio = user.Bio,
        DateOfBirth = user.DateOfBirth,
        Gender = user.Gender,
        Address = user.Address,
        City = user.City,
        State = user.State,
        Country = user.Country,
        ZipCode = user.ZipCode,
        Locale = user.Locale,
        TimeZone = user.TimeZone,
        CreatedAt = user.CreatedAt,
        UpdatedAt = user.UpdatedAt,
        Version = user.Version,
    }).FirstOrDefaultAsync(ct);

    private IQueryable<AppUser> Known(Guid id) => db.Set<AppUser>().AsNoTracking().Where(user => user.Id == id && user.Status != UserStatus.Anonymized);
}

internal sealed class UserDirectory(AppDbContext db) : IUserDirectory
{
    public async Task<(string Email, string FirstName)?> FindAddressAsync(Guid userId, CancellationToken ct)
    {
        var found = await db.Set<AppUser>().AsNoTracking()
            .Where(user => user.Id == userId && user.Status == UserStatus.Active)
            .Select(user => new { user.Email, user.FirstName })
            .FirstOrDefaultAsync(ct);
        return found is null ? null : (found.Email!, found.FirstName);
    }
}
