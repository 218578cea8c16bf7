using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Embedded;
using StackExchange.Redis;

namespace GoApi.Infrastructure.Redis;

/// <summary>
/// Limits that all instances share: the same algorithm as in memory, in one script and one round trip, on Redis' own clock, so that the
/// clocks of the instances do not matter. Without Redis each instance limits by itself (N6); what Redis has lost begins anew.
/// </summary>
internal sealed class RedisRateLimiter(RedisConnection redis, MemoryRateLimiter alone) : IRateLimiter
{
    // The client sends it once to each server, and from then on its digest (EVALSHA).
    private const string Script =
        """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]
        local answer = {}
        for i, key in ipairs(KEYS) do
          local one, whole = tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
          local before = math.max(tonumber(redis.call('GET', key) or now), now)
          local full = before + one
          local allowed, after = full - now <= whole, before
          if allowed and ARGV[1] == '1' then
            after = full
            redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
          end
          for _, number in ipairs({allowed and 1 or 0, math.floor((whole - (after - now)) / one), after - now, math.max(0, full - now - whole)}) do
            answer[#answer + 1] = number
          end
          if not allowed then break end
        end
        return answer
        """;

    private const int Numbers = 4;

    public string Mode => "redis";

    public async ValueTask<RateDecision> TakeAsync(string key, RateBudget budget, CancellationToken ct) => await AskAsync([Key(key)], [1, One(budget), Whole(budget)]) is { } answer
        ? Decision(answer)
        : await alone.TakeAsync(key, budget, ct);

    public async ValueTask<(RateDecision First, RateDecision? Second)> TakeAsync(RateClaim first, RateClaim second, CancellationToken ct) =>
        await AskAsync([Key(first.Key), Key(second.Key)], [1, One(first.Budget), Whole(first.Budget), One(second.Budget), Whole(second.Budget)]) is { } answer
            ? (Decision(answer), answer.Length > Numbers ? Decision(answer.AsSpan(Numbers)) : null)
            : await alone.TakeAsync(first, second, ct);

    public async ValueTask<RateDecision> PeekAsync(string key, RateBudget budget, CancellationToken ct) => await AskAsync([Key(key)], [0, One(budget), Whole(budget)]) is { } answer
        ? Decision(answer)
        : await alone.PeekAsync(key, budget, ct);

    private async ValueTask<long[]?> AskAsync(RedisKey[] keys, RedisValue[] values) =>
        (long[]?)await redis.TryAsync((keys, values), static (database, asked) => database.ScriptEvaluateAsync(Script, asked.keys, asked.values));

    private static RedisKey Key(string key) => $"goapi:limit:{key}";

    private static long One(RateBudget budget) => Math.Max(1, (long)budget.Period.TotalMicroseconds / budget.Burst);

    private static long Whole(RateBudget budget) => One(budget) * budget.Burst;

    private static RateDecision Decision(ReadOnlySpan<long> numbers) =>
        new(numbers[0] == 1, (int)numbers[1], TimeSpan.FromMicroseconds(numbers[2]), TimeSpan.FromMicroseconds(numbers[3]));
}
