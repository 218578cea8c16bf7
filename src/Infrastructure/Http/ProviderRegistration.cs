using GoApi.Application.Abstractions.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Http;

internal static class ProviderRegistration
{
    /// <summary>An HTTP client of the provider's own, and the <see cref="ProviderCall"/> under its name.</summary>
    public static IServiceCollection AddProvider(this IServiceCollection services, string name, Func<IServiceProvider, ProviderLimits> limits)
    {
        services.AddHttpClient(name, client => client.Timeout = Timeout.InfiniteTimeSpan)
            // Shorter than the whole call, so that a connection that is not made is told apart from an answer that does not come.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            .RemoveAllLoggers();
        return services.AddKeyedSingleton(name, (provider, _) => new ProviderCall(
            provider.GetRequiredService<IHttpClientFactory>(), provider.GetRequiredService<IRateLimiter>(), provider.GetRequiredService<TimeProvider>(), limits(provider)));
    }
}
