using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace GoApi.IntegrationTests.Redis;

/// <summary>Two instances, each with a connection of its own, and one Redis. Their own time stands still: nothing is given up on.</summary>
public sealed class SharedLimits : IAsyncLifetime
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider time = new();
    private PrivateRedis server = null!;
    private RedisConnection[] connections = null!;
    private MemoryRateLimiter[] alone = null!;
    private RedisRateLimiter[] limiters = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await PrivateRedis.StartNewAsync();
        connections = [await PrivateRedis.ConnectedAsync(server.Settings, time), await PrivateRedis.ConnectedAsync(server.Settings, time)];
        alone = [new MemoryRateLimiter(time), new MemoryRateLimiter(time)];
        limiters = [.. connections.Zip(alone, (connection, memory) => new RedisRateLimiter(connection, memory))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in connections) await connection.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Of_many_attempts_at_once_at_two_instances_as_many_are_allowed_as_one_would_allow()
    {
        const int burst = 400;
        var decisions = await Task.WhenAll(limiters.SelectMany(limiter => Enumerable.Range(0, 500).Select(_ => limiter.TakeAsync("a", new RateBudget(burst, Hour), Ct).AsTask())));

        Assert.InRange(decisions.Count(decision => decision.Allowed), burst, burst * 1.05);
        Assert.Equal(burst, decisions.Where(decision => decision.Allowed).Select(decision => decision.Remaining).Distinct().Count());
        Assert.All(alone, memory => Assert.Equal(0, memory.Keys));
    }

    [Fact]
    public async Task A_burst_and_no_more_with_the_same_numbers_as_in_memory()
    {
        var (budget, memory) = (new RateBudget(3, Hour), new MemoryRateLimiter(time));
        for (var request = 0; request < 5; request++)
        {
            var (shared, own) = (await limiters[request % 2].TakeAsync("a", budget, Ct), await memory.TakeAsync("a", budget, Ct));
            Assert.Equal((own.Allowed, own.Remaining), (shared.Allowed, shared.Remaining));
            Assert.InRange(shared.ResetAfter, own.ResetAfter - TimeSpan.FromMinutes(1), own.ResetAfter);
            Assert.InRange(shared.RetryAfter, own.RetryAfter - TimeSpan.FromMinutes(1), own.RetryAfter);

            var (peeked, known) = (await limiters[0].PeekAsync("a", budget, Ct), await memory.PeekAsync("a", budget, Ct));
            Assert.Equal((known.Allowed, known.Remaining), (peeked.Allowed, peeked.Remaining));
        }
    }

    [Fact]
    public async Task One_comes_back_after_its_share_of_the_period()
    {
        var budget = new RateBudget(100, TimeSpan.FromSeconds(2));
        while ((await limiters[0].TakeAsync("a", budget, Ct)).Allowed)
        {
        }

        await Eventually.HoldsAsync(async () => (await limiters[1].TakeAsync("a", budget, Ct)).Allowed, "one has come back", seconds: 2);
    }

    [Fact]
    public async Task Two_budgets_are_asked_in_one_round_trip_and_the_second_only_where_the_first_allows()
    {
        var (wide, narrow) = (new RateClaim("wide", new RateBudget(3, Hour)), new RateClaim("narrow", new RateBudget(2, Hour)));
        await using var look = await server.LookAsync();
        await limiters[0].PeekAsync("a", wide.Budget, Ct);
        var (before, _) = await CallsAsync(look);

        List<(bool, int, bool?, int?)> seen = [];
        for (var request = 0; request < 4; request++)
        {
            var (first, second) = await limiters[0].TakeAsync(wide, narrow, Ct);
            seen.Add((first.Allowed, first.Remaining, second?.Allowed, second?.Remaining));
        }

        Assert.Equal([(true, 2, true, 1), (true, 1, true, 0), (true, 0, false, 0), (false, 0, null, null)], seen);
        Assert.Equal(before + 4, (await CallsAsync(look)).Calls);
        // The same in memory.
        var memory = new MemoryRateLimiter(time);
        foreach (var expected in seen)
        {
            var (first, second) = await memory.TakeAsync(wide, narrow, Ct);
            Assert.Equal(expected, (first.Allowed, first.Remaining, second?.Allowed, second?.Remaining));
        }
    }

    [Fact]
    public async Task The_script_is_sent_once_and_again_where_the_server_has_lost_it()
    {
        await using var look = await server.LookAsync();
        for (var request = 0; request < 100; request++) await limiters[0].TakeAsync("a", new RateBudget(1_000, Hour), Ct);
        // The first call brings it, and leaves it there.
        var (calls, sent) = await CallsAsync(look);
        Assert.Equal(99, calls);
        Assert.InRange(sent, 1, 2);

        // A replica that has become the master may have neither keys nor scripts.
        await look.GetServer(server.Address).ExecuteAsync("SCRIPT", "FLUSH");
        await look.GetServer(server.Address).ExecuteAsync("FLUSHALL");
        Assert.Equal(999, (await limiters[0].TakeAsync("a", new RateBudget(1_000, Hour), Ct)).Remaining);
        Assert.Equal(998, (await limiters[1].TakeAsync("a", new RateBudget(1_000, Hour), Ct)).Remaining);
        Assert.All(alone, memory => Assert.Equal(0, memory.Keys));
    }

    [Fact]
    public async Task A_key_is_forgotten_when_its_budget_is_whole_again()
    {
        await using var look = await server.LookAsync();
        await limiters[0].TakeAsync("a", new RateBudget(10, TimeSpan.FromSeconds(100)), Ct);
        Assert.InRange((await look.GetDatabase().KeyTimeToLiveAsync("goapi:limit:a"))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
    }

    private async Task<(long Calls, long ScriptsSent)> CallsAsync(ConnectionMultiplexer look)
    {
        var statistics = (await look.GetServer(server.Address).InfoAsync("commandstats")).Single()
            .ToDictionary(line => line.Key, line => long.Parse(line.Value.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture));
        return (statistics.GetValueOrDefault("cmdstat_evalsha"), statistics.GetValueOrDefault("cmdstat_eval") + statistics.GetValueOrDefault("cmdstat_script|load"));
    }
}
