using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Embedded;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.WebApiTests;

public class MemoryRateLimiterTests
{
    private static readonly RateBudget FourInTwoSeconds = new(4, TimeSpan.FromSeconds(2));

    private readonly FakeTimeProvider time = new();
    private readonly MemoryRateLimiter limiter;

    public MemoryRateLimiterTests() => limiter = new MemoryRateLimiter(time);

    [Fact]
    public async Task A_whole_burst_comes_at_once_and_no_more()
    {
        for (var left = 3; left >= 0; left--)
        {
            var taken = await TakeAsync("a");
            Assert.True(taken.Allowed);
            Assert.Equal(left, taken.Remaining);
        }

        var refused = await TakeAsync("a");
        Assert.False(refused.Allowed);
        Assert.Equal(TimeSpan.FromSeconds(0.5), refused.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(2), refused.ResetAfter);
    }

    [Fact]
    public async Task One_comes_back_after_its_share_of_the_period()
    {
        await EmptyAsync("a");
        time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.True((await TakeAsync("a")).Allowed);
        Assert.False((await TakeAsync("a")).Allowed);
    }

    [Fact]
    public async Task A_refusal_costs_nothing()
    {
        await EmptyAsync("a");
        for (var more = 0; more < 10; more++) await TakeAsync("a");
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(3, (await TakeAsync("a")).Remaining);
    }

    [Fact]
    public async Task Keys_do_not_share_a_budget()
    {
        await EmptyAsync("a");

        Assert.True((await TakeAsync("b")).Allowed);
    }

    [Fact]
    public async Task Keys_that_are_full_again_are_forgotten()
    {
        for (var key = 0; key < 50; key++) await TakeAsync($"k{key}");
        Assert.Equal(50, limiter.Keys);
        time.Advance(TimeSpan.FromSeconds(11));
        await TakeAsync("a");

        Assert.Equal(1, limiter.Keys);
    }

    [Fact]
    public async Task Beyond_the_bound_new_keys_share_one_budget()
    {
        for (var key = 0; key < MemoryRateLimiter.MaxKeys; key++) await TakeAsync($"k{key}");
        for (var key = 0; key < 4; key++) Assert.True((await TakeAsync($"new{key}")).Allowed);

        Assert.False((await TakeAsync("another")).Allowed);
        Assert.True((await TakeAsync("k1")).Allowed);
        Assert.InRange(limiter.Keys, 0, MemoryRateLimiter.MaxKeys + 1);
    }

    [Fact]
    public async Task Many_at_once_get_no_more_than_the_burst()
    {
        var allowed = 0;
        await Parallel.ForAsync(0, 2_000, async (_, _) =>
        {
            if ((await limiter.TakeAsync("a", new RateBudget(100, TimeSpan.FromSeconds(1)), default)).Allowed) Interlocked.Increment(ref allowed);
        });

        Assert.Equal(100, allowed);
    }

    private ValueTask<RateDecision> TakeAsync(string key) => limiter.TakeAsync(key, FourInTwoSeconds, TestContext.Current.CancellationToken);

    private async Task EmptyAsync(string key)
    {
        for (var one = 0; one < FourInTwoSeconds.Burst; one++) Assert.True((await TakeAsync(key)).Allowed);
    }
}
