using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Redis;
using GoApi.IntegrationTests.Messaging;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace GoApi.IntegrationTests.Redis;

/// <summary>A Redis that keeps its connections and answers nothing (SIGSTOP). The time that is waited is the test's.</summary>
[Trait("Promise", "N6")]
public sealed class Freezing : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private PrivateRedis server = null!;
    private RedisConnection redis = null!;

    public async ValueTask InitializeAsync()
    {
        server = await PrivateRedis.StartNewAsync();
        redis = await PrivateRedis.ConnectedAsync(server.Settings, time);
    }

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_call_waits_for_the_budget_and_after_a_few_none_waits_any_more()
    {
        server.Freeze();
        for (var call = 0; call < RedisCircuit.Failures; call++) await TimesOutAsync();

        Assert.True(Ask().IsCompletedSuccessfully);
        Assert.Null(await Ask());
    }

    [Fact]
    public async Task Many_at_once_wait_for_the_budget_once_and_their_commands_end()
    {
        server.Freeze();
        var calls = Enumerable.Range(0, RedisConnection.MaxInFlight).Select(_ => Ask()).ToArray();
        Assert.Equal(RedisConnection.MaxInFlight, redis.InFlight);
        // One more has no place, and does not wait.
        Assert.Null(await Ask());

        time.Advance(RedisConnection.Budget);
        Assert.All(await Task.WhenAll(calls), Assert.Null);
        Assert.True(Ask().IsCompletedSuccessfully);
        // Nobody waits for them; the library gives up on them within seconds of its own time.
        await Eventually.HoldsAsync(() => redis.InFlight == 0, "what was given up on is forgotten");
    }

    [Fact]
    public async Task All_calls_of_a_request_together_wait_for_the_budget()
    {
        redis.BeginRequest();
        server.Freeze();
        var first = Ask();
        time.Advance(RedisConnection.Budget / 2);
        Assert.False(first.IsCompleted);
        time.Advance(RedisConnection.Budget / 2);
        Assert.Null(await first);

        // The circuit is closed yet.
        Assert.True(Ask().IsCompletedSuccessfully);
        redis.BeginRequest();
        Assert.False(Ask().IsCompleted);
    }

    [Fact]
    public async Task One_call_after_each_pause_tries_and_its_answer_brings_everybody_back()
    {
        server.Freeze();
        for (var call = 0; call < RedisCircuit.Failures; call++) await TimesOutAsync();
        time.Advance(RedisCircuit.Pause);

        await TimesOutAsync(() => Assert.True(Ask().IsCompletedSuccessfully));
        Assert.True(Ask().IsCompletedSuccessfully);

        server.Thaw();
        time.Advance(RedisCircuit.Pause);
        var restored = 0;
        redis.Restored += () => restored++;
        Assert.NotNull(await Ask());
        Assert.Equal(1, restored);
        Assert.NotNull((await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Ask()))).Min());
    }

    [Fact]
    public async Task Limits_are_the_instances_own_meanwhile_and_shared_again_after_it()
    {
        var (budget, alone) = (new RateBudget(3, TimeSpan.FromHours(1)), new MemoryRateLimiter(time));
        var limiter = new RedisRateLimiter(redis, alone);
        for (var left = 2; left >= 0; left--) Assert.Equal((true, left), await TakeAsync());
        Assert.Equal((false, 0), await TakeAsync());

        server.Freeze();
        var first = TakeAsync();
        for (var call = 1; call < RedisCircuit.Failures; call++) await TimesOutAsync();
        Assert.Equal((true, 2), await first);
        Assert.Equal((true, 1), await TakeAsync());
        Assert.Equal((true, 0), await TakeAsync());
        Assert.Equal((false, 0), await TakeAsync());

        server.Thaw();
        time.Advance(RedisCircuit.Pause);
        Assert.Equal((false, 0), await TakeAsync());
        Assert.Equal(3, alone.Keys + 2);

        async Task<(bool, int)> TakeAsync()
        {
            var taken = await limiter.TakeAsync("a", budget, TestContext.Current.CancellationToken);
            return (taken.Allowed, taken.Remaining);
        }
    }

    [Fact]
    public async Task A_server_that_is_gone_costs_no_wait_and_is_found_when_it_is_back()
    {
        await server.KillAsync();
        await Eventually.HoldsAsync(async () => await Ask() is null, "it is seen that the connection is gone");
        Assert.True(Ask().IsCompletedSuccessfully);

        await server.StartAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                time.Advance(RedisCircuit.Pause);
                return await Ask() is not null;
            },
            "it answers again");
    }

    private Task<string?> Ask() => redis.TryAsync(async database =>
    {
        await database.PingAsync();
        return "answered";
    }).AsTask();

    private async Task TimesOutAsync(Action? meanwhile = null)
    {
        var call = Ask();
        Assert.False(call.IsCompleted);
        meanwhile?.Invoke();
        time.Advance(RedisConnection.Budget);
        Assert.Null(await call);
    }
}
