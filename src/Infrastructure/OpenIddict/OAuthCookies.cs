using System.Security.Claims;
using GoApi.Application.Abstractions.Identity;
using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>The browser session of people at our own pages, in itself, but for its id. API routes do not know it: they take bearer tokens only.</summary>
internal static class OAuthCookies
{
    public static void Configure(CookieAuthenticationOptions options, OAuthIssuer issuer)
    {
        // The prefix makes browsers refuse a cookie that a sibling domain or plain http would plant (RFC 6265bis, section 4.1.3.2).
        options.Cookie.Name = issuer.IsSecure ? "__Host-session" : "session";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = issuer.IsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        options.Cookie.Path = "/";
        options.ExpireTimeSpan = BrowserSessions.Life;
        options.SlidingExpiration = true;
        options.Events.OnValidatePrincipal = ValidateAsync;
    }

    // What ends tokens ends browser sessions. The time of the id has milliseconds: a log-in right after a password change must hold.
    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var (services, ct) = (context.HttpContext.RequestServices, context.HttpContext.RequestAborted);
        var (session, subject) = (context.Principal?.FindFirstValue(BrowserSession.Claim), context.Principal?.FindFirstValue("sub"));
        var (began, now) = (TokenIdentity.TimeOf(session ?? "", default), services.GetRequiredService<TimeProvider>().GetUtcNow());
        if (!Guid.TryParse(session, out var id) || now - began > BrowserSessions.LongestLife
            || await services.GetRequiredService<TokenRevocations>().IsRevokedAsync(new TokenIdentity("", session, subject, null, began, IsBrowser: true), ct))
        {
            context.RejectPrincipal();
            return;
        }

        // Row and cookie live on together, or the row would be gone before the cookie.
        if (now - context.Properties.IssuedUtc < BrowserSessions.Noted) return;
        await services.GetRequiredService<BrowserSessions>().NoteAsync(id, ct);
        context.ShouldRenew = true;
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
