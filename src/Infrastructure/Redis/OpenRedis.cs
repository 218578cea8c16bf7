using GoApi.Infrastructure.Startup;

namespace GoApi.Infrastructure.Redis;

/// <summary>So that the first requests need not go on without it. A Redis that is not there is waited for no longer than this, and found later.</summary>
internal sealed class OpenRedis(RedisConnection redis, TimeProvider time) : IStartupTask
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public Task RunAsync(CancellationToken ct) => Task.WhenAny(redis.OpenAsync(), Task.Delay(Patience, time, ct));
}
