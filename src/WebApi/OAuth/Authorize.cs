using System.Collections.Immutable;
using System.Globalization;
using System.Security.Claims;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.Pages;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.Extensions;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.WebApi.OAuth;

/// <summary>The part of an authorize request that needs a person: OpenIddict has validated it before, and answers after.</summary>
internal static class Authorize
{
    public static async Task<IResult> HandleAsync(
        HttpContext http, Interaction interaction, IUserQueries users, TimeProvider time,
        IOpenIddictApplicationManager applications, IOpenIddictAuthorizationManager authorizations, CancellationToken ct)
    {
        if (http.GetOpenIddictServerResponse() is { Error: not null } refused) return PageResults.Refused(http, refused);

        var request = http.GetOpenIddictServerRequest()!;
        var hash = Interaction.Hash(request);
        var silent = request.HasPromptValue(PromptValues.None);
        var expected = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal?.GetClaim(Claims.Subject);
        if (expected is null && !string.IsNullOrEmpty(request.IdTokenHint))
            return Refuse(silent ? Errors.LoginRequired : Errors.InvalidRequest, "The id_token_hint is not an ID token of ours that is still known.");

        // 1. Who is there, did they log in recently enough, and is it who the client expects?
        var session = (await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme)).Principal;
        var user = await BrowserUser.FindAsync(session, users, ct);
        var asked = user is not null && WasAsked(http, interaction, hash, session!);
        var another = user is not null && expected is not null && expected != user.Id.ToString();
        if (another && asked) return Refuse(Errors.LoginRequired, "Another user has logged in than the id_token_hint names.");
        if (user is null || another || !asked && IsTooOld(request, session!, time.GetUtcNow()))
        {
            if (silent) return Refuse(Errors.LoginRequired, "The user is not logged in.");
            interaction.Give(http, hash, Interaction.LoginAsked, null);
            return Results.LocalRedirect(PageEndpoints.LogInTo(ReturnUrl(http), request.LoginHint));
        }

        // 2. Did they agree?
        if (interaction.Find(http, hash, Interaction.Denied)?.UserId == user.Id)
        {
            Interaction.Forget(http, hash);
            return Refuse(Errors.AccessDenied, "The user refused.");
        }

        var allowed = Scope.OfFirstPartyLogin(user.Role);
        var scopes = request.GetScopes().Where(allowed.Contains).ToImmutableArray();
        var agreed = interaction.Find(http, hash, Interaction.Accepted)?.UserId == user.Id
            || await AgreedBeforeAsync(applications, authorizations, request, user.Id, scopes, ct);
        if (!agreed)
        {
            return silent
                ? Refuse(Errors.ConsentRequired, "The user has not agreed yet.")
                : Results.LocalRedirect(PageEndpoints.Consent + QueryString.Create(
                    "ticket", interaction.Protect(new ConsentTicket(hash, user.Id, request.ClientId!, [.. scopes], ReturnUrl(http)))));
        }

        // 3. Answer with a code.
        Interaction.Forget(http, hash);
        var identity = new ClaimsIdentity("goapi", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, user.Id.ToString()).SetScopes(scopes)
            .SetClaim(Claims.AuthenticationTime, BrowserUser.LoggedInAt(session!).ToUnixTimeSeconds())
            .SetClaims(Claims.AuthenticationMethodReference, session!.GetClaims(Claims.AuthenticationMethodReference))
            .SetClaim(BrowserSession.Claim, session!.GetClaim(BrowserSession.Claim));
        return Results.SignIn(new ClaimsPrincipal(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    // A log-in that this very request asked for is good enough for it, or it would ask for ever.
    private static bool WasAsked(HttpContext http, Interaction interaction, string hash, ClaimsPrincipal session) =>
        interaction.Find(http, hash, Interaction.LoginAsked) is { } asked && BrowserUser.LoggedInAt(session).AddSeconds(1) >= asked.At;

    // There is one session in a browser, so that to select an account is to log in (OpenID Connect Core, section 3.1.2.1).
    private static bool IsTooOld(OpenIddictRequest request, ClaimsPrincipal session, DateTimeOffset now) =>
        request.HasPromptValue(PromptValues.Login) || request.HasPromptValue(PromptValues.SelectAccount) || request.MaxAge is 0
        || request.MaxAge is { } seconds && (now - BrowserUser.LoggedInAt(session)).TotalSeconds > seconds;

    private static async Task<bool> AgreedBeforeAsync(
        IOpenIddictApplicationManager applications, IOpenIddictAuthorizationManager authorizations, OpenIddictRequest request, Guid userId, ImmutableArray<string> scopes, CancellationToken ct)
    {
        var application = (await applications.FindByClientIdAsync(request.ClientId!, ct))!;
        if (!await applications.HasConsentTypeAsync(application, ConsentTypes.Explicit, ct)) return true;
        if (request.HasPromptValue(PromptValues.Consent)) return false;

        var remembered = authorizations.FindAsync(
            userId.ToString(), await applications.GetIdAsync(application, ct), Statuses.Valid, AuthorizationTypes.Permanent, scopes, ct);
        return await remembered.AnyAsync(ct);
    }

    /// <summary>The request as a local GET: a posted one is rebuilt, a pushed one is its short request_uri.</summary>
    private static string ReturnUrl(HttpContext http)
    {
        if (HttpMethods.IsGet(http.Request.Method)) return http.Request.GetEncodedPathAndQuery();

        var query = new QueryBuilder(http.Request.Form.SelectMany(field => field.Value.Select(value => KeyValuePair.Create(field.Key, value ?? ""))));
        return http.Request.PathBase + http.Request.Path + query.ToQueryString();
    }

    private static IResult Refuse(string error, string description) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
}

/// <summary>Who a browser session belongs to.</summary>
internal static class BrowserUser
{
    /// <summary>Null where nobody is logged in, or may be any more.</summary>
    public static async Task<UserDto?> FindAsync(ClaimsPrincipal? session, IUserQueries users, CancellationToken ct) =>
        Guid.TryParse(session?.FindFirstValue(Claims.Subject), out var id) && await users.FindAsync(id, ct) is { Status: UserStatus.Active } user ? user : null;

    public static DateTimeOffset LoggedInAt(ClaimsPrincipal session) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(session.FindFirstValue(Claims.AuthenticationTime) ?? "0", CultureInfo.InvariantCulture));

    /// <summary>The session that the browser has; null where it has none that goes on.</summary>
    public static async Task<Guid?> FindSessionAsync(HttpContext http) => SessionOf((await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme)).Principal);

    public static Guid? SessionOf(ClaimsPrincipal? session) => Guid.TryParse(session?.FindFirstValue(BrowserSession.Claim), out var id) ? id : null;

    /// <param name="at">From before the password or the code was looked at.</param>
    public static Task BeginAsync(HttpContext http, SignedIn person, DateTimeOffset at)
    {
        DeviceCookie.Keep(http, person.DeviceToken);
        var identity = new ClaimsIdentity("password", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, person.UserId.ToString()).SetClaim(Claims.AuthenticationTime, at.ToUnixTimeSeconds())
            .SetClaims(Claims.AuthenticationMethodReference, [.. person.Methods.References])
            .SetClaim(BrowserSession.Claim, person.SessionId?.ToString());
        return http.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, new ClaimsPrincipal(identity));
    }
}
