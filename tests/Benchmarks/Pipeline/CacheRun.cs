using System.Data.Common;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using GoApi.Application.Abstractions.Caching;
using GoApi.Application.Reviews;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Redis;
using GoApi.Infrastructure.Reviews;
using GoApi.Tests.Seeding;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Benchmarks.Pipeline;

/// <summary>What a read through the cache costs: found in the process, found in Redis, or read from the database, one after the other.</summary>
internal static class CacheRun
{
    private const int Keys = 2_000;
    private const int LocalHits = 1_000_000;

    // What goes to Redis is written in the background; what a busy machine could not write within the budget shows as a statement of the second line.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly CacheKind<ReviewSummary> Kind = new("benchmark", ICache.LongestLife) { IsShared = true };
    private static readonly ReviewSubject Subject = new(ManyReviews.ResourceType, ManyReviews.ResourceId);

    public static async Task<int> RunAsync()
    {
        var statements = new Statements();
        var first = await ApiHost.StartAsync(1_000, withRedis: true, services => services.AddSingleton<IInterceptor>(statements));
        await using var second = first.Twin();
        var cache = second.Services.GetRequiredService<ICache>();
        // Nothing is compiled for the first time, nor connected, while it is measured.
        for (var i = 0; i < 10_000; i++) await ReadAsync(cache, "warm");
        await FillAsync("warm");
        for (var i = 0; i < Keys; i++) await ReadAsync(cache, $"warm-{i}");

        Console.WriteLine($"{(ApiHost.OnPostgreSql ? "PostgreSQL" : "SQLite")}, {(ApiHost.HasRedis ? "Redis" : "no Redis: the second line is a read too")}");
        Console.WriteLine($"{"",-24} {"ns",12} {"bytes",10} {"Redis",8} {"database",9}");
        await MeasureAsync("found in the process", LocalHits, _ => ReadAsync(cache, "warm"));
        await FillAsync("key");
        await MeasureAsync("found in Redis", Keys, i => ReadAsync(cache, $"key-{i}"));
        await MeasureAsync("read", Keys, i => ReadAsync(cache, $"new-{i}"));
        await second.DisposeAsync();
        await first.DropAsync();
        return 0;

        async Task FillAsync(string name)
        {
            var before = await SizeAsync(first.Services);
            for (var i = 0; i < Keys; i++) await ReadAsync(first.Services.GetRequiredService<ICache>(), $"{name}-{i}");
            for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Patience && await SizeAsync(first.Services) < before + Keys;) await Task.Yield();
        }

        async Task MeasureAsync(string what, int times, Func<int, ValueTask<ReviewSummary>> read)
        {
            using var redis = new SharedReads();
            GC.Collect();
            var (before, allocated, started) = (statements.Count, GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
            for (var i = 0; i < times; i++) await read(i);
            var (elapsed, bytes) = (Stopwatch.GetElapsedTime(started), GC.GetTotalAllocatedBytes(precise: true) - allocated);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what,-24} {elapsed.TotalNanoseconds / times,12:N0} {(double)bytes / times,10:N0} {(double)redis.Count / times,8:0.00} {(double)(statements.Count - before) / times,9:0.00}"));
        }
    }

    private static ValueTask<ReviewSummary> ReadAsync(ICache cache, string key) =>
        cache.GetOrReadAsync(Kind, key, ["reviews:benchmark"], static (ReviewQueries reviews, CancellationToken ct) => reviews.SummariseAsync(Subject, ct), default);

    /// <returns>Keys in Redis; where there is none, more than anybody waits for.</returns>
    private static async Task<long> SizeAsync(IServiceProvider services) => ApiHost.HasRedis
        ? (long)(await (await services.GetRequiredService<RedisConnection>().OpenAsync()).GetDatabase(services.GetRequiredService<RedisSettings>().Database).ExecuteAsync("DBSIZE"))
        : long.MaxValue / 2;

    private sealed class Statements : DbCommandInterceptor
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            // The background has its own statements.
            if (command.CommandText.Contains("reviews", StringComparison.Ordinal)) Interlocked.Increment(ref count);
            return ValueTask.FromResult(result);
        }
    }

    private sealed class SharedReads : IDisposable
    {
        private readonly MeterListener listener = new();
        private long count;

        public SharedReads()
        {
            listener.InstrumentPublished = (instrument, all) =>
            {
                if (instrument is { Name: "goapi.cache.shared.reads", Meter.Name: CacheMetrics.MeterName }) all.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref count, value));
            listener.Start();
        }

        public long Count => Volatile.Read(ref count);

        public void Dispose() => listener.Dispose();
    }
}
