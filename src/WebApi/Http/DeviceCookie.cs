namespace GoApi.WebApi.Http;

/// <summary>What an earlier log-in gave this browser to be known by. It lets nobody in: it says that strangers' guesses do not lock this device out.</summary>
internal static class DeviceCookie
{
    // As long as browsers keep any cookie (RFC 6265bis, section 5.5).
    private static readonly TimeSpan Life = TimeSpan.FromDays(400);

    public static string? Read(HttpContext http) => http.Request.Cookies[Name(http)];

    /// <param name="token">Null where the device is known without.</param>
    public static void Keep(HttpContext http, string? token)
    {
        if (token is not null)
            http.Response.Cookies.Append(Name(http), token, new CookieOptions { HttpOnly = true, Secure = http.Request.IsHttps, SameSite = SameSiteMode.Lax, MaxAge = Life, Path = "/", IsEssential = true });
    }

    private static string Name(HttpContext http) => $"{(http.Request.IsHttps ? "__Host-" : "")}device";
}
