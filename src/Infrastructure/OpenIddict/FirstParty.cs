using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>The internal grant by which our own log-in gets tokens through OpenIddict's pipeline, without HTTP.</summary>
internal static class FirstParty
{
    public const string ClientId = FirstPartyClient.Id;
    public const string GrantType = "urn:goapi:grant:first-party";

    private const string Key = "goapi:first-party";

    public static OpenIddictApplicationDescriptor Client => new()
    {
        ClientId = ClientId,
        ClientType = ClientTypes.Public,
        ConsentType = ConsentTypes.Implicit,
        DisplayName = "First-party log-in",
        Permissions = { Permissions.Endpoints.Token, Permissions.Prefixes.GrantType + GrantType, Permissions.GrantTypes.RefreshToken },
    };

    /// <summary>Only our own code can put this on a transaction: nothing of a request reaches its properties.</summary>
    /// <param name="person">Null where a refresh token says who it is.</param>
    public static void Mark(OpenIddictServerTransaction transaction, LoggedInPerson? person) => transaction.Properties[Key] = person ?? (object)true;

    public static bool IsInternal(OpenIddictServerTransaction transaction) => transaction.Properties.ContainsKey(Key);

    /// <summary>Who has just logged in.</summary>
    public static LoggedInPerson? Person(OpenIddictServerTransaction transaction) => transaction.Properties.GetValueOrDefault(Key) as LoggedInPerson;
}

/// <param name="Methods">How they proved who they are.</param>
internal sealed record LoggedInPerson(Guid UserId, AuthenticationMethods Methods);

/// <summary>Keeps the internal grant and its client off the public token endpoint.</summary>
internal sealed class RefuseFirstPartyOverHttp : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (FirstParty.IsInternal(context.Transaction)) return default;

        if (context.Request.GrantType == FirstParty.GrantType)
            context.Reject(Errors.UnsupportedGrantType, "The specified 'grant_type' is not supported.");
        else if (context.Request.ClientId == FirstParty.ClientId)
            context.Reject(Errors.InvalidClient, "The specified 'client_id' is not for this endpoint.");
        return default;
    }
}

/// <summary>Keeps the internal grant out of the discovery document.</summary>
internal sealed class HideFirstPartyGrant : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        context.GrantTypes.Remove(FirstParty.GrantType);
        return default;
    }
}

/// <summary>Ends an internal transaction: the response stays on it, for <see cref="Sessions"/> to read.</summary>
internal sealed class KeepInternalResponse : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (FirstParty.IsInternal(context.Transaction)) context.HandleRequest();
        return default;
    }
}
