using System.Collections.Concurrent;
using System.Globalization;
using GoApi.Application.Abstractions.Caching;
using GoApi.Infrastructure.Redis;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ZiggyCreatures.Caching.Fusion;

namespace GoApi.Infrastructure.Caching;

/// <summary>
/// FusionCache: a level in the process and, with Redis, one that all instances share. It is asked for a key with the generation of the
/// tags in it, as it was before the value was read, so nothing has to be removed anywhere when something changes (docs/decisions/0036).
/// </summary>
internal sealed class TwoLevelCache : ICache, IDisposable
{
    private const long Capacity = 64 << 20;

    // Whoever waits for the same value for longer reads it himself.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly CacheInvalidations invalidations;
    private readonly IServiceScopeFactory scopes;
    private readonly CacheMetrics metrics;
    private readonly MemoryCache memory;
    private readonly FusionCache levels;
    private readonly ConcurrentDictionary<string, FusionCacheEntryOptions> options = new(StringComparer.Ordinal);

    public TwoLevelCache(CacheInvalidations invalidations, IServiceScopeFactory scopes, CacheMetrics metrics, ILogger<FusionCache> logger, RedisCacheLevel? shared = null)
    {
        (this.invalidations, this.scopes, this.metrics) = (invalidations, scopes, metrics);
        memory = new MemoryCache(new MemoryCacheOptions { SizeLimit = Capacity });
        levels = new FusionCache(
            Options.Create(new FusionCacheOptions
            {
                DisableTagging = true,
                EnableAutoRecovery = false,
                // Who asked is told of it.
                FactoryErrorsLogLevel = LogLevel.Debug,
                MissingCacheKeyPrefixWarningLogLevel = LogLevel.None,
            }),
            memory, logger);
        if (shared is not null) levels.SetupDistributedCache(shared, new CacheJson());
    }

    public async ValueTask<T> GetOrReadAsync<TSource, T>(
        CacheKind<T> kind, string key, IReadOnlyList<string> tags, Func<TSource, CancellationToken, Task<T>> read, CancellationToken ct) where TSource : notnull
    {
        var generation = await invalidations.GenerationAsync(tags, ct);
        var isHit = true;
        var value = await levels.GetOrSetAsync<T>(
            string.Create(CultureInfo.InvariantCulture, $"{kind.Name}:{generation:x}:{key}"),
            async (entry, token) =>
            {
                isHit = false;
                await using var scope = scopes.CreateAsyncScope();
                var found = await read(scope.ServiceProvider.GetRequiredService<TSource>(), token);
                if (kind.IsKept(found)) entry.Options.Size = kind.SizeOf(found);
                else entry.Options.SkipMemoryCacheWrite = entry.Options.SkipDistributedCacheWrite = true;
                return found;
            },
            default, OptionsOf(kind), null, ct);
        metrics.Read(kind.Name, isHit);
        return value;
    }

    public void Dispose()
    {
        levels.Dispose();
        memory.Dispose();
    }

    private FusionCacheEntryOptions OptionsOf<T>(CacheKind<T> kind) => options.GetOrAdd(kind.Name, static (_, kind) => new FusionCacheEntryOptions
    {
        Duration = kind.Life <= ICache.LongestLife ? kind.Life : throw new ArgumentException($"{kind.Name} lives longer than invalidations are known.", nameof(kind)),
        Size = 1,
        LockTimeout = Patience,
        SkipDistributedCacheRead = !kind.IsShared,
        SkipDistributedCacheWrite = !kind.IsShared,
        // What was read is answered; that others get it as well can wait.
        AllowBackgroundDistributedCacheOperations = true,
        // The level has its own budget and answers nothing while Redis is away.
        ReThrowDistributedCacheExceptions = false,
    }, kind);
}
