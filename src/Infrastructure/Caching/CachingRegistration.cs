using GoApi.Application.Abstractions.Caching;
using GoApi.Infrastructure.BackgroundWork;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Caching;

internal static class CachingRegistration
{
    public static IServiceCollection AddCaching(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<CacheMetrics>();
        services.AddSingleton<CacheInvalidations>();
        services.AddSingleton<IInterceptor, CacheInvalidationInterceptor>();
        services.AddSingleton<ICache, TwoLevelCache>();
        services.AddScoped<IRetention, CacheInvalidationRetention>();
        services.AddHostedService<CacheWork>();
        return services;
    }
}
