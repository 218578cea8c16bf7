using System.Net;

namespace GoApi.Domain.ApiClients;

/// <summary>
/// Where an authorization server may send a browser back to (RFC 6749, section 3.1.2; RFC 8252, section 7; RFC 9700, section 2.1):
/// absolute, without a fragment, and https, or http on a loopback address, or a private-use scheme, which has a dot (com.example.app).
/// </summary>
public static class RedirectUri
{
    public const int MaxLength = 2_000;

    public static bool IsAllowed(string? text)
    {
        if (text is null || text.Length > MaxLength || text.Contains('*') || text.Any(char.IsControl) || text.Any(char.IsWhiteSpace)) return false;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || text.Contains('#') || uri.UserInfo.Length > 0) return false;

        return uri.Scheme switch
        {
            "https" => uri.Host.Length > 0,
            "http" => uri.Host == "localhost" || IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address),
            var scheme => scheme.Contains('.'),
        };
    }

    /// <summary>A native application's: on a loopback address, where the port may vary, or a private-use scheme.</summary>
    public static bool IsNative(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.IsLoopback || uri.Scheme.Contains('.'));
}
