using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using GoApi.Domain.Users;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// <see cref="Uri.AbsoluteUri"/> adds a slash to an issuer without a path, and clients compare issuers as strings
/// (OpenID Connect Discovery, section 4.3): everywhere it is the configured string.
/// </summary>
internal sealed class VerbatimIssuer(OAuthIssuer issuer) :
    IOpenIddictServerHandler<GenerateTokenContext>, IOpenIddictServerHandler<ApplyConfigurationResponseContext>,
    IOpenIddictServerHandler<ApplyAuthorizationResponseContext>, IOpenIddictServerHandler<ApplyIntrospectionResponseContext>,
    IOpenIddictServerHandler<ApplyUserInfoResponseContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        context.SecurityTokenDescriptor.Issuer = issuer.Value;
        return default;
    }

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context) => Set(context.Response, "issuer");

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context) => Set(context.Response, "iss");

    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context) => Set(context.Response, "iss");

    public ValueTask HandleAsync(ApplyUserInfoResponseContext context) => Set(context.Response, "iss");

    private ValueTask Set(OpenIddictResponse? response, string name)
    {
        if (response?.HasParameter(name) is true) response[name] = issuer.Value;
        return default;
    }
}

/// <summary>
/// RFC 6749, section 4.1.2.1: once client and redirect URI are known to be right, errors go to the client. OpenIddict shows
/// every refused authorize request on our own page instead; the pairs that it would not redirect to stay there.
/// </summary>
internal sealed class ReturnErrorsToClient(ApplicationManager applications) : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context is { RedirectUri: null, Error.Length: > 0, Request: { ClientId.Length: > 0, RedirectUri.Length: > 0 } request }
            && !BoundedParameters.Exceeds(request)
            && await applications.FindByClientIdAsync(request.ClientId, context.CancellationToken) is { IsActive: true } application
            && await applications.HasPermissionAsync(application, Permissions.Endpoints.Authorization, context.CancellationToken)
            && await applications.ValidateRedirectUriAsync(application, request.RedirectUri, context.CancellationToken))
        {
            context.RedirectUri = request.RedirectUri;
            // A mode or a type that nobody knows says nothing of how the answer travels.
            if (!request.IsQueryResponseMode() && !request.IsFragmentResponseMode() && !request.IsFormPostResponseMode()) request.ResponseMode = ResponseModes.Query;
        }
    }
}

/// <summary>The links that OpenIddict adds to errors lead to its own documentation, which is for us and not for clients.</summary>
internal sealed class DropErrorUri : IOpenIddictServerHandler<ProcessErrorContext>, IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        context.ErrorUri = null;
        return default;
    }

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        context.Response?.ErrorUri = null;
        return default;
    }
}

/// <summary>Parameters have bounds, come once (RFC 6749, section 3.1), and have no NUL, which PostgreSQL's text cannot hold.</summary>
internal static class BoundedParameters
{
    private const int MaxLength = 8_192;

    public static bool Exceeds(OpenIddictRequest request)
    {
        var length = 0;
        foreach (var (name, value) in request.GetParameters())
        {
            var texts = (ImmutableArray<string?>?)value ?? [];
            length += name.Length + texts.Sum(text => text?.Length ?? 0);
            if (length > MaxLength || texts.Length > 1 && !MayRepeat(name) || HasNul(name) || texts.Any(HasNul)) return true;
        }

        return false;
    }

    // RFC 8693, section 2.1, and RFC 8707, section 2.
    private static bool MayRepeat(string name) => name is Parameters.Audience or Parameters.Resource;

    private static bool HasNul(string? text) => text?.Contains('\0', StringComparison.Ordinal) is true;
}

/// <summary>The first step of every endpoint that takes parameters.</summary>
internal sealed class RefuseUnboundedParameters<TContext> : IOpenIddictServerHandler<TContext> where TContext : BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Request is { } request && BoundedParameters.Exceeds(request))
            context.Reject(Errors.InvalidRequest, "The request is too long, repeats a parameter or has characters that are not allowed.");
        return default;
    }
}

/// <summary>A client names itself once: the header may not say another than the form (RFC 6749, section 2.3).</summary>
internal sealed class RefuseTwoClients<TContext> : IOpenIddictServerHandler<TContext> where TContext : BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.GetHttpRequest() is { HasFormContentType: true } http
            && http.Form[Parameters.ClientId].ToString() is { Length: > 0 } named && named != context.Transaction.Request?.ClientId)
        {
            context.Reject(Errors.InvalidRequest, "The form names another client than the Authorization header.");
        }

        return default;
    }
}

/// <summary>No authentication is failed authentication (RFC 6749, section 5.2); OpenIddict calls it a missing parameter.</summary>
internal sealed class RefuseUnnamedClient : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var request = context.Request;
        var proved = !string.IsNullOrEmpty(request.ClientSecret) || !string.IsNullOrEmpty(request.ClientAssertion);
        if (string.IsNullOrEmpty(request.ClientId) && string.IsNullOrEmpty(request.ClientAssertion) || request.IsClientCredentialsGrantType() && !proved)
            context.Reject(Errors.InvalidClient, "The client did not authenticate itself.");
        return default;
    }
}

/// <summary>A scope that the client was not given is an invalid scope (RFC 6749, sections 4.1.2.1 and 5.2); OpenIddict says invalid request.</summary>
internal sealed class RefuseForeignScopes<TContext>(ApplicationManager applications) : IOpenIddictServerHandler<TContext> where TContext : BaseValidatingContext
{
    public async ValueTask HandleAsync(TContext context)
    {
        var request = context.Transaction.Request!;
        var scopes = request.GetScopes().RemoveAll(scope => scope is Scopes.OpenId or Scopes.OfflineAccess);
        if (scopes.IsEmpty || request.ClientId is not { } clientId || await applications.FindByClientIdAsync(clientId, context.CancellationToken) is not { } application) return;

        var granted = (await applications.GetPermissionsAsync(application, context.CancellationToken)).ToHashSet(StringComparer.Ordinal);
        if (scopes.Any(scope => !granted.Contains(Permissions.Prefixes.Scope + scope)))
            context.Reject(Errors.InvalidScope, "The client is not registered for a scope that it asks for.");
    }
}

/// <summary>More than the refresh token has is an invalid scope (RFC 6749, section 6); OpenIddict says invalid grant. Less is left to it: the access token narrows, the refresh token does not.</summary>
internal sealed class RefuseWiderRefresh : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.Request.IsRefreshTokenGrantType() && context.RefreshTokenPrincipal is { } held && context.Request.GetScopes().Except(held.GetScopes()).Any())
            context.Reject(Errors.InvalidScope, "The refresh token does not have a scope that is asked for.");
        return default;
    }
}

/// <summary>RFC 7636, section 4.1: a verifier is 43 to 128 unreserved characters, whatever a shorter one would hash to.</summary>
internal sealed class RefuseMalformedVerifier : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    private static readonly SearchValues<char> Unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.Request.IsAuthorizationCodeGrantType() && context.Request.CodeVerifier is { Length: > 0 } verifier
            && (verifier.Length is < 43 or > 128 || verifier.AsSpan().ContainsAnyExcept(Unreserved)))
        {
            context.Reject(Errors.InvalidGrant, "The code_verifier is not 43 to 128 unreserved characters.");
        }

        return default;
    }
}

/// <summary>What OpenIddict reads leniently or not at all: a max_age that is no number of seconds, a challenge that no SHA-256 can be.</summary>
internal sealed class RefuseMalformedParameters<TContext> : IOpenIddictServerHandler<TContext> where TContext : BaseValidatingContext
{
    private const int Sha256InBase64Url = 43;

    public ValueTask HandleAsync(TContext context)
    {
        var request = context.Transaction.Request!;
        if ((string?)request[Parameters.MaxAge] is { Length: > 0 } age && !long.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            context.Reject(Errors.InvalidRequest, "The max_age is not a number of seconds.");
        else if (request.CodeChallenge is { Length: > 0 and not Sha256InBase64Url })
            context.Reject(Errors.InvalidRequest, "The code_challenge is not a SHA-256 digest in base64url.");
        return default;
    }
}

/// <summary>RFC 6750, section 2: a token comes in the header or in the form, in one of them, and not in the address, which is logged and kept in histories.</summary>
internal sealed class RefuseTokenInAddress : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    public ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!;
        if (context.Transaction.Request is { AccessToken.Length: > 0 } && (HttpMethods.IsGet(http.Method) || http.Headers.Authorization.Count > 0))
            context.Reject(Errors.InvalidRequest, "The token comes in the Authorization header or in a form, and once.");
        return default;
    }
}

/// <summary>
/// An ID token is never redeemed or revoked: it needs no row. As a hint it says who somebody was after its session has ended too (OpenID Connect
/// RP-Initiated Logout, section 2): clients revoke first and log out then, and some log out a month later.
/// </summary>
internal sealed class KeepNoIdTokens : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is not TokenTypeIdentifiers.IdentityToken) return default;

        context.CreateTokenEntry = false;
        context.Principal.SetAuthorizationId(null);
        return default;
    }
}

/// <summary>OpenID Connect Core, section 5.3: what userinfo tells is of somebody who was authenticated for the client.</summary>
internal sealed class RequireOpenIdForUserInfo : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        if (!context.AccessTokenPrincipal!.HasScope(Scopes.OpenId)) context.Reject(Errors.InsufficientScope, "The access token lacks the scope openid.");
        return default;
    }
}

/// <summary>RFC 7662, section 2.2: what is no access or refresh token is not active; OpenIddict says that its type is not supported.</summary>
internal sealed class IntrospectNothingElse : IOpenIddictServerHandler<ValidateIntrospectionRequestContext>
{
    public ValueTask HandleAsync(ValidateIntrospectionRequestContext context)
    {
        if (context.GenericTokenPrincipal?.GetTokenType() is not (TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.RefreshToken))
            context.Reject(Errors.InvalidToken, "It is neither an access token nor a refresh token.");
        return default;
    }
}

/// <summary>RFC 7009, section 2.1: who wants to revoke another client's token is told that it was refused; OpenIddict refuses and says nothing.</summary>
internal sealed class RefuseForeignRevocation : IOpenIddictServerHandler<ValidateRevocationRequestContext>
{
    public ValueTask HandleAsync(ValidateRevocationRequestContext context)
    {
        if (context.GenericTokenPrincipal is { } token && context.ClientId is { } client && !token.HasPresenter(client))
            context.Reject(Errors.InvalidGrant, "The token was issued to another client.");
        return default;
    }
}

/// <summary>
/// The discovery document says what is so (OpenID Connect Discovery, section 3; RFC 8414, section 2). The permissions of staff are not in it:
/// an administrator gives them to a client by hand, and nobody else has use for the list.
/// </summary>
internal sealed class DescribeServer : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    private static readonly string[] ClaimTypes =
    [
        Claims.AuthenticationTime, Claims.Nonce, "sid", Claims.Name, Claims.GivenName, Claims.FamilyName, Claims.Picture, Claims.Gender, Claims.Birthdate,
        Claims.Zoneinfo, Claims.Locale, Claims.UpdatedAt, Claims.Email, Claims.EmailVerified, Claims.PhoneNumber, Claims.PhoneNumberVerified,
    ];

    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        context.Scopes.ExceptWith(Permission.All.Select(permission => permission.Name));
        context.Claims.UnionWith(ClaimTypes);
        // Public clients name themselves; nobody introspects without a secret.
        foreach (var methods in (HashSet<string>[])[context.TokenEndpointAuthenticationMethods, context.RevocationEndpointAuthenticationMethods,
            context.DeviceAuthorizationEndpointAuthenticationMethods, context.PushedAuthorizationEndpointAuthenticationMethods])
        {
            methods.Add("none");
        }

        return default;
    }
}

/// <summary>Discovery document and keys are for everybody, programs in browsers too, and are the same for a while: a new key is published long before it signs.</summary>
internal sealed class PublicDocument : IOpenIddictServerHandler<ApplyConfigurationResponseContext>, IOpenIddictServerHandler<ApplyJsonWebKeySetResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context) => Publish(context);

    public ValueTask HandleAsync(ApplyJsonWebKeySetResponseContext context) => Publish(context);

    private static ValueTask Publish(BaseRequestContext context)
    {
        if (context.Transaction.Response?.Error is { Length: > 0 }) return default;

        var headers = context.Transaction.GetHttpRequest()!.HttpContext.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.CacheControl = "public, max-age=300";
        headers.Remove("Pragma");
        headers.Remove("Expires");
        return default;
    }
}

/// <summary>
/// The page of response_mode=form_post submits itself, which our policy for answers forbids: it may run its one line, and nothing else.
/// It says nothing of where forms go, because a browser would hold the redirects of the client against it as well.
/// </summary>
internal sealed class AllowFormPost : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    private static readonly string Policy =
        $"default-src 'none'; script-src 'sha256-{Convert.ToBase64String(SHA256.HashData("document.form.submit();"u8))}'; base-uri 'none'; frame-ancestors 'none'";

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context is { RedirectUri.Length: > 0, ResponseMode: ResponseModes.FormPost })
            context.Transaction.GetHttpRequest()!.HttpContext.Response.Headers.ContentSecurityPolicy = Policy;
        return default;
    }
}
