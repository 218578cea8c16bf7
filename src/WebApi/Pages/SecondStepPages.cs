using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OAuth;
using Microsoft.AspNetCore.Mvc;

namespace GoApi.WebApi.Pages;

/// <summary>
/// The page for the code, between the right password and the browser session. What is half done travels in a cookie, so that nobody
/// can finish it in another browser, or hand one their own; nobody is logged in before the code is right.
/// </summary>
internal static class SecondStepPages
{
    public const string Mfa = "/mfa";

    private const string RecoveryCode = "recovery_code";

    // As long as the token in it.
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    public static void MapSecondStep(this IEndpointRouteBuilder pages)
    {
        pages.MapGet(Mfa, Show).AllowAnonymous();
        pages.MapPost(Mfa, CheckAsync).AllowAnonymous();
    }

    /// <summary>Goes on to the page.</summary>
    public static IResult Ask(HttpContext http, string mfaToken, string returnUrl)
    {
        http.Response.Cookies.Append(CookieName(http), mfaToken, Cookie(http));
        return PageResults.SeeOther(Mfa + QueryString.Create("return_url", returnUrl));
    }

    private static IResult Show(HttpContext http, [FromQuery(Name = "return_url")] string? returnUrl, string? method)
    {
        var goOn = PageEndpoints.Local(returnUrl);
        return http.Request.Cookies.ContainsKey(CookieName(http))
            ? PageResults.Show<MfaPage>(http, new { ReturnUrl = goOn, ByRecoveryCode = method == RecoveryCode })
            : PageResults.SeeOther(PageEndpoints.Login + QueryString.Create("return_url", goOn));
    }

    private static async Task<IResult> CheckAsync(HttpContext http, IUseCase<SignInWithCode, SignedIn> signIn, RateLimits limits, TimeProvider time, CancellationToken ct)
    {
        var (form, at) = (http.Request.Form, time.GetUtcNow());
        var (mfaToken, returnUrl, byRecoveryCode) = (http.Request.Cookies[CookieName(http)] ?? "", PageEndpoints.Local(form["return_url"]), form["method"] == RecoveryCode);
        if (await PageEndpoints.IsOverBudgetAsync(http, limits, mfaToken)) return Again(PageEndpoints.TooMany, StatusCodes.Status429TooManyRequests);

        var result = mfaToken.Length == 0 ? UserErrors.LogInExpired : await signIn.HandleAsync(new SignInWithCode(mfaToken, new Secret(form["code"]), await BrowserUser.FindSessionAsync(http)), ct);
        if (!result.Failed(out var error, out var signedIn))
        {
            http.Response.Cookies.Delete(CookieName(http), Cookie(http));
            await BrowserUser.BeginAsync(http, signedIn, at);
            return PageResults.Continue(http, returnUrl);
        }

        if (error != UserErrors.LogInExpired) return Again(error, PageEndpoints.Status(error));

        http.Response.Cookies.Delete(CookieName(http), Cookie(http));
        return PageResults.Show<LoginPage>(http, new { ReturnUrl = returnUrl, Error = error }, StatusCodes.Status401Unauthorized);

        IResult Again(Error fault, int status) => PageResults.Show<MfaPage>(http, new { ReturnUrl = returnUrl, ByRecoveryCode = byRecoveryCode, Error = fault }, status);
    }

    private static string CookieName(HttpContext http) => $"{(http.Request.IsHttps ? "__Host-" : "")}mfa";

    private static CookieOptions Cookie(HttpContext http) =>
        new() { HttpOnly = true, Secure = http.Request.IsHttps, SameSite = SameSiteMode.Lax, MaxAge = Life, Path = "/", IsEssential = true };
}
