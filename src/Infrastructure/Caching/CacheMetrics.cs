using System.Diagnostics.Metrics;

namespace GoApi.Infrastructure.Caching;

/// <summary>Hits and misses by kind of value: their ratio says whether remembering it is worth it.</summary>
internal sealed class CacheMetrics : IDisposable
{
    public const string MeterName = "GoApi.Caching";

    private readonly Meter meter;
    private readonly Counter<long> reads;
    private readonly Counter<long> sharedReads;

    public CacheMetrics(IMeterFactory meters)
    {
        meter = meters.Create(MeterName);
        reads = meter.CreateCounter<long>("goapi.cache.reads", "{read}", "Values asked for: those that were remembered (hit), here or in Redis, and those that were read (miss).");
        sharedReads = meter.CreateCounter<long>("goapi.cache.shared.reads", "{read}", "Values asked for in Redis, because this process had none: hit, miss, or unavailable.");
    }

    public void Read(string kind, bool isHit) => reads.Add(1, new("cache", kind), new("outcome", isHit ? "hit" : "miss"));

    public void SharedRead(string kind, string outcome) => sharedReads.Add(1, new("cache", kind), new("outcome", outcome));

    public void Dispose() => meter.Dispose();
}
