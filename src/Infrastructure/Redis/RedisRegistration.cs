using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Redis;

internal static class RedisRegistration
{
    public static IServiceCollection AddRateLimiter(this IServiceCollection services, RedisSettings settings)
    {
        services.AddSingleton<MemoryRateLimiter>();
        if (!settings.IsConfigured) return services.AddSingleton<IRateLimiter>(provider => provider.GetRequiredService<MemoryRateLimiter>());

        services.AddSingleton<RedisConnection>();
        return services.AddSingleton<IRateLimiter, RedisRateLimiter>();
    }
}
