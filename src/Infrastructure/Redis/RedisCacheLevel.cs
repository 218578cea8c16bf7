using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Caching;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Caching.Distributed;

namespace GoApi.Infrastructure.Redis;

/// <summary>The level of the cache that all instances share: within the budget of <see cref="RedisConnection"/>, and as if it were empty while Redis is away.</summary>
internal sealed class RedisCacheLevel(RedisConnection redis, CacheMetrics metrics, DatabaseSettings database, AppSettings app) : IDistributedCache
{
    // A larger one is read faster from the database than it is moved within the budget.
    private const int MaxValue = 256 << 10;

    private static readonly byte[] None = [];
    private static readonly object Done = new();

    // Installations may share a Redis, and programs of another version have values of another shape.
    private readonly string prefix = $"goapi:cache:{Digest($"{Home(database, app)}|{typeof(ICache).Module.ModuleVersionId}|{typeof(RedisCacheLevel).Module.ModuleVersionId}")}:";

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        var answer = await redis.TryAsync(async server => (byte[]?)await server.StringGetAsync(prefix + key) ?? None);
        metrics.SharedRead(KindOf(key), answer switch { null => "unavailable", [] => "miss", _ => "hit" });
        return answer is [] ? null : answer;
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        if (value.Length > MaxValue) return;
        var life = options.AbsoluteExpirationRelativeToNow ?? options.AbsoluteExpiration - TimeProvider.System.GetUtcNow() ?? ICache.LongestLife;
        await redis.TryAsync(async server =>
        {
            await server.StringSetAsync(prefix + key, value, life);
            return Done;
        });
    }

    public async Task RemoveAsync(string key, CancellationToken token = default) => await redis.TryAsync(async server =>
    {
        await server.KeyDeleteAsync(prefix + key);
        return Done;
    });

    // Values have one life, and nobody may block a thread for them.
    public Task RefreshAsync(string key, CancellationToken token = default) => throw new NotSupportedException();

    public byte[]? Get(string key) => throw new NotSupportedException();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

    public void Refresh(string key) => throw new NotSupportedException();

    public void Remove(string key) => throw new NotSupportedException();

    // FusionCache puts the version of its format before the key.
    private static string KindOf(string key) => key.Split(':', 3)[1];

    private static string Home(DatabaseSettings database, AppSettings app) =>
        database.IsPostgreSql ? $"{database.Host}:{database.Port}/{database.Name}" : $"{Environment.MachineName}:{Path.GetFullPath(app.DataPath)}";

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
