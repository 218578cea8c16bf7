using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.ApiClients;

/// <summary>
/// Nobody gains by a client what they may not do themselves: neither by granting it, nor by taking over a client that has it, with a new
/// secret, key or address. The scopes of people's own things are free, because a person has to agree to each of them.
/// </summary>
internal static class ClientAuthority
{
    private static readonly HashSet<string> Permissions = [.. Permission.All.Select(permission => permission.Name)];

    /// <param name="scopes">What the client has, or is to have.</param>
    /// <returns>Null where the actor may do all of it.</returns>
    public static Error? Check(ICurrentActor actor, IEnumerable<string> scopes)
    {
        var beyond = scopes.Where(scope => Permissions.Contains(scope) && !actor.May(scope)).Distinct(StringComparer.Ordinal).ToArray();
        return beyond.Length == 0 ? null : ApiClientErrors.BeyondTheActor(beyond);
    }
}
