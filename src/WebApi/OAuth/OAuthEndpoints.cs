using GoApi.Infrastructure.Configuration;
using GoApi.WebApi.Pages;

namespace GoApi.WebApi.OAuth;

/// <summary>
/// OpenIddict answers the protocol endpoints by itself, in the authentication middleware: token, revoke, introspect, userinfo,
/// par and what is below /.well-known. Only what needs a person is a route.
/// </summary>
internal static class OAuthEndpoints
{
    public static IServiceCollection AddOAuthPages(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton<Interaction>();
        return services.AddPages(settings);
    }

    public static IEndpointRouteBuilder MapOAuth(this IEndpointRouteBuilder routes)
    {
        var oauth = routes.MapGroup("/api/v1/oauth").ExcludeFromDescription();
        oauth.MapMethods("/authorize", [HttpMethods.Get, HttpMethods.Post], Authorize.HandleAsync).AllowAnonymous();
        oauth.MapMethods("/logout", [HttpMethods.Get, HttpMethods.Post], EndSession.HandleAsync).AllowAnonymous();
        return routes;
    }
}
