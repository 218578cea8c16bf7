using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Mvc;

namespace GoApi.WebApi.Pages;

/// <summary>The pages for people who forgot their password.</summary>
internal static class PasswordResetPages
{
    public const string Forgot = "/forgot-password";
    public const string Reset = "/reset-password";

    public static void MapPasswordReset(this IEndpointRouteBuilder pages)
    {
        pages.MapGet(Forgot, ShowForgot).AllowAnonymous();
        pages.MapPost(Forgot, ForgotAsync).AllowAnonymous();
        pages.MapGet(Reset, ShowReset).AllowAnonymous();
        pages.MapPost(Reset, ResetAsync).AllowAnonymous();
    }

    private static IResult ShowForgot(HttpContext http, [FromQuery(Name = "return_url")] string? returnUrl) =>
        PageResults.Show<ForgotPasswordPage>(http, new { ReturnUrl = PageEndpoints.Local(returnUrl) });

    private static async Task<IResult> ForgotAsync(HttpContext http, IUseCase<RequestPasswordReset, Done> forgot, RateLimits limits, CancellationToken ct)
    {
        var form = http.Request.Form;
        var (email, returnUrl) = (form["email"].ToString().Trim(), PageEndpoints.Local(form["return_url"]));
        if (await PageEndpoints.IsOverBudgetAsync(http, limits, email))
            return PageResults.Show<ForgotPasswordPage>(http, new { ReturnUrl = returnUrl, Email = email, Error = PageEndpoints.TooMany }, StatusCodes.Status429TooManyRequests);
        return (await forgot.HandleAsync(new RequestPasswordReset(email), ct)).Failed(out var error)
            ? PageResults.Show<ForgotPasswordPage>(http, new { ReturnUrl = returnUrl, Email = email, Error = error }, PageEndpoints.Status(error))
            : PageResults.Show<ForgotPasswordPage>(http, new { ReturnUrl = returnUrl, Email = email, Done = true });
    }

    private static IResult ShowReset(HttpContext http, string? token) => PageResults.Show<ResetPasswordPage>(http, new { Token = token });

    private static async Task<IResult> ResetAsync(HttpContext http, IUseCase<ResetPassword, Done> reset, RateLimits limits, CancellationToken ct)
    {
        var form = http.Request.Form;
        var token = form["token"].ToString();
        if (await PageEndpoints.IsOverBudgetAsync(http, limits, ""))
            return PageResults.Show<ResetPasswordPage>(http, new { Token = token, Error = PageEndpoints.TooMany }, StatusCodes.Status429TooManyRequests);
        return (await reset.HandleAsync(new ResetPassword(token, new Secret(form["new_password"])), ct)).Failed(out var error)
            ? PageResults.Show<ResetPasswordPage>(http, new { Token = token, Error = error }, PageEndpoints.Status(error))
            : PageResults.Show<ResetPasswordPage>(http, new { Done = true });
    }
}
