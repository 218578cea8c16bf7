using System.Collections.Immutable;
using System.Security.Claims;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.Pages;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.WebApi.OAuth;

/// <summary>
/// The page where a person connects a device (RFC 8628, section 3.3): log in, enter the code, see which program on which
/// screen asks for what, allow or deny. It always asks: a code that somebody sent along may be a thief's (section 5.4).
/// </summary>
internal static class DeviceVerification
{
    private static readonly Error UnknownCode = Error.Invalid("user_code", "There is no such code, or it was used or has expired. Look at your device again.");

    public static async Task<IResult> HandleAsync(
        HttpContext http, IUserQueries users, RateLimits limits, IOpenIddictApplicationManager applications, IAuditTrail audit, CancellationToken ct)
    {
        if (http.GetOpenIddictServerResponse() is { Error: not null } refused) return PageResults.Refused(http, refused);

        var typed = http.GetOpenIddictServerRequest()?.UserCode;
        var session = (await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme)).Principal;
        if (await BrowserUser.FindAsync(session, users, ct) is not { } user)
            return Results.LocalRedirect(PageEndpoints.Login + QueryString.Create("return_url", PageEndpoints.Device + Query(typed)));

        if (string.IsNullOrWhiteSpace(typed)) return PageResults.Show<DevicePage>(http);
        if (await PageEndpoints.IsOverBudgetAsync(http, limits, $"device:{user.Id}"))
            return PageResults.Show<DevicePage>(http, new { Code = typed, Error = PageEndpoints.TooMany }, StatusCodes.Status429TooManyRequests);

        var code = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        if (code?.GetClaim(Claims.ClientId) is not { Length: > 0 } clientId || await applications.FindByClientIdAsync(clientId, ct) is not { } application)
            return PageResults.Show<DevicePage>(http, new { Code = typed, Error = UnknownCode }, StatusCodes.Status422UnprocessableEntity);

        var scopes = code.GetScopes().Where(Scope.OfFirstPartyLogin(user.Role).Contains).ToImmutableArray();
        var decision = HttpMethods.IsPost(http.Request.Method) ? http.Request.Form["decision"].ToString() : "";
        if (decision is not ("allow" or "deny"))
        {
            return PageResults.Show<DeviceConsentPage>(http, new
            {
                Code = typed,
                Client = await applications.GetDisplayNameAsync(application, ct) ?? clientId,
                Scopes = scopes.ToArray(),
                Person = user,
            });
        }

        var allowed = decision == "allow";
        audit.Record("oauth.device_consent", allowed ? AuditStatus.Success : AuditStatus.Denied, "client", clientId, actorUserId: user.Id);
        return allowed ? Connect(user, session!, scopes) : Refuse();
    }

    private static IResult Connect(UserDto user, ClaimsPrincipal session, ImmutableArray<string> scopes)
    {
        var identity = new ClaimsIdentity("goapi", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, user.Id.ToString()).SetScopes(scopes)
            .SetClaim(Claims.AuthenticationTime, BrowserUser.LoggedInAt(session).ToUnixTimeSeconds())
            .SetClaims(Claims.AuthenticationMethodReference, session.GetClaims(Claims.AuthenticationMethodReference));
        return Results.SignIn(
            new ClaimsPrincipal(identity), new AuthenticationProperties { RedirectUri = PageEndpoints.DeviceConnected }, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    private static IResult Refuse() => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?> { [OpenIddictServerAspNetCoreConstants.Properties.Error] = Errors.AccessDenied })
        {
            RedirectUri = PageEndpoints.DeviceRefused,
        },
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

    private static QueryString Query(string? typed) => string.IsNullOrWhiteSpace(typed) ? QueryString.Empty : QueryString.Create("user_code", typed);
}
