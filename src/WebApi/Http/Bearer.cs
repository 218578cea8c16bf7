using GoApi.Application.Abstractions.Identity;

namespace GoApi.WebApi.Http;

/// <summary>The <c>WWW-Authenticate</c> header of RFC 6750, section 3.</summary>
internal static class Bearer
{
    private const string Scheme = "Bearer";

    /// <summary>A request without a token is told the scheme only; one whose token was not believed, that it is the token.</summary>
    public static string Challenge(HttpContext context) =>
        WasPresented(context.Request) && !context.RequestServices.GetRequiredService<ICurrentActor>().IsAuthenticated
            ? $"{Scheme} error=\"invalid_token\", error_description=\"The access token is expired, revoked or not valid here.\""
            : Scheme;

    public static string InsufficientScope(string? scope) =>
        scope is null ? $"{Scheme} error=\"insufficient_scope\"" : $"{Scheme} error=\"insufficient_scope\", scope=\"{scope}\"";

    private static bool WasPresented(HttpRequest request) =>
        request.Headers.Authorization is [{ } header, ..] && header.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase);
}
