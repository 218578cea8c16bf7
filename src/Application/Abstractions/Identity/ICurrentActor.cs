using GoApi.Domain.Users;

namespace GoApi.Application.Abstractions.Identity;

/// <summary>Who is calling, as the host established it. The same for every part of a request or a message.</summary>
public interface ICurrentActor
{
    /// <summary>Null for a client-credentials token, an anonymous caller and the system itself.</summary>
    Guid? UserId { get; }

    /// <summary>The OAuth <c>client_id</c> that the token was issued to.</summary>
    string? ClientId { get; }

    Role? Role { get; }

    /// <summary>The session (<c>sid</c>) that the token belongs to.</summary>
    Guid? SessionId { get; }

    /// <summary>The caller's address, behind the trusted proxies; null for the system itself.</summary>
    string? IpAddress { get; }

    string? UserAgent { get; }

    /// <summary>What an earlier log-in gave this device to be known by; as it was sent, nobody has checked it. Null for the system itself.</summary>
    string? DeviceToken { get; }

    /// <summary>Carried from the first request through queued messages to the last effect.</summary>
    string RequestId { get; }

    bool IsAuthenticated { get; }

    /// <summary>A user who has logged in here, and not a program that acts for one.</summary>
    bool IsFirstParty { get; }

    /// <summary>Whether both the role (where there is a user) and the token's scopes give this <see cref="Permission"/>.</summary>
    bool May(string permission);

    /// <summary>Whether the token carries this scope.</summary>
    bool HasScope(string scope);
}

/// <summary>The actor of one scope; the host that opens the scope says who it is, once.</summary>
public sealed class CurrentActor : ICurrentActor
{
    private Actor actor = Actor.System("startup");

    public Guid? UserId => actor.UserId;

    public string? ClientId => actor.ClientId;

    public Role? Role => actor.Role;

    public Guid? SessionId => actor.SessionId;

    public string? IpAddress => actor.IpAddress;

    public string? UserAgent => actor.UserAgent;

    public string? DeviceToken => actor.DeviceToken;

    public string RequestId => actor.RequestId;

    public bool IsAuthenticated => actor.UserId is not null || actor.ClientId is not null;

    public bool IsFirstParty => actor is { UserId: not null, ClientId: FirstPartyClient.Id };

    public bool May(string permission) =>
        actor.Scopes.Contains(permission) && (actor.Role is { } role ? Permission.Of(role).Contains(permission) : actor.UserId is null);

    public bool HasScope(string scope) => actor.Scopes.Contains(scope);

    public void Become(Actor actor) => this.actor = actor;
}

/// <summary>The client that our own log-in issues its tokens to; no other program gets tokens of it.</summary>
public static class FirstPartyClient
{
    public const string Id = "goapi-first-party";
}

/// <param name="Scopes">Of the token.</param>
public sealed record Actor(
    Guid? UserId, string? ClientId, Role? Role, IReadOnlySet<string> Scopes, Guid? SessionId, string? IpAddress, string? UserAgent, string RequestId,
    string? DeviceToken = null)
{
    private static readonly HashSet<string> NoScopes = [];

    /// <summary>The program itself, working off something that <paramref name="requestId"/> began.</summary>
    public static Actor System(string requestId) => new(null, null, null, NoScopes, null, null, null, requestId);
}
