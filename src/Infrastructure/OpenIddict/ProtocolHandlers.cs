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
        }
    }
}

/// <summary>The links that OpenIddict adds to errors lead to its own documentation, which is for us and not for clients.</summary>
internal sealed class DropErrorUri : IOpenIddictServerHandler<ProcessErrorContext>
{
    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        context.ErrorUri = null;
        return default;
    }
}

/// <summary>Parameters have bounds, and no NUL, which PostgreSQL's text cannot hold.</summary>
internal static class BoundedParameters
{
    private const int MaxLength = 8_192;

    public static bool Exceeds(OpenIddictRequest request)
    {
        var length = 0;
        foreach (var (name, value) in request.GetParameters())
        {
            var text = (string?)value;
            length += name.Length + (text?.Length ?? 0);
            if (length > MaxLength || name.Contains('\0', StringComparison.Ordinal) || text?.Contains('\0', StringComparison.Ordinal) is true) return true;
        }

        return false;
    }
}

/// <summary>The first step of every endpoint that takes parameters.</summary>
internal sealed class RefuseUnboundedParameters<TContext> : IOpenIddictServerHandler<TContext> where TContext : BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Request is { } request && BoundedParameters.Exceeds(request))
            context.Reject(Errors.InvalidRequest, "The request is too long or has characters that are not allowed.");
        return default;
    }
}
