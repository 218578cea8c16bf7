using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Token exchange (RFC 8693): a confidential client that an administrator has registered for it trades a user's access token
/// for one of its own that can do less, for the same user and session, and that names it as the actor. It can never do more than
/// the token that was shown, nor live longer, nor outlive that token's session; see decision 0021.
/// </summary>
internal static class TokenExchange
{
    /// <summary>Who acts for the subject, with whoever acted before nested in it.</summary>
    public const string Actor = "act";

    /// <summary>Access tokens only: an ID token says who somebody is, not what its holder may do, and a refresh token is the client's own.</summary>
    public static void Configure(OpenIddictServerOptions options)
    {
        foreach (var types in (HashSet<string>[])[options.SubjectTokenTypes, options.ActorTokenTypes, options.RequestedTokenTypes])
        {
            types.Clear();
            types.Add(TokenTypeIdentifiers.AccessToken);
        }
    }

    /// <summary>What the new token may do: what the old one may, the client is registered for, and was asked for.</summary>
    /// <param name="requested">Empty where nothing in particular was asked for.</param>
    /// <returns>Nothing where more was asked for than the subject token has.</returns>
    public static ImmutableArray<string> Narrow(ImmutableArray<string> ofSubject, IReadOnlySet<string> ofClient, ImmutableArray<string> requested) =>
        requested.Except(ofSubject).Any()
            ? []
            : [.. (requested.IsEmpty ? ofSubject : requested).Where(scope => scope == Scopes.OpenId || ofClient.Contains(scope))];

    /// <summary>
    /// Gives the new token the session and the rest of the life of the one that was shown, so that what ends that ends this one too,
    /// and the chain of actors (section 4.1): who acts now, around who acted before.
    /// </summary>
    public static void Bind(ClaimsPrincipal principal, ClaimsPrincipal subject, string actor, DateTimeOffset now)
    {
        principal.SetAuthorizationId(subject.GetAuthorizationId()).SetAccessTokenLifetime(subject.GetExpirationDate()!.Value - now);
        var chain = new JsonObject { [Claims.Subject] = actor };
        if (subject.GetClaim(Actor) is { } before) chain[Actor] = JsonNode.Parse(before);
        principal.SetClaim(Actor, JsonSerializer.SerializeToElement(chain));
    }
}

/// <summary>
/// OpenIddict takes only subject tokens that were issued to the client that shows them or name it as an audience. All of ours have one
/// audience, this API, and are traded by others than they were issued to: who holds one could use it as it is, so that trading it for less gives nothing away.
/// </summary>
internal sealed class AdmitForeignSubject : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        // It is this transaction's copy; what is issued is built anew.
        if (context.SubjectTokenPrincipal is { } subject && context.ClientId is { } client) subject.SetPresenters(subject.GetPresenters().Add(client));
        return default;
    }
}

/// <summary>RFC 8693, section 2.2.2: a subject or actor token that will not do is an invalid request; OpenIddict says invalid grant, as of a code.</summary>
internal sealed class SubjectErrorOfExchange : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (context.Request?.IsTokenExchangeGrantType() is true && context.Response is { Error: Errors.InvalidGrant } response) response.Error = Errors.InvalidRequest;
        return default;
    }
}
