using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;

namespace GoApi.Infrastructure.Identity;

/// <summary>The row that ASP.NET Core Identity keeps of a user; nothing outside of this project sees it.</summary>
internal sealed class AppUser : IdentityUser<Guid>, IEventSource
{
    private readonly List<IDomainEvent> events = [];

    public required string FirstName { get; set; }

    public required string LastName { get; set; }

    /// <summary>What a search looks through, and the order by last name. Worked out each time, so that no change of a name leaves it behind.</summary>
    public string SearchText
    {
        get => $"{LastName} {FirstName} {Email}".ToLowerInvariant();
        private set => _ = value;
    }

    public Role Role { get; set; }

    public UserStatus Status { get; set; }

    public string? Bio { get; set; }

    public DateOnly? DateOfBirth { get; set; }

    public string? Gender { get; set; }

    public string? Address { get; set; }

    public string? City { get; set; }

    public string? State { get; set; }

    public string? Country { get; set; }

    public string? ZipCode { get; set; }

    public string? Locale { get; set; }

    public string? TimeZone { get; set; }

    /// <summary>Of the file with the user's picture: random, and another one for each picture.</summary>
    public string? AvatarKey { get; set; }

    public DateTimeOffset? LastLoginAt { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public int Version { get; set; } = 1;

    public IReadOnlyList<IDomainEvent> Events => events;

    public void ForgetEvents() => events.Clear();

    public void Raise(IDomainEvent happened) => events.Add(happened);
}
