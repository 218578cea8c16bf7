using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Signals;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Redis;

internal static class RedisRegistration
{
    /// <summary>Limits, signals and the shared level of the cache; in the process's memory where Redis is not configured.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisSettings settings)
    {
        services.AddSingleton<MemoryRateLimiter>();
        services.AddSingleton<ISignals, NoSignals>();
        if (!settings.IsConfigured) return services.AddSingleton<IRateLimiter>(provider => provider.GetRequiredService<MemoryRateLimiter>());

        services.AddSingleton<RedisConnection>();
        services.AddSingleton<RedisCacheLevel>();
        return services.AddSingleton<IRateLimiter, RedisRateLimiter>();
    }
}
