using GoApi.Domain.Users;

namespace GoApi.UnitTests.Users;

/// <summary>The tables of the contract, written out: whoever changes one changes the other knowingly.</summary>
public class PermissionTests
{
    private static readonly string[] Permissions =
    [
        "users:read", "users:manage", "clients:manage", "audit:read", "notifications:read", "notifications:send", "notifications:manage",
        "settings:manage", "storage:manage", "reviews:moderate", "tickets:manage", "team:manage", "analytics:write", "analytics:read",
        "pdf:generate", "reports:generate",
    ];

    private static readonly string[] OwnScopes =
        ["profile:read", "profile:write", "reviews:write", "tickets:write", "files:read", "files:write", "notifications:self"];

    private static readonly string[] OpenIdScopes = ["openid", "profile", "email", "phone", "offline_access"];

    public static TheoryData<Role, string[]> Granted => new()
    {
        { Role.User, [] },
        { Role.Support, ["pdf:generate", "tickets:manage", "users:read"] },
        { Role.Moderator, ["reviews:moderate"] },
        { Role.Admin, Permissions },
    };

    [Fact]
    public void Permissions_are_those_of_the_contract() => Assert.Equal(Permissions, Permission.All.Select(permission => permission.Name));

    [Theory]
    [MemberData(nameof(Granted))]
    public void Role_has_the_permissions_of_the_contract(Role role, string[] permissions) =>
        Assert.Equal(permissions.Order(StringComparer.Ordinal), Permission.Of(role).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_role_has_an_entry() => Assert.All(Enum.GetValues<Role>(), role => Assert.NotNull(Permission.Of(role)));

    [Fact]
    public void Scopes_are_those_of_the_contract()
    {
        Assert.Equal(OwnScopes, Scope.Own.Select(scope => scope.Name));
        Assert.Equal(OpenIdScopes, Scope.OpenId.Select(scope => scope.Name));
        Assert.Equal([.. OpenIdScopes, .. OwnScopes, .. Permissions], Scope.All.Select(scope => scope.Name));
        Assert.Distinct(Scope.All.Select(scope => scope.Name));
    }

    [Fact]
    public void Every_scope_is_described() => Assert.All(Scope.All, scope => Assert.False(string.IsNullOrWhiteSpace(scope.Description)));

    [Theory]
    [MemberData(nameof(Granted))]
    public void First_party_login_carries_every_scope_of_the_role(Role role, string[] permissions) =>
        Assert.Equal([.. OpenIdScopes, .. OwnScopes, .. permissions.Order(StringComparer.Ordinal)], Scope.OfFirstPartyLogin(role));
}
