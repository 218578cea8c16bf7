using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Redis;
using GoApi.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace GoApi.IntegrationTests.Caching;

/// <summary>The level that instances share, on the real Redis.</summary>
public sealed class SharedThroughRedis(PostgreSqlDatabase database) : CacheTest(database, Redis), IClassFixture<PostgreSqlDatabase>
{
    private readonly PostgreSqlDatabase database = database;

    private static (string, string)[] Redis => [.. Services.Settings.Where(pair => pair.Key.StartsWith("REDIS_", StringComparison.Ordinal)).Select(pair => (pair.Key, pair.Value))];

    [Fact]
    public async Task Another_instance_gets_a_value_without_asking_the_database()
    {
        await PublishAsync(3);
        await First.RatingAsync(isShared: true);
        await Eventually.HoldsAsync(async () => (await KeysAsync()).Length == 1, "it is in Redis");

        Assert.Equal((3, 0), (await Second.RatingAsync(isShared: true), Second.Reads));
    }

    [Fact]
    public async Task What_is_not_shared_is_not_in_Redis()
    {
        await PublishAsync(3);
        await First.RatingAsync();
        await First.RatingAsync(isShared: true);
        await Eventually.HoldsAsync(async () => (await KeysAsync()).Length > 0, "what is shared is in Redis");

        Assert.Contains("test.shared", Assert.Single(await KeysAsync()), StringComparison.Ordinal);
        Assert.Equal((3, 1), (await Second.RatingAsync(), Second.Reads));
    }

    [Fact]
    public async Task What_was_read_before_a_change_is_not_taken_from_Redis_after_it()
    {
        var id = await PublishAsync(3);
        await First.RatingAsync(isShared: true);
        await Eventually.HoldsAsync(async () => (await KeysAsync()).Length == 1, "it is in Redis");

        await RateAsync(id, 5);

        // The second instance asks for the first time, and knows of the change.
        Assert.Equal((5, 1), (await Second.RatingAsync(isShared: true), Second.Reads));
        Assert.Equal(5, await First.RatingAsync(isShared: true));
    }

    [Fact]
    public async Task A_flushed_Redis_costs_a_read_and_nothing_else()
    {
        await PublishAsync(3);
        await First.RatingAsync(isShared: true);
        await Eventually.HoldsAsync(async () => (await KeysAsync()).Length == 1, "it is in Redis");
        await DeleteAsync();

        Assert.Equal((3, 1), (await Second.RatingAsync(isShared: true), Second.Reads));
        Assert.Equal((3, 1), (await First.RatingAsync(isShared: true), First.Reads));
    }

    [Fact, Trait("Promise", "N6")]
    public async Task Without_Redis_each_instance_reads_for_itself_and_waits_for_nothing()
    {
        await PublishAsync(3);
        // It takes connections and says nothing, which is worse than one that refuses them; the budget is one of real time.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var host = database.NewHost(services => services.AddSingleton(TimeProvider.System), settings: [("REDIS_ADDRESSES", $"{silent.LocalEndpoint}"), ("REDIS_USE_SENTINEL", "false")]);
        var alone = new Reader(host, Resource);
        await alone.Invalidations.PollAsync();

        var started = Stopwatch.GetTimestamp();
        Assert.Equal((3, 3, 1), (await alone.RatingAsync(isShared: true), await alone.RatingAsync(isShared: true), alone.Reads));
        // Its own patience is three times as long.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Values_come_back_as_they_were()
    {
        var json = new CacheJson();
        var review = new ReviewDto { Id = Guid.CreateVersion7(), ResourceType = "product", ResourceId = "42", AuthorName = "Ada", Content = "Fine", Status = ReviewStatus.Approved, ReportCount = 2, CreatedAt = Time.GetUtcNow(), Version = 7 };
        Assert.Equal(review, json.Deserialize<ReviewDto>(json.Serialize(review)));

        var summary = json.Deserialize<ReviewSummary>(json.Serialize(new ReviewSummary(2, 4.50m, new Dictionary<string, int> { ["4"] = 1, ["5"] = 1 })))!;
        Assert.Equal((2, "4.50", 1), (summary.Count, summary.Average?.ToString(System.Globalization.CultureInfo.InvariantCulture), summary.Histogram["5"]));
    }

    private async Task<string[]> KeysAsync() => await WithRedisAsync(async server =>
    {
        List<string> keys = [];
        foreach (var endpoint in server.Multiplexer.GetEndPoints().Where(endpoint => !server.Multiplexer.GetServer(endpoint).IsReplica))
            await foreach (var key in server.Multiplexer.GetServer(endpoint).KeysAsync(server.Database, $"goapi:cache:*{Resource}"))
                keys.Add(key!);
        return keys.ToArray();
    });

    private async Task DeleteAsync()
    {
        var keys = await KeysAsync();
        await WithRedisAsync(async server => (object)await server.KeyDeleteAsync([.. keys.Select(key => (RedisKey)key)]));
    }

    private async Task<T> WithRedisAsync<T>(Func<IDatabase, Task<T>> work) where T : class
    {
        // A connection of its own: the first answer of a cold one may take longer than the budget.
        await using var redis = ActivatorUtilities.CreateInstance<RedisConnection>(First.Services, TimeProvider.System);
        await redis.PingAsync(Ct);
        var answer = new TaskCompletionSource<T>();
        await redis.TryAsync<object>(async server =>
        {
            answer.SetResult(await work(server));
            return answer;
        });
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
