using System.Collections.Concurrent;
using GoApi.Application.Abstractions.Limits;

namespace GoApi.Infrastructure.Embedded;

/// <summary>
/// The limits of one process. For each key it keeps one number: the time at which its bucket will be full again (the
/// theoretical arrival time of ITU-T I.371). A key whose time has passed is as good as one that was never seen.
/// </summary>
internal sealed class MemoryRateLimiter(TimeProvider time) : IRateLimiter
{
    /// <summary>About 20 MB; beyond it the keys that are new share one budget, so that nobody can fill the memory.</summary>
    internal const int MaxKeys = 100_000;

    private const string Overflow = "overflow";
    private static readonly long SweepInterval = TimeSpan.FromSeconds(10).Ticks;

    private readonly ConcurrentDictionary<string, long> fullAt = new(StringComparer.Ordinal);
    private readonly long origin = time.GetTimestamp();
    private long sweptAt;
    private int keys;

    public string Mode => "memory";

    internal int Keys => Volatile.Read(ref keys);

    public ValueTask<RateDecision> TakeAsync(string key, RateBudget budget, CancellationToken ct)
    {
        var now = time.GetElapsedTime(origin).Ticks;
        Sweep(now);
        var one = Math.Max(1, budget.Period.Ticks / budget.Burst);
        var whole = one * budget.Burst;
        while (true)
        {
            var known = fullAt.TryGetValue(key, out var before);
            if (!known && Keys >= MaxKeys && key != Overflow)
            {
                key = Overflow;
                continue;
            }

            var full = Math.Max(before, now) + one;
            if (full - now > whole) return ValueTask.FromResult(new RateDecision(false, 0, TimeSpan.FromTicks(before - now), TimeSpan.FromTicks(full - now - whole)));

            if (known ? fullAt.TryUpdate(key, full, before) : fullAt.TryAdd(key, full))
            {
                if (!known) Interlocked.Increment(ref keys);
                return ValueTask.FromResult(new RateDecision(true, (int)((whole - (full - now)) / one), TimeSpan.FromTicks(full - now), TimeSpan.Zero));
            }
        }
    }

    public async ValueTask<(RateDecision First, RateDecision? Second)> TakeAsync(RateClaim first, RateClaim second, CancellationToken ct)
    {
        var taken = await TakeAsync(first.Key, first.Budget, ct);
        return (taken, taken.Allowed ? await TakeAsync(second.Key, second.Budget, ct) : null);
    }

    public ValueTask<RateDecision> PeekAsync(string key, RateBudget budget, CancellationToken ct)
    {
        var now = time.GetElapsedTime(origin).Ticks;
        var one = Math.Max(1, budget.Period.Ticks / budget.Burst);
        var used = Math.Max(0, fullAt.GetValueOrDefault(key) - now);
        var left = one * budget.Burst - used;
        return ValueTask.FromResult(new RateDecision(left >= one, (int)(left / one), TimeSpan.FromTicks(used), TimeSpan.FromTicks(Math.Max(0, one - left))));
    }

    // Whoever comes first after the interval clears away; the others do not wait for it.
    private void Sweep(long now)
    {
        var last = Volatile.Read(ref sweptAt);
        if (now - last < SweepInterval || Interlocked.CompareExchange(ref sweptAt, now, last) != last) return;

        foreach (var entry in fullAt)
            if (entry.Value <= now && fullAt.TryRemove(entry))
                Interlocked.Decrement(ref keys);
    }
}
