using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GoApi.Infrastructure.Startup;

public static class HostPreparation
{
    /// <summary>Migrates, makes the keys and the first administrator: under a lock, so that of several hosts that start at once one does it.</summary>
    /// <exception cref="InvalidConfigurationException">The host may not start like this; the message says why.</exception>
    public static async Task PrepareAsync(this IHost host, CancellationToken ct = default)
    {
        await using var exclusive = await host.Services.GetRequiredService<IDatabaseLock>().TakeAsync("startup", ct);
        for (var task = 0; ; task++)
        {
            // A scope each: the database that one task migrates is not the one that the next has a model of open.
            await using var scope = host.Services.CreateAsyncScope();
            if (scope.ServiceProvider.GetServices<IStartupTask>().ElementAtOrDefault(task) is not { } next) return;
            try
            {
                await next.RunAsync(ct);
            }
            catch (UndecryptableException lost)
            {
                throw new InvalidConfigurationException([$"ENCRYPTION_KEY: {lost.Message}"]);
            }
        }
    }
}
