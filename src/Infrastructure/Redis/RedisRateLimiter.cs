using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Embedded;
using StackExchange.Redis;

namespace GoApi.Infrastructure.Redis;

/// <summary>
/// Limits that all instances share: the same algorithm as in memory, in one script and one round trip, on Redis' own
/// clock, so that the clocks of the instances do not matter. Without Redis each instance limits by itself (N6).
/// </summary>
internal sealed class RedisRateLimiter(RedisConnection redis, MemoryRateLimiter alone) : IRateLimiter
{
    private const string Script =
        """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]
        local one, whole = tonumber(ARGV[1]), tonumber(ARGV[2])
        local before = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
        local full = before + one
        if full - now > whole then return {0, 0, before - now, full - now - whole} end
        if ARGV[3] == '1' then redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000)) end
        return {1, math.floor((whole - (full - now)) / one), full - now, 0}
        """;

    public string Mode => "redis";

    public async ValueTask<RateDecision> TakeAsync(string key, RateBudget budget, CancellationToken ct) =>
        await AskAsync(key, budget, take: true) ?? await alone.TakeAsync(key, budget, ct);

    public async ValueTask<RateDecision> PeekAsync(string key, RateBudget budget, CancellationToken ct) =>
        await AskAsync(key, budget, take: false) ?? await alone.PeekAsync(key, budget, ct);

    private async ValueTask<RateDecision?> AskAsync(string key, RateBudget budget, bool take)
    {
        var one = Math.Max(1, (long)budget.Period.TotalMicroseconds / budget.Burst);
        var answer = await redis.TryAsync(database => database.ScriptEvaluateAsync(Script, [(RedisKey)$"goapi:limit:{key}"], [one, one * budget.Burst, take ? 1 : 0]));
        return (long[]?)answer is [var allowed, var remaining, var reset, var retry]
            ? new RateDecision(allowed == 1, (int)remaining, TimeSpan.FromMicroseconds(reset), TimeSpan.FromMicroseconds(retry))
            : null;
    }
}
