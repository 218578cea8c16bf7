using System.Security.Claims;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Users;

namespace GoApi.WebApi.Http;

/// <summary>
/// Says who is calling. Runs twice: before the authentication, so that what happens within it (a token that is issued or
/// refused) is put down to an address and a request id, and after it with what the token says.
/// </summary>
internal sealed class Actors(RequestDelegate next)
{
    private const int MaxUserAgent = 512;

    public Task InvokeAsync(HttpContext context, CurrentActor current)
    {
        current.Become(From(context));
        return next(context);
    }

    /// <summary>The address behind the trusted proxies; IPv4 in its own notation.</summary>
    public static string? Address(HttpContext context) => context.Connection.RemoteIpAddress is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : null;

    public static Actor From(HttpContext context)
    {
        var user = context.User;
        var clientId = user.FindFirst("client_id")?.Value;
        // The subject of a client-credentials token is the client itself (RFC 9068, section 2.2).
        var userId = user.FindFirst("sub")?.Value is { } subject && subject != clientId && Guid.TryParse(subject, out var id) ? id : (Guid?)null;
        return new Actor(
            userId, clientId,
            userId is null ? null : EnumText.Parse<Role>(user.FindFirst("role")?.Value),
            Scopes(user),
            Guid.TryParse(user.FindFirst("sid")?.Value, out var session) ? session : null,
            Address(context), UserAgent(context.Request), context.TraceIdentifier, DeviceCookie.Read(context));
    }

    private static HashSet<string> Scopes(ClaimsPrincipal user) =>
        [.. user.FindAll("scope").SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    // It is shown in lists of sessions and in the audit trail: one line, and not endless.
    private static string? UserAgent(HttpRequest request)
    {
        var agent = request.Headers.UserAgent.ToString();
        if (agent.Length == 0) return null;
        return (agent.Length > MaxUserAgent ? agent[..MaxUserAgent] : agent).ReplaceLineEndings(" ");
    }
}

internal static class CallerKeys
{
    /// <summary>What idempotency keys and request budgets belong to: the user, else the client, else the address.</summary>
    public static string Of(ICurrentActor actor, string? address) =>
        actor.UserId is { } userId ? $"user:{userId}" : actor.ClientId is { } clientId ? $"client:{clientId}" : OfAddress(address);

    /// <summary>Of nobody who is known.</summary>
    public static string OfAddress(string? address) => $"ip:{address}";
}
