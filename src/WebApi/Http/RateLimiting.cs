using GoApi.Application.Abstractions.Identity;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.WebApi.Http;

/// <summary>
/// After the authentication, because the budget is the user's; a request with a bad token is nobody's and counts
/// against its address.
/// </summary>
internal sealed class RateLimiting(RequestDelegate next, RateLimits limits)
{
    public async Task InvokeAsync(HttpContext context, ICurrentActor actor)
    {
        var route = context.GetEndpoint()?.Metadata;
        if (route?.GetMetadata<Unlimited>() is null && !GrantLimiting.HasTaken(context)
            && await limits.TakeAsync(context, actor, route?.GetMetadata<LimitedAs>()?.Group ?? RateGroup.Requests) is { } refused)
        {
            await RateLimits.Refusal(refused).ExecuteAsync(context);
            return;
        }

        await next(context);
    }
}

/// <summary>
/// The protocol endpoints end within the authentication, so this stands before it. Those that take credentials count what fails: a client that
/// proves itself may ask as often as it likes. The others (discovery, keys, userinfo) count as requests of their address.
/// </summary>
internal sealed class GrantLimiting(RequestDelegate next, RateLimits limits)
{
    private static readonly PathString Protocol = "/api/v1/oauth";
    private static readonly PathString Discovery = "/.well-known";

    public static bool HasTaken(HttpContext context) => context.Items.ContainsKey(typeof(GrantLimiting));

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments(Protocol) && !context.Request.Path.StartsWithSegments(Discovery)) return next(context);
        return HttpMethods.IsPost(context.Request.Method) ? CountFailuresAsync(context) : CountAsync(context);
    }

    private async Task CountAsync(HttpContext context)
    {
        context.Items[typeof(GrantLimiting)] = true;
        if (await limits.TakeAnonymousAsync(context) is { } refused) await RateLimits.Refusal(refused).ExecuteAsync(context);
        else await next(context);
    }

    private async Task CountFailuresAsync(HttpContext context)
    {
        if (await limits.PeekCredentialsAsync(context) is { } refused)
        {
            await RateLimits.Refusal(refused).ExecuteAsync(context);
            return;
        }

        await next(context);
        if (context.Response.StatusCode is StatusCodes.Status400BadRequest or StatusCodes.Status401Unauthorized && !IsWaiting(context)) await limits.CountFailureAsync(context);
    }

    // A device that asks whether its person has agreed is told so with a 400 (RFC 8628, section 3.5): that is no failure.
    private static bool IsWaiting(HttpContext context) => context.GetOpenIddictServerResponse()?.Error is Errors.AuthorizationPending or Errors.SlowDown;
}

/// <summary>Every answer says how much is left, also one that was given before anything was counted: a preflight, a file, an address that is no text, a probe.</summary>
internal sealed class RateLimitHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(ShowAsync, context);
        return next(context);
    }

    private static Task ShowAsync(object state)
    {
        var context = (HttpContext)state;
        return context.RequestServices.GetRequiredService<RateLimits>().ShowAsync(context, context.RequestServices.GetRequiredService<ICurrentActor>()).AsTask();
    }
}
