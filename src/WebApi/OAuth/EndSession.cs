using System.Security.Claims;
using GoApi.Application.Users;
using GoApi.WebApi.Pages;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.WebApi.OAuth;

/// <summary>
/// OpenID Connect RP-Initiated Logout: ends the browser session, and the client's session that the hint names. With a hint of
/// the same user nobody need be asked; without one a form asks first, so that a foreign page cannot log people out. The hint of
/// somebody else, who may have it from a log or a history, ends nothing of theirs.
/// </summary>
internal static class EndSession
{
    public static async Task<IResult> HandleAsync(HttpContext http, IAntiforgery antiforgery, ISessions sessions, CancellationToken ct)
    {
        if (http.GetOpenIddictServerResponse() is { Error: not null } refused) return PageResults.Refused(http, refused);

        var request = http.GetOpenIddictServerRequest()!;
        var hint = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        var browser = (await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme)).Principal;
        var isOwn = browser is null || hint?.FindFirstValue(Claims.Subject) == browser.FindFirstValue(Claims.Subject);
        var confirmed = isOwn
            || HttpMethods.IsPost(http.Request.Method) && await antiforgery.IsRequestValidAsync(http);
        if (!confirmed)
        {
            var fields = request.GetParameters().Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value ?? "")).ToArray();
            return PageResults.Show<LogOutPage>(http, new { Fields = fields }, formsGoTo: request.PostLogoutRedirectUri);
        }

        if (BrowserUser.SessionOf(browser) is { } browserSession) await sessions.EndAsync(browserSession, ct);
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        if (isOwn && Guid.TryParse(hint?.FindFirstValue("sid"), out var sessionId)) await sessions.EndAsync(sessionId, ct);
        return Results.SignOut(new AuthenticationProperties { RedirectUri = PageEndpoints.LoggedOut }, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
    }
}
