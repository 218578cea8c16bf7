using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Signals;
using GoApi.Infrastructure.Startup;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Redis;

internal static class RedisRegistration
{
    /// <summary>Limits, signals and the shared level of the cache; in the process's memory where Redis is not configured.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisSettings settings)
    {
        services.AddSingleton<MemoryRateLimiter>();
        if (!settings.IsConfigured)
            return services.AddSingleton<ISignals, NoSignals>().AddSingleton<IRateLimiter>(provider => provider.GetRequiredService<MemoryRateLimiter>());

        services.AddSingleton<RedisConnection>();
        services.AddSingleton<RedisCacheLevel>();
        services.AddScoped<IStartupTask, OpenRedis>();
        services.AddSingleton<IStartupFilter, RedisRequests>();
        return services.AddSingleton<ISignals, RedisSignals>().AddSingleton<IRateLimiter, RedisRateLimiter>();
    }
}
