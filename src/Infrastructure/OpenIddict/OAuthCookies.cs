using System.Globalization;
using System.Security.Claims;
using GoApi.Application.Abstractions.Identity;
using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>The browser session of people at our own pages. API routes do not know it: they take bearer tokens only.</summary>
internal static class OAuthCookies
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(12);

    private const string SinceClaim = "since_ms";

    public static void Configure(CookieAuthenticationOptions options, OAuthIssuer issuer)
    {
        // The prefix makes browsers refuse a cookie that a sibling domain or plain http would plant (RFC 6265bis, section 4.1.3.2).
        options.Cookie.Name = issuer.IsSecure ? "__Host-session" : "session";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = issuer.IsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        options.Cookie.Path = "/";
        options.ExpireTimeSpan = Life;
        options.SlidingExpiration = true;
        options.Events.OnSigningIn = NoteTime;
        options.Events.OnValidatePrincipal = RefuseRevokedAsync;
    }

    // "auth_time" and the cookie's own times have whole seconds, and a log-in right after a password change must hold.
    private static Task NoteTime(CookieSigningInContext context)
    {
        var since = context.Properties.GetParameter<DateTimeOffset?>(BrowserSession.Since) ?? context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        (context.Principal?.Identity as ClaimsIdentity)?.AddClaim(new Claim(SinceClaim, since.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)));
        return Task.CompletedTask;
    }

    // A password change or a suspension ends browser sessions as it ends tokens.
    private static async Task RefuseRevokedAsync(CookieValidatePrincipalContext context)
    {
        var revocations = context.HttpContext.RequestServices.GetRequiredService<TokenRevocations>();
        var since = long.TryParse(context.Principal?.FindFirstValue(SinceClaim), out var milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : DateTimeOffset.UnixEpoch;
        var identity = new TokenIdentity("", null, context.Principal?.FindFirstValue("sub"), null, since, IsBrowser: true);
        if (await revocations.IsRevokedAsync(identity, context.HttpContext.RequestAborted)) context.RejectPrincipal();
    }
}

/// <summary>The issuer of all tokens, as clients compare it: a string (OpenID Connect Discovery, section 4.3). It is the audience too: our API is the one resource.</summary>
internal sealed record OAuthIssuer(string Value)
{
    public bool IsSecure => Value.StartsWith("https:", StringComparison.Ordinal);

    public string Audience => Value;

    /// <summary>What clients add to well-known addresses, or put before them; empty for most.</summary>
    public string Path { get; } = new Uri(Value).AbsolutePath.TrimEnd('/');

    public static OAuthIssuer Of(Settings settings) => new((settings.OAuth.Issuer ?? settings.App.PublicUrl).AbsoluteUri.TrimEnd('/'));
}
