using GoApi.WebApi.Pages;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace GoApi.WebApi.OAuth;

/// <summary>
/// OpenIddict answers the protocol endpoints by itself, in the authentication middleware: token, revoke, introspect, userinfo,
/// par and what is below /.well-known. Only what needs a person is a route.
/// </summary>
internal static class OAuthEndpoints
{
    public static IServiceCollection AddOAuthPages(this IServiceCollection services)
    {
        services.AddSingleton<Interaction>();
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme).Configure(options => options.LoginPath = PageEndpoints.Login);
        return services.AddPages();
    }

    public static IEndpointRouteBuilder MapOAuth(this IEndpointRouteBuilder routes)
    {
        var oauth = routes.MapGroup("/api/v1/oauth").ExcludeFromDescription();
        oauth.MapMethods("/authorize", [HttpMethods.Get, HttpMethods.Post], Authorize.HandleAsync).AllowAnonymous();
        oauth.MapMethods("/logout", [HttpMethods.Get, HttpMethods.Post], EndSession.HandleAsync).AllowAnonymous();
        return routes;
    }
}
