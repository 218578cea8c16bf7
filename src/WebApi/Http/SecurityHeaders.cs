using GoApi.Infrastructure.Configuration;
using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Http;

/// <summary>What every answer says (S9). They are set first: a page or a download sets its own over them.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, AppSettings app)
{
    private readonly bool https = app.IsProduction || app.PublicUrl.Scheme == Uri.UriSchemeHttps;

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers[ReferrerPolicy] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers.CacheControl = CacheControlHeaderValue.NoStoreString;
        // RFC 6797, section 7.2: over plain HTTP browsers ignore it, so a proxy that ends TLS needs no special case.
        if (https) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        return next(context);
    }

    private const string ReferrerPolicy = "Referrer-Policy";
}
