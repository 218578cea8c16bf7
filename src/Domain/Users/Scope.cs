namespace GoApi.Domain.Users;

/// <summary>
/// The scopes for a user's own things, for third-party clients: own things need no permission, but a token
/// that somebody else's program holds must still have been given them.
/// </summary>
public static class Scope
{
    public const string ProfileRead = "profile:read";
    public const string ProfileWrite = "profile:write";
    public const string ReviewsWrite = "reviews:write";
    public const string Tickets = "tickets:write";
    public const string FilesRead = "files:read";
    public const string FilesWrite = "files:write";
    public const string NotificationsSelf = "notifications:self";

    /// <summary>The scopes of a user's own things, with what a consent page says of them.</summary>
    public static IReadOnlyList<Permission> Own { get; } =
    [
        new(ProfileRead, "Read your profile"),
        new(ProfileWrite, "Change your profile"),
        new(ReviewsWrite, "Write and change reviews in your name"),
        new(Tickets, "Open and answer support tickets in your name"),
        new(FilesRead, "Read your files"),
        new(FilesWrite, "Upload, change and delete your files"),
        new(NotificationsSelf, "Read your notifications and change their settings"),
    ];

    /// <summary>The scopes that OpenID Connect (Core, sections 5.4 and 11) defines.</summary>
    public static IReadOnlyList<Permission> OpenId { get; } =
    [
        new("openid", "Know who you are"),
        new("profile", "See your name and picture"),
        new("email", "See your e-mail address"),
        new("phone", "See your phone number"),
        new("offline_access", "Stay signed in when you are away"),
    ];

    /// <summary>Every scope that there is.</summary>
    public static IReadOnlyList<Permission> All { get; } = [.. OpenId, .. Own, .. Permission.All];

    /// <summary>What a first-party log-in of a user with this role carries: everything that the role and the user itself may do.</summary>
    public static IReadOnlyList<string> OfFirstPartyLogin(Role role) =>
        [.. OpenId.Concat(Own).Select(scope => scope.Name), .. Permission.Of(role).Order(StringComparer.Ordinal)];
}
