namespace GoApi.WebApi.Http;

/// <summary>Probes of an orchestrator are never turned away.</summary>
internal sealed record Unlimited;

/// <summary>Takes from this budget as well.</summary>
internal sealed record LimitedAs(RateGroup Group);

internal static class RateLimitedRoutes
{
    public static TRoute WithoutRateLimit<TRoute>(this TRoute route) where TRoute : IEndpointConventionBuilder => route.WithMetadata(new Unlimited());

    /// <summary>It makes much work, here or for whoever gets what is sent: RATE_LIMIT_EXPENSIVE for each caller.</summary>
    public static RouteHandlerBuilder LimitExpensive(this RouteHandlerBuilder route) => route.WithMetadata(new LimitedAs(RateGroup.Expensive));

    /// <summary>Credentials are tried here, or mails sent: RATE_LIMIT_CREDENTIALS for each address.</summary>
    public static RouteHandlerBuilder LimitCredentials(this RouteHandlerBuilder route) => route.WithMetadata(new LimitedAs(RateGroup.Credentials));

    /// <summary>The same, and a third of it for each account that the request names.</summary>
    public static RouteHandlerBuilder LimitCredentials<TRequest>(this RouteHandlerBuilder route, Func<TRequest, string?> account) =>
        route.LimitCredentials().AddEndpointFilter(async (call, next) =>
        {
            if (call.Arguments.OfType<TRequest>().Select(account).FirstOrDefault() is not { Length: > 0 } name) return await next(call);

            var limits = call.HttpContext.RequestServices.GetRequiredService<RateLimits>();
            return await limits.TakeAccountAsync(call.HttpContext, name) is { } refused ? RateLimits.Refusal(refused) : await next(call);
        });
}
