using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GoApi.Application.Abstractions.Caching;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Caching;

public abstract class Remembering(DatabaseFixture database) : CacheTest(database)
{
    [Fact]
    public async Task What_was_read_once_is_not_read_again()
    {
        await PublishAsync(3);
        Assert.Equal((3, 3, 1), (await First.RatingAsync(), await First.RatingAsync(), First.Reads));
    }

    [Fact]
    public async Task Of_a_hundred_callers_at_once_one_reads()
    {
        await PublishAsync(3);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var callers = Enumerable.Range(0, 100).Select(_ => Task.Run(() => First.RatingAsync(() => open.Task))).ToArray();
        await Eventually.HoldsAsync(() => First.Reads > 0, "somebody reads");
        open.SetResult();

        Assert.All(await Task.WhenAll(callers), rating => Assert.Equal(3, rating));
        Assert.Equal(1, First.Reads);
    }

    [Fact]
    public async Task A_read_that_fails_fails_for_its_caller_and_leaves_nothing()
    {
        await PublishAsync(3);

        await Assert.ThrowsAsync<TimeoutException>(() => First.RatingAsync(() => throw new TimeoutException()));

        Assert.Equal((3, 2), (await First.RatingAsync(), First.Reads));
    }

    [Fact]
    public async Task What_is_not_there_is_remembered_where_that_is_wanted_only()
    {
        var (reads, forgetful, thorough) = (0, new CacheKind<string?>("test.forgetful", TimeSpan.FromMinutes(5)), new CacheKind<string?>("test.thorough", TimeSpan.FromMinutes(5)) { IsKept = _ => true });

        Assert.Null(await ReadAsync(forgetful));
        Assert.Null(await ReadAsync(forgetful));
        Assert.Equal(2, reads);

        Assert.Null(await ReadAsync(thorough));
        Assert.Null(await ReadAsync(thorough));
        Assert.Equal(3, reads);

        ValueTask<string?> ReadAsync(CacheKind<string?> kind) => First.Cache.GetOrReadAsync(kind, Resource, [Tag], (AppDbContext _, CancellationToken _) => Task.FromResult(++reads < 0 ? "" : null), Ct);
    }

    [Fact]
    public async Task Hits_and_misses_are_counted_by_kind()
    {
        await PublishAsync(3);
        var (counted, meters) = (new ConcurrentQueue<(object? Kind, object? Outcome)>(), First.Services.GetRequiredService<IMeterFactory>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (instrument is { Name: "goapi.cache.reads", Meter.Name: CacheMetrics.MeterName } && instrument.Meter.Scope == meters) all.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Enqueue((tags[0].Value, tags[1].Value)));
        listener.Start();

        for (var i = 0; i < 3; i++) await First.RatingAsync();

        Assert.Equal([("test.local", "miss"), ("test.local", "hit"), ("test.local", "hit")], counted.ToArray());
    }

    [Fact]
    public async Task A_value_lives_no_longer_than_its_kind_and_none_longer_than_invalidations_are_known()
    {
        var (reads, brief) = (0, new CacheKind<string>("test.brief", TimeSpan.FromMilliseconds(100)));
        await ReadAsync(brief);
        await Eventually.HoldsAsync(async () => await ReadAsync(brief) > 1, "it is read again");

        await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(new CacheKind<string>("test.eternal", ICache.LongestLife + TimeSpan.FromTicks(1))));

        async Task<int> ReadAsync(CacheKind<string> kind)
        {
            await First.Cache.GetOrReadAsync(kind, Resource, [Tag], (AppDbContext _, CancellationToken _) => Task.FromResult($"{++reads}"), Ct);
            return reads;
        }
    }
}

public sealed class RememberingOnSqlite(SqliteDatabase database) : Remembering(database), IClassFixture<SqliteDatabase>;

public sealed class RememberingOnPostgreSql(PostgreSqlDatabase database) : Remembering(database), IClassFixture<PostgreSqlDatabase>;
