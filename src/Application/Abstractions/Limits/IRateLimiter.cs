namespace GoApi.Application.Abstractions.Limits;

/// <summary>
/// A token bucket for each key (the generic cell rate algorithm, ITU-T I.371): an answer in one step, and no timers.
/// Where the shared store does not answer, each instance limits by itself; this never throws for that.
/// </summary>
public interface IRateLimiter
{
    /// <summary><c>redis</c> or <c>memory</c>.</summary>
    string Mode { get; }

    /// <param name="key">What is limited, such as <c>user:0197…</c>; unbounded in number, forgotten when full again.</param>
    ValueTask<RateDecision> TakeAsync(string key, RateBudget budget, CancellationToken ct);

    /// <summary>Takes from one budget and, where that allows it, from a second one: one question to the shared store.</summary>
    ValueTask<(RateDecision First, RateDecision? Second)> TakeAsync(RateClaim first, RateClaim second, CancellationToken ct);

    /// <summary>What <see cref="TakeAsync(string, RateBudget, CancellationToken)"/> would answer, without taking anything: for what is counted only when it fails.</summary>
    ValueTask<RateDecision> PeekAsync(string key, RateBudget budget, CancellationToken ct);
}

/// <param name="Burst">Requests that may come at once.</param>
/// <param name="Period">In which a whole burst comes back.</param>
public readonly record struct RateBudget(int Burst, TimeSpan Period);

/// <summary>One of this, to be taken.</summary>
public readonly record struct RateClaim(string Key, RateBudget Budget);

/// <param name="Remaining">Requests that may come now.</param>
/// <param name="ResetAfter">Until the bucket is full again.</param>
/// <param name="RetryAfter">Until the next one is allowed; zero where this one is.</param>
public readonly record struct RateDecision(bool Allowed, int Remaining, TimeSpan ResetAfter, TimeSpan RetryAfter);
