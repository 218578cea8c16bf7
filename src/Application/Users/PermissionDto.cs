using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>A permission or scope, for whoever registers clients or reads tokens.</summary>
/// <param name="Kind"><c>permission</c>: the role and the token both need it; <c>self</c>: for a user's own things; <c>openid</c>: defined by OpenID Connect.</param>
/// <param name="Roles">Whose log-in carries it.</param>
public sealed record PermissionDto(string Name, string Description, string Kind, IReadOnlyList<string> Roles)
{
    /// <summary>Every one that there is.</summary>
    public static IReadOnlyList<PermissionDto> All { get; } =
        [.. Of(Scope.OpenId, "openid"), .. Of(Scope.Own, "self"), .. Of(Permission.All, "permission")];

    private static IEnumerable<PermissionDto> Of(IEnumerable<Permission> permissions, string kind) => permissions.Select(permission => new PermissionDto(
        permission.Name, permission.Description, kind,
        [.. Enum.GetValues<Role>().Where(role => Scope.OfFirstPartyLogin(role).Contains(permission.Name)).Select(role => role.ToString().ToLowerInvariant())]));
}
