using System.Collections.Frozen;

namespace GoApi.Domain.Users;

/// <summary>One thing that a caller may do; the OAuth scope of the same name limits what a token may do (RFC 6749, section 3.3).</summary>
/// <param name="Name"><c>module:verb</c>.</param>
/// <param name="Description">Shown to administrators and on consent pages.</param>
public sealed record Permission(string Name, string Description)
{
    public const string UsersRead = "users:read";
    public const string UsersManage = "users:manage";
    public const string ClientsManage = "clients:manage";
    public const string AuditRead = "audit:read";
    public const string NotificationsRead = "notifications:read";
    public const string NotificationsSend = "notifications:send";
    public const string NotificationsManage = "notifications:manage";
    public const string SettingsManage = "settings:manage";
    public const string StorageManage = "storage:manage";
    public const string ReviewsModerate = "reviews:moderate";
    public const string TicketsManage = "tickets:manage";
    public const string TeamManage = "team:manage";
    public const string AnalyticsWrite = "analytics:write";
    public const string AnalyticsRead = "analytics:read";
    public const string PdfGenerate = "pdf:generate";
    public const string ReportsGenerate = "reports:generate";

    /// <summary>The one list: a permission that is not here does not exist, and a route that names another does not start.</summary>
    public static IReadOnlyList<Permission> All { get; } =
    [
        new(UsersRead, "Read all users"),
        new(UsersManage, "Change, suspend and erase users, and give roles"),
        new(ClientsManage, "Register and change API clients"),
        new(AuditRead, "Read and verify the audit trail"),
        new(NotificationsRead, "Read the deliveries of notifications"),
        new(NotificationsSend, "Send notifications and retry deliveries"),
        new(NotificationsManage, "Change notification templates"),
        new(SettingsManage, "Read and change system settings"),
        new(StorageManage, "Change and delete files of all users"),
        new(ReviewsModerate, "Approve and reject reviews"),
        new(TicketsManage, "Work on the support tickets of all users"),
        new(TeamManage, "Change the team directory"),
        new(AnalyticsWrite, "Send analytics events"),
        new(AnalyticsRead, "Read the analytics delivery log"),
        new(PdfGenerate, "Make PDF documents"),
        new(ReportsGenerate, "Make reports"),
    ];

    private static readonly FrozenDictionary<Role, FrozenSet<string>> Granted = new Dictionary<Role, FrozenSet<string>>
    {
        [Role.User] = FrozenSet<string>.Empty,
        [Role.Support] = new[] { TicketsManage, UsersRead, PdfGenerate }.ToFrozenSet(),
        [Role.Moderator] = new[] { ReviewsModerate }.ToFrozenSet(),
        [Role.Admin] = All.Select(permission => permission.Name).ToFrozenSet(),
    }.ToFrozenDictionary();

    /// <summary>The names of the permissions that a role has.</summary>
    public static IReadOnlySet<string> Of(Role role) => Granted[role];
}
