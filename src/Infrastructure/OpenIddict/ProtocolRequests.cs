using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server.AspNetCore;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// The authorization server is asked about every request, before any other scheme, and holds its address against each of its
/// endpoints. What is not below one of its prefixes cannot be its own, and is spared that: a tenth of what a request costs here.
/// </summary>
internal sealed class ProtocolRequests(IAuthenticationSchemeProvider schemes, OAuthIssuer issuer) : IAuthenticationHandlerProvider
{
    private readonly AuthenticationHandlerProvider handlers = new(schemes);

    public Task<IAuthenticationHandler?> GetHandlerAsync(HttpContext context, string authenticationScheme) =>
        authenticationScheme == OpenIddictServerAspNetCoreDefaults.AuthenticationScheme && !IsOfProtocol(context.Request.Path)
            ? Task.FromResult<IAuthenticationHandler?>(null)
            : handlers.GetHandlerAsync(context, authenticationScheme);

    private bool IsOfProtocol(PathString path) =>
        path.StartsWithSegments("/api/v1/oauth") || path.StartsWithSegments("/.well-known") || path.StartsWithSegments(DeviceGrant.Page)
        || issuer.Path.Length > 0 && path.StartsWithSegments(issuer.Path + "/.well-known");
}
