using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Limits;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Configuration;

namespace GoApi.WebApi.Http;

/// <summary>What is limited apart from the rest.</summary>
internal enum RateGroup
{
    /// <summary>Every request: RATE_LIMIT_RPS.</summary>
    Requests,

    /// <summary>Credentials are tried, or mails sent to whoever is named: RATE_LIMIT_CREDENTIALS.</summary>
    Credentials,

    /// <summary>A request costs much more than others: RATE_LIMIT_EXPENSIVE.</summary>
    Expensive,
}

/// <summary>
/// The budgets, and who has how much left of them. Each question shows the budget that it asks for in the headers of the answer (of several the
/// one with the least left), and answers with the decision that refuses; null where the request may go on.
/// </summary>
internal sealed class RateLimits(IRateLimiter limiter, RateRefusals refusals, HttpSettings settings)
{
    private const string Remaining = "RateLimit-Remaining";

    // Pages fetch several things at once: two seconds' worth may come in one go.
    private static readonly TimeSpan CallerPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly RateBudget? requests = Budget(settings.RateLimitRps * 2, CallerPeriod);
    private readonly RateBudget? credentials = Budget(settings.RateLimitCredentials, Minute);

    // However many addresses an account is tried from.
    private readonly RateBudget? account = settings.RateLimitCredentials == 0 ? null : Budget(Math.Max(1, settings.RateLimitCredentials / 3), Minute);
    private readonly RateBudget? expensive = settings.RateLimitRps == 0 ? null : Budget(settings.RateLimitExpensive, Minute);

    /// <summary>One request of whoever calls, and one of what its route is limited as.</summary>
    public ValueTask<RateDecision?> TakeAsync(HttpContext context, ICurrentActor actor, RateGroup group)
    {
        var caller = Caller(context, actor);
        var own = group switch
        {
            RateGroup.Credentials => Limit.Of(group, Address(context), credentials),
            RateGroup.Expensive => Limit.Of(group, caller, expensive),
            _ => null,
        };
        return TakeAsync(context, Limit.Of(RateGroup.Requests, caller, requests), own);
    }

    /// <summary>One request of nobody in particular.</summary>
    public ValueTask<RateDecision?> TakeAnonymousAsync(HttpContext context) => TakeAsync(context, Limit.Of(RateGroup.Requests, Address(context), requests), null);

    /// <summary>One attempt with credentials from this address, and at this account where there is one.</summary>
    public ValueTask<RateDecision?> TakeCredentialsAsync(HttpContext context, string? name = null) =>
        TakeAsync(context, Limit.Of(RateGroup.Credentials, Address(context), credentials), string.IsNullOrEmpty(name) ? null : Account(name));

    /// <summary>One attempt at this account.</summary>
    public ValueTask<RateDecision?> TakeAccountAsync(HttpContext context, string name) => TakeAsync(context, Account(name), null);

    /// <summary>Whether this address has an attempt left; takes none.</summary>
    public async ValueTask<RateDecision?> PeekCredentialsAsync(HttpContext context) => Limit.Of(RateGroup.Credentials, Address(context), credentials) is { } limit
        ? Refused(context, limit, await limiter.PeekAsync(limit.Key, limit.Budget, context.RequestAborted))
        : null;

    /// <summary>An attempt has failed that was answered already.</summary>
    public async ValueTask CountFailureAsync(HttpContext context)
    {
        if (Limit.Of(RateGroup.Credentials, Address(context), credentials) is { } limit) await limiter.TakeAsync(limit.Key, limit.Budget, context.RequestAborted);
    }

    /// <summary>For an answer that nothing was taken for: how much the caller has left.</summary>
    public async ValueTask ShowAsync(HttpContext context, ICurrentActor actor)
    {
        if (context.Response.Headers.ContainsKey(Remaining) || Limit.Of(RateGroup.Requests, Caller(context, actor), requests) is not { } limit) return;

        Show(context.Response.Headers, limit.Budget, await limiter.PeekAsync(limit.Key, limit.Budget, context.RequestAborted));
    }

    public static ApiResult Refusal(RateDecision refused) => Refusal<Done>(refused);

    public static ApiResult<T> Refusal<T>(RateDecision refused) => StatusErrors.Of(StatusCodes.Status429TooManyRequests).ToAnswer<T>(RetryAfter(refused));

    /// <summary>Seconds.</summary>
    public static int RetryAfter(RateDecision refused) => Math.Max(1, Seconds(refused.RetryAfter));

    private async ValueTask<RateDecision?> TakeAsync(HttpContext context, Limit? first, Limit? second)
    {
        if ((first ?? second) is not { } limit) return null;
        if (first is null || second is not { } other) return Refused(context, limit, await limiter.TakeAsync(limit.Key, limit.Budget, context.RequestAborted));

        var taken = await limiter.TakeAsync(new RateClaim(limit.Key, limit.Budget), new RateClaim(other.Key, other.Budget), context.RequestAborted);
        return Refused(context, limit, taken.First) ?? (taken.Second is { } decision ? Refused(context, other, decision) : null);
    }

    private RateDecision? Refused(HttpContext context, Limit limit, RateDecision taken)
    {
        Show(context.Response.Headers, limit.Budget, taken);
        if (taken.Allowed) return null;

        refusals.Add(context, limit.Group, limit.Name);
        return taken;
    }

    // draft-ietf-httpapi-ratelimit-headers-06
    private static void Show(IHeaderDictionary headers, RateBudget budget, RateDecision taken)
    {
        if (headers[Remaining] is [{ } shown] && int.Parse(shown, CultureInfo.InvariantCulture) < taken.Remaining) return;

        headers["RateLimit-Limit"] = budget.Burst.ToString(CultureInfo.InvariantCulture);
        headers[Remaining] = taken.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Reset"] = Seconds(taken.ResetAfter).ToString(CultureInfo.InvariantCulture);
    }

    // The name is kept as a digest: limits live in a shared store.
    private Limit? Account(string name) =>
        Limit.Of(RateGroup.Credentials, $"account:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name.Trim().ToLowerInvariant())))}", account);

    private static string Caller(HttpContext context, ICurrentActor actor) => CallerKeys.Of(actor, ClientNetwork.Of(context.Connection.RemoteIpAddress));

    private static string Address(HttpContext context) => CallerKeys.OfAddress(ClientNetwork.Of(context.Connection.RemoteIpAddress));

    private static RateBudget? Budget(int burst, TimeSpan period) => burst == 0 ? null : new RateBudget(burst, period);

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    /// <param name="Name">Whose it is: <c>user:…</c>, <c>client:…</c>, <c>ip:…</c> or <c>account:…</c>.</param>
    private readonly record struct Limit(RateGroup Group, string Name, string Key, RateBudget Budget)
    {
        /// <summary>Null where it is turned off.</summary>
        public static Limit? Of(RateGroup group, string name, RateBudget? budget) => budget is not { } limit ? null : new Limit(group, name, KeyOf(group, name), limit);

        private static string KeyOf(RateGroup group, string name) => group switch
        {
            RateGroup.Credentials => $"credentials:{name}",
            RateGroup.Expensive => $"expensive:{name}",
            _ => name,
        };
    }
}
