using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>The page at <c>/docs</c> as an OAuth client, for its "Authorize": a public one with PKCE like any program in a browser, and it asks like any other.</summary>
internal static class DocsClient
{
    public const string ClientId = "goapi-docs";
    public static OpenIddictApplicationDescriptor Of(AppSettings app)
    {
        var client = new OpenIddictApplicationDescriptor
        {
            ClientId = ClientId,
            ClientType = ClientTypes.Public,
            ApplicationType = ApplicationTypes.Web,
            ConsentType = ConsentTypes.Explicit,
            DisplayName = $"{app.Name} documentation",
            // Where the page's window comes back to: itself, below APP_URL.
            RedirectUris = { new Uri(app.PublicUrl, "/docs/") },
            Permissions =
            {
                Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.Revocation,
                Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.ResponseTypes.Code,
            },
        };
        client.Permissions.UnionWith(Scope.All.Select(scope => Permissions.Prefixes.Scope + scope.Name));
        return client;
    }
}
