using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Limits;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.WebApi.Http;

/// <summary>The budgets of RATE_LIMIT_RPS and RATE_LIMIT_CREDENTIALS.</summary>
internal sealed class RateLimits(IRateLimiter limiter, HttpSettings settings)
{
    // Pages fetch several things at once: two seconds' worth may come in one go.
    private static readonly TimeSpan CallerPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CredentialsPeriod = TimeSpan.FromMinutes(1);

    public RateBudget? Caller { get; } = Budget(settings.RateLimitRps * 2, CallerPeriod);

    /// <summary>Of credential endpoints, for each address.</summary>
    public RateBudget? CredentialsOfAddress { get; } = Budget(settings.RateLimitCredentials, CredentialsPeriod);

    /// <summary>A third of it for each account, however many addresses it is tried from.</summary>
    public RateBudget? CredentialsOfAccount { get; } =
        settings.RateLimitCredentials == 0 ? null : Budget(Math.Max(1, settings.RateLimitCredentials / 3), CredentialsPeriod);

    /// <summary>One request of whoever calls.</summary>
    public ValueTask<RateDecision?> TakeAsync(HttpContext context, ICurrentActor actor) =>
        TakeAsync(CallerKeys.Of(actor, ClientNetwork.Of(context.Connection.RemoteIpAddress)), Caller, context.RequestAborted);

    /// <summary>One attempt with credentials from this address.</summary>
    public ValueTask<RateDecision?> TakeCredentialsAsync(HttpContext context) =>
        TakeAsync(CredentialsKey(context), CredentialsOfAddress, context.RequestAborted);

    /// <summary>Whether there would be an attempt left.</summary>
    public async ValueTask<RateDecision?> PeekCredentialsAsync(HttpContext context) => CredentialsOfAddress is { } budget
        ? await limiter.PeekAsync(CredentialsKey(context), budget, context.RequestAborted)
        : null;

    /// <summary>One attempt at this account. The address is kept as a digest: limits live in a shared store.</summary>
    public ValueTask<RateDecision?> TakeCredentialsAsync(string account, CancellationToken ct) =>
        TakeAsync($"account:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(account.Trim().ToLowerInvariant())))}", CredentialsOfAccount, ct);

    /// <summary>Shows the budget in the headers (draft-ietf-httpapi-ratelimit-headers-06); true where there is nothing left of it.</summary>
    public static bool IsRefused(HttpContext context, RateBudget? budget, RateDecision? taken)
    {
        if (budget is not { } limit || taken is not { } decision) return false;

        var headers = context.Response.Headers;
        headers["RateLimit-Limit"] = limit.Burst.ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Remaining"] = decision.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Reset"] = Seconds(decision.ResetAfter).ToString(CultureInfo.InvariantCulture);
        return !decision.Allowed;
    }

    public static ApiResult Refusal(RateDecision? taken) => Refusal<Done>(taken);

    public static ApiResult<T> Refusal<T>(RateDecision? taken) =>
        StatusErrors.Of(StatusCodes.Status429TooManyRequests).ToAnswer<T>(Math.Max(1, Seconds(taken!.Value.RetryAfter)));

    private async ValueTask<RateDecision?> TakeAsync(string key, RateBudget? budget, CancellationToken ct) =>
        budget is { } limit ? await limiter.TakeAsync(key, limit, ct) : null;

    private static string CredentialsKey(HttpContext context) => $"credentials:{ClientNetwork.Of(context.Connection.RemoteIpAddress)}";

    private static RateBudget? Budget(int burst, TimeSpan period) => burst == 0 ? null : new RateBudget(burst, period);

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);
}

/// <summary>
/// After the authentication, because the budget is the user's; a request with a bad token is nobody's and counts
/// against its address.
/// </summary>
internal sealed class RateLimiting(RequestDelegate next, RateLimits limits)
{
    public async Task InvokeAsync(HttpContext context, ICurrentActor actor)
    {
        var route = context.GetEndpoint()?.Metadata;
        if (route?.GetMetadata<Unlimited>() is null)
        {
            var taken = await limits.TakeAsync(context, actor);
            var refused = RateLimits.IsRefused(context, limits.Caller, taken);
            if (!refused && route?.GetMetadata<CredentialsLimited>() is not null)
            {
                taken = await limits.TakeCredentialsAsync(context);
                refused = RateLimits.IsRefused(context, limits.CredentialsOfAddress, taken);
            }

            if (refused)
            {
                await RateLimits.Refusal(taken).ExecuteAsync(context);
                return;
            }
        }

        await next(context);
    }
}

/// <summary>
/// The protocol endpoints that take credentials count what fails: a client that proves itself may ask as often as it likes.
/// They end within the authentication, so this stands before it.
/// </summary>
internal sealed class GrantLimiting(RequestDelegate next, RateLimits limits)
{
    private static readonly PathString Protocol = "/api/v1/oauth";

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !context.Request.Path.StartsWithSegments(Protocol))
        {
            await next(context);
            return;
        }

        var left = await limits.PeekCredentialsAsync(context);
        if (RateLimits.IsRefused(context, limits.CredentialsOfAddress, left))
        {
            await RateLimits.Refusal(left).ExecuteAsync(context);
            return;
        }

        await next(context);
        if (context.Response.StatusCode is StatusCodes.Status400BadRequest or StatusCodes.Status401Unauthorized && !IsWaiting(context)) await limits.TakeCredentialsAsync(context);
    }

    // A device that asks whether its person has agreed is told so with a 400 (RFC 8628, section 3.5): that is no failure.
    private static bool IsWaiting(HttpContext context) => context.GetOpenIddictServerResponse()?.Error is Errors.AuthorizationPending or Errors.SlowDown;
}

/// <summary>Probes of an orchestrator are never turned away.</summary>
internal sealed record Unlimited;

/// <summary>Takes from the budget for credentials as well.</summary>
internal sealed record CredentialsLimited;

internal static class RateLimitedRoutes
{
    public static TRoute WithoutRateLimit<TRoute>(this TRoute route) where TRoute : IEndpointConventionBuilder => route.WithMetadata(new Unlimited());

    /// <summary>Credentials are tried here, or mails sent: RATE_LIMIT_CREDENTIALS for each address.</summary>
    public static RouteHandlerBuilder LimitCredentials(this RouteHandlerBuilder route) => route.WithMetadata(new CredentialsLimited());

    /// <summary>The same, and a third of it for each account that the request names.</summary>
    public static RouteHandlerBuilder LimitCredentials<TRequest>(this RouteHandlerBuilder route, Func<TRequest, string?> account) =>
        route.LimitCredentials().AddEndpointFilter(async (call, next) =>
        {
            var limits = call.HttpContext.RequestServices.GetRequiredService<RateLimits>();
            if (call.Arguments.OfType<TRequest>().Select(account).FirstOrDefault() is not { Length: > 0 } name) return await next(call);

            var taken = await limits.TakeCredentialsAsync(name, call.HttpContext.RequestAborted);
            return taken is { Allowed: false } && RateLimits.IsRefused(call.HttpContext, limits.CredentialsOfAccount, taken)
                ? RateLimits.Refusal(taken)
                : await next(call);
        });
}
