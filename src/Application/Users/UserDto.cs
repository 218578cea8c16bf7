using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>A user as clients see one.</summary>
public record UserDto : IVersioned
{
    public Guid Id { get; init; }

    public required string Email { get; init; }

    public required string FirstName { get; init; }

    public required string LastName { get; init; }

    public string? Phone { get; init; }

    public string? AvatarUrl { get; init; }

    public Role Role { get; init; }

    public UserStatus Status { get; init; }

    public bool EmailVerified { get; init; }

    public bool PhoneVerified { get; init; }

    public bool MfaEnabled { get; init; }

    public DateTimeOffset? LastLoginAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    [JsonIgnore]
    public int Version { get; init; }
}

/// <summary>A user as they see themselves.</summary>
public sealed record ProfileDto : UserDto
{
    public ProfileDto()
    {
    }

    [SetsRequiredMembers]
    public ProfileDto(UserDto user) : base(user)
    {
    }

    public string? Bio { get; init; }

    public DateOnly? DateOfBirth { get; init; }

    public string? Gender { get; init; }

    public string? Address { get; init; }

    public string? City { get; init; }

    public string? State { get; init; }

    public string? Country { get; init; }

    public string? ZipCode { get; init; }

    public string? Locale { get; init; }

    public string? TimeZone { get; init; }
}
