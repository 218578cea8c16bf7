using System.Linq.Expressions;
using GoApi.Application.Users;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;

namespace GoApi.Infrastructure.Identity;

/// <summary>What of an account is shown, to whom: made once, because each use would build the expressions anew.</summary>
internal sealed class UserProjections
{
    // Absolute: OpenID Connect's picture has to be, and a user looks the same everywhere.
    private readonly string avatars;

    public UserProjections(AppSettings settings)
    {
        avatars = $"{settings.PublicUrl.AbsoluteUri.TrimEnd('/')}/api/v1/users/avatars/";
        User = user => new UserDto
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
        };

        Profile = User.With((AppUser user, UserDto shown) => new ProfileDto(shown)
        {
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
        });

        // Who never logged in comes before everybody who did. It is written as the index has it: see UserSearchSql.
        Row = User.With((AppUser user, UserDto shown) => new UserRow
        {
            User = shown,
            Id = user.Id,
            CreatedAt = user.CreatedAt,
            Email = user.NormalizedEmail!,
            LastName = user.SearchText,
            LastLoginAt = user.LastLoginAt ?? DateTimeOffset.UnixEpoch,
        });
    }

    public Expression<Func<AppUser, UserDto>> User { get; }

    public Expression<Func<AppUser, ProfileDto>> Profile { get; }

    public Expression<Func<AppUser, UserRow>> Row { get; }
}

/// <summary>A user, and what lists are ordered by: in any case, and without gaps.</summary>
internal sealed record UserRow
{
    public required UserDto User { get; init; }

    public Guid Id { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public required string Email { get; init; }

    /// <summary>With what comes after it: the first name, then the address.</summary>
    public required string LastName { get; init; }

    public DateTimeOffset LastLoginAt { get; init; }
}
