using GoApi.Infrastructure.Signals;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.Caching;

/// <summary>Keeps what this process knows of invalidations up to date, so that nobody has to wait for it.</summary>
internal sealed partial class CacheWork(CacheInvalidations invalidations, ISignals signals, TimeProvider time, ILogger<CacheWork> logger) : BackgroundService
{
    public const string Topic = "cache";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new Ticks(CacheInvalidations.PollInterval, time);
        using var listening = signals.Listen(Topic, ticks.Add);
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await invalidations.PollAsync().WaitAsync(stoppingToken);
                if (failing) Recovered(logger);
                failing = false;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // One line for each outage and not two a second.
                if (!failing) Failed(logger, fault.GetType().Name);
                failing = true;
            }

            await ticks.WaitAsync(stoppingToken);
        }
    }

    [LoggerMessage(3010, LogLevel.Warning, "What others changed cannot be read; whoever reads from the cache asks for it himself: {Fault}")]
    private static partial void Failed(ILogger logger, string fault);

    [LoggerMessage(3011, LogLevel.Information, "What others changed is read again")]
    private static partial void Recovered(ILogger logger);
}
