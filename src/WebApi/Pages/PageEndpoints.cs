using System.Globalization;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Persistence;
using GoApi.WebApi.Http;
using GoApi.WebApi.OAuth;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.WebApi.Pages;

/// <summary>HTML for people. They work without JavaScript: there is none.</summary>
internal static class PageEndpoints
{
    public const string Login = "/login";
    public const string Consent = "/consent";
    public const string Register = "/register";
    public const string VerifyEmail = "/verify-email";
    public const string LoggedOut = "/logged-out";
    public const string Device = "/device";
    public const string DeviceConnected = $"{Device}/connected";
    public const string DeviceRefused = $"{Device}/refused";

    private const int MaxReturnUrl = 8_192;
    private const int MaxEmail = 254;

    public static readonly Error TooMany = StatusErrors.Of(StatusCodes.Status429TooManyRequests);

    public static IServiceCollection AddPages(this IServiceCollection services, GoApi.Infrastructure.Configuration.Settings settings)
    {
        var secure = (settings.OAuth.Issuer ?? settings.App.PublicUrl).Scheme == Uri.UriSchemeHttps;
        services.AddSingleton<Logo>();
        services.AddRazorComponents();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = secure ? "__Host-form" : "form";
            options.Cookie.Path = "/";
            options.Cookie.SecurePolicy = secure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            // The pages' own headers say more.
            options.SuppressXFrameOptionsHeader = true;
        });
        return services;
    }

    /// <summary>The style sheet and the icon; the same for everybody.</summary>
    public static void UsePageFiles(this IApplicationBuilder app) => app.UseStaticFiles(new StaticFileOptions
    {
        OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "public, max-age=3600",
    });

    public static IEndpointRouteBuilder MapPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription().AddEndpointFilter(CheckFormAsync);
        pages.MapGet(Login, ShowLogin).AllowAnonymous();
        pages.MapPost(Login, LogInAsync).AllowAnonymous();
        pages.MapGet(Consent, ShowConsentAsync).AllowAnonymous();
        pages.MapPost(Consent, AnswerConsentAsync).AllowAnonymous();
        pages.MapGet(Register, ShowRegister).AllowAnonymous();
        pages.MapPost(Register, RegisterAsync).AllowAnonymous();
        pages.MapGet(VerifyEmail, ShowVerifyEmail).AllowAnonymous();
        pages.MapPost(VerifyEmail, VerifyEmailAsync).AllowAnonymous();
        pages.MapMethods(Device, [HttpMethods.Get, HttpMethods.Post], DeviceVerification.HandleAsync).AllowAnonymous();
        pages.MapGet(DeviceConnected, (HttpContext http) => PageResults.Show<DeviceConnectedPage>(http)).AllowAnonymous();
        pages.MapGet(DeviceRefused, (HttpContext http) => PageResults.Show<DeviceRefusedPage>(http)).AllowAnonymous();
        pages.MapGet(Logo.Path, (HttpContext http, Logo logo) => logo.Show(http)).AllowAnonymous();
        pages.MapGet(LoggedOut, ShowLoggedOut).AllowAnonymous();
        pages.MapSecondStep();
        pages.MapPasswordReset();
        return routes;
    }

    /// <param name="hint">Who the client thinks will log in (OpenID Connect Core, section 3.1.2.1).</param>
    internal static string LogInTo(string returnUrl, string? hint)
    {
        var query = QueryString.Create("return_url", returnUrl);
        return Login + (string.IsNullOrEmpty(hint) || hint.Length > MaxEmail ? query : query.Add("login_hint", hint));
    }

    private static IResult ShowLogin(HttpContext http, [FromQuery(Name = "return_url")] string? returnUrl, [FromQuery(Name = "login_hint")] string? hint) =>
        PageResults.Show<LoginPage>(http, new { ReturnUrl = Local(returnUrl), Email = hint is { Length: > 0 and <= MaxEmail } ? hint : null });

    private static async Task<IResult> LogInAsync(HttpContext http, IUseCase<SignIn, SignedIn> signIn, RateLimits limits, TimeProvider time, CancellationToken ct)
    {
        var form = http.Request.Form;
        var (email, returnUrl, at) = (form["email"].ToString().Trim(), Local(form["return_url"]), time.GetUtcNow());
        if (await IsOverBudgetAsync(http, limits, email))
            return PageResults.Show<LoginPage>(http, new { ReturnUrl = returnUrl, Email = email, Error = TooMany }, StatusCodes.Status429TooManyRequests);
        if ((await signIn.HandleAsync(new SignIn(email, new Secret(form["password"]), await BrowserUser.FindSessionAsync(http)), ct)).Failed(out var error, out var signedIn))
            return PageResults.Show<LoginPage>(http, new { ReturnUrl = returnUrl, Email = email, Error = error }, Status(error));

        if (signedIn.MfaToken is { } mfaToken) return SecondStepPages.Ask(http, mfaToken, returnUrl);

        await BrowserUser.BeginAsync(http, signedIn, at);
        return PageResults.Continue(http, returnUrl);
    }

    private static async Task<IResult> ShowConsentAsync(
        HttpContext http, string? ticket, Interaction interaction, IUserQueries users, IOpenIddictApplicationManager applications, CancellationToken ct)
    {
        if (interaction.Ticket(ticket) is not { } asked
            || await SignedInUserAsync(http, users, ct) is not { } user || user.Id != asked.UserId
            || await applications.FindByClientIdAsync(asked.ClientId, ct) is not { } application) return Expired(http);

        return PageResults.Show<ConsentPage>(http, new
        {
            Ticket = ticket,
            Client = await applications.GetDisplayNameAsync(application, ct) ?? asked.ClientId,
            asked.Scopes,
            Person = user,
        });
    }

    private static async Task<IResult> AnswerConsentAsync(
        HttpContext http, Interaction interaction, IUserQueries users, IOpenIddictApplicationManager applications, IOpenIddictAuthorizationManager authorizations,
        IAuditTrail audit, IUnitOfWork unitOfWork, TimeProvider time, CancellationToken ct)
    {
        var form = http.Request.Form;
        if (interaction.Ticket(form["ticket"]) is not { } asked
            || await SignedInUserAsync(http, users, ct) is not { } user || user.Id != asked.UserId
            || await applications.FindByClientIdAsync(asked.ClientId, ct) is not { } application) return Expired(http);

        var allowed = form["decision"] == "allow";
        audit.Record("oauth.consent", allowed ? AuditStatus.Success : AuditStatus.Denied, "client", asked.ClientId, actorUserId: user.Id);
        if (allowed) await RememberAsync(authorizations, asked, (await applications.GetIdAsync(application, ct))!, time.GetUtcNow(), ct);
        await unitOfWork.SaveAsync(ct);

        interaction.Give(http, asked.Request, allowed ? Interaction.Accepted : Interaction.Denied, user.Id);
        return PageResults.Continue(http, asked.ReturnUrl);
    }

    private static IResult ShowRegister(HttpContext http, [FromQuery(Name = "return_url")] string? returnUrl) =>
        PageResults.Show<RegisterPage>(http, new { ReturnUrl = Local(returnUrl) });

    private static async Task<IResult> RegisterAsync(HttpContext http, IUseCase<RegisterUser, Registration> register, RateLimits limits, CancellationToken ct)
    {
        var form = http.Request.Form;
        var request = new RegisterUser(
            form["email"].ToString().Trim(), new Secret(form["password"]), form["first_name"].ToString().Trim(), form["last_name"].ToString().Trim(), null);
        var returnUrl = Local(form["return_url"]);
        if (await IsOverBudgetAsync(http, limits, request.Email))
            return PageResults.Show<RegisterPage>(http, new { ReturnUrl = returnUrl, Values = request, Error = TooMany }, StatusCodes.Status429TooManyRequests);
        return (await register.HandleAsync(request, ct)).Failed(out var error)
            ? PageResults.Show<RegisterPage>(http, new { ReturnUrl = returnUrl, Values = request, Error = error }, Status(error))
            : PageResults.Show<RegisteredPage>(http, new { ReturnUrl = returnUrl, request.Email });
    }

    // A button and not the link itself: programs that scan mail open links.
    private static IResult ShowVerifyEmail(HttpContext http, string? token) => PageResults.Show<VerifyEmailPage>(http, new { Token = token });

    private static async Task<IResult> VerifyEmailAsync(HttpContext http, IUseCase<GoApi.Application.Users.VerifyEmail, UserDto> verify, RateLimits limits, CancellationToken ct)
    {
        if (await IsOverBudgetAsync(http, limits, "")) return PageResults.Message(http, StatusCodes.Status429TooManyRequests, "Please wait a moment", TooMany.Message);
        var result = await verify.HandleAsync(new GoApi.Application.Users.VerifyEmail(http.Request.Form["token"].ToString()), ct);
        return result.Failed(out var error)
            ? PageResults.Show<VerifyEmailPage>(http, new { Error = error }, Status(error))
            : PageResults.Show<VerifyEmailPage>(http, new { Done = true });
    }

    private static IResult ShowLoggedOut(HttpContext http) => PageResults.Show<LoggedOutPage>(http);

    private static async Task<UserDto?> SignedInUserAsync(HttpContext http, IUserQueries users, CancellationToken ct) =>
        await BrowserUser.FindAsync((await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme)).Principal, users, ct);

    // One that says the same already is enough, however often people are asked.
    private static async Task RememberAsync(IOpenIddictAuthorizationManager authorizations, ConsentTicket asked, string applicationId, DateTimeOffset now, CancellationToken ct)
    {
        var known = authorizations.FindAsync(asked.UserId.ToString(), applicationId, Statuses.Valid, AuthorizationTypes.Permanent, [.. asked.Scopes], ct);
        if (await known.AnyAsync(ct)) return;

        var consent = new OpenIddictAuthorizationDescriptor
        {
            ApplicationId = applicationId,
            Subject = asked.UserId.ToString(),
            Type = AuthorizationTypes.Permanent,
            Status = Statuses.Valid,
            CreationDate = now,
        };
        consent.Scopes.UnionWith(asked.Scopes);
        await authorizations.CreateAsync(consent, ct);
    }

    // The budgets of the API's own credential routes; people get a page and not an envelope.
    public static async Task<bool> IsOverBudgetAsync(HttpContext http, RateLimits limits, string account)
    {
        if (await limits.TakeCredentialsAsync(http, account) is not { } refused) return false;

        http.Response.Headers.RetryAfter = RateLimits.RetryAfter(refused).ToString(CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>Every posted form carries the token that its page was given.</summary>
    private static async ValueTask<object?> CheckFormAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            var valid = !HttpMethods.IsPost(http.Request.Method)
                || http.Request.HasFormContentType && await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http);
            if (valid) return await next(context);
        }
        catch (Exception outage) when (Outage.Is(outage))
        {
            http.Response.Headers.RetryAfter = "2";
            return PageResults.Message(
                http, StatusCodes.Status503ServiceUnavailable, "Please try again in a moment", "Something that we need does not answer right now. Nothing of what you did is lost; just repeat it.");
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or IOException or AntiforgeryValidationException)
        {
            // Answered below.
        }

        return PageResults.Message(
            http, StatusCodes.Status400BadRequest, "This form has expired",
            "Go back, load the page again and repeat what you did. Your browser must accept cookies from this site.");
    }

    private static IResult Expired(HttpContext http) => PageResults.Message(
        http, StatusCodes.Status400BadRequest, "This request has expired", "Go back to the program you came from and start again.");

    public static string Local(string? returnUrl) => returnUrl is { Length: <= MaxReturnUrl } && PageResults.IsLocal(returnUrl) ? returnUrl : "/";

    public static int Status(Error error) => error.Kind switch
    {
        ErrorKind.Unauthorized => StatusCodes.Status401Unauthorized,
        ErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.RateLimited => StatusCodes.Status429TooManyRequests,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}
