using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.WebApi.Pages;

/// <summary>Our HTML pages, with the headers that keep them what they are.</summary>
internal static class PageResults
{
    /// <param name="parameters">The component's, by name.</param>
    /// <param name="formsGoTo">Where else than here a form's answer may redirect to.</param>
    public static IResult Show<TPage>(HttpContext http, object? parameters = null, int status = StatusCodes.Status200OK, string? formsGoTo = null) where TPage : IComponent
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{Source(formsGoTo)}; base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        // Addresses of these pages hold tickets and mailed tokens.
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache, no-store";
        return new RazorComponentResult<TPage>(parameters ?? new { }) { StatusCode = status, PreventStreamingRendering = true };
    }

    public static IResult Message(HttpContext http, int status, string title, string text, string? detail = null) =>
        Show<MessagePage>(http, new { Title = title, Text = text, Detail = detail, RequestId = http.TraceIdentifier }, status);

    /// <summary>A request that must not go back to the program that sent it, because nobody knows that it came from there.</summary>
    public static IResult Refused(HttpContext http, OpenIddictResponse refused) => Message(
        http,
        StatusCodes.Status400BadRequest,
        "This link does not work",
        refused.Error switch
        {
            Errors.InvalidRequestObject or Errors.InvalidRequest when refused.ErrorDescription?.Contains("request_uri", StringComparison.Ordinal) is true =>
                "The request has expired. Go back to the program you came from and start again.",
            _ => "The program that sent you here made a mistake, so we stopped. Go back to it and try again; if that does not help, tell its makers what is written below.",
        },
        $"{refused.Error}: {refused.ErrorDescription}");

    /// <summary>
    /// Goes on after a form. Chromium holds the redirects that follow a form against form-action, so a redirect that ends at a
    /// client would be stopped there; this page ends the form's navigation and begins a new one.
    /// </summary>
    public static IResult Continue(HttpContext http, string url) =>
        url.StartsWith("/api/v1/oauth/", StringComparison.Ordinal) ? Show<ContinuePage>(http, new { Url = url }) : SeeOther(url);

    /// <summary>Another page of this site, to be fetched with GET.</summary>
    public static IResult SeeOther(string url) => new SeeOtherResult(url);

    /// <summary>A path on this site, and nothing that a browser could read as another one.</summary>
    public static bool IsLocal(string? url) =>
        url is ['/'] || url is ['/', not ('/' or '\\'), ..] && !url.Any(character => char.IsControl(character) || character == '\\');

    private static string Source(string? url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)) return "";
        return uri.Scheme is "https" or "http" ? $" {uri.GetLeftPart(UriPartial.Authority)}" : $" {uri.Scheme}:";
    }

    // RFC 9110, section 15.4.4: the answer to a form is elsewhere, to be fetched with GET.
    private sealed class SeeOtherResult(string url) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = url;
            return Task.CompletedTask;
        }
    }
}
