using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using Microsoft.OpenApi;
using Scope = GoApi.Domain.Users.Scope;

namespace GoApi.WebApi.OpenApi;

/// <summary>What the document says once for all operations.</summary>
internal static class DocumentHead
{
    public const string Bearer = "bearer";
    public const string OAuth = "oauth2";
    public const string Machine = "client_credentials";

    public static Task WriteAsync(OpenApiDocument document, Settings settings)
    {
        document.Info = new OpenApiInfo
        {
            Title = settings.App.Name,
            Version = "v1",
            Description = "Every JSON answer is an envelope: success, message, data, meta, errors. Names are snake_case, times RFC 3339 in UTC, ids UUIDs.",
        };
        document.Servers = [new OpenApiServer { Url = settings.App.PublicUrl.GetLeftPart(UriPartial.Authority) }];

        var scopes = Scope.All.ToDictionary(scope => scope.Name, scope => scope.Description);
        var token = new Uri("/api/v1/oauth/token", UriKind.Relative);
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "An access token, from POST /api/v1/users/login or the token endpoint.",
            },
            [OAuth] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Flows = new OpenApiOAuthFlows
                {
                    AuthorizationCode = new OpenApiOAuthFlow { AuthorizationUrl = new Uri("/api/v1/oauth/authorize", UriKind.Relative), TokenUrl = token, RefreshUrl = token, Scopes = scopes },
                },
            },
            // A scheme of its own, so that a page that shows the flows of one begins with the one for people.
            [Machine] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "A program without a person: a client and its secret.",
                Flows = new OpenApiOAuthFlows
                {
                    ClientCredentials = new OpenApiOAuthFlow { TokenUrl = token, Scopes = Permission.All.ToDictionary(scope => scope.Name, scope => scope.Description) },
                },
            },
        };
        return Task.CompletedTask;
    }
}
