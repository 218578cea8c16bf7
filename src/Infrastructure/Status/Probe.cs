using System.Diagnostics;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Application.Status;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Redis;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Status;

/// <summary>A probe that asks something and takes two seconds' silence, or any fault, for an answer.</summary>
internal sealed class Probe(string name, string mode, Func<CancellationToken, Task<IReadOnlyDictionary<string, string>?>> ask) : IComponentProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public Probe(string name, string mode, Func<CancellationToken, Task> ask) : this(name, mode, async ct =>
    {
        await ask(ct);
        return null;
    })
    {
    }

    public string Name => name;

    public async Task<ComponentStatus> ProbeAsync(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
            deadline.CancelAfter(Patience);
            var details = await ask(deadline.Token).WaitAsync(deadline.Token);
            return new ComponentStatus(ComponentState.Up, mode, Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 1), details);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            return new ComponentStatus(ComponentState.Down, mode, null, new Dictionary<string, string> { ["fault"] = fault.GetType().Name });
        }
    }
}

/// <summary>Something that cannot be asked without doing what it is for.</summary>
internal sealed class Unasked(string name, string mode) : IComponentProbe
{
    public string Name => name;

    public Task<ComponentStatus> ProbeAsync(CancellationToken ct) => Task.FromResult(new ComponentStatus(ComponentState.Unknown, mode, null));
}

internal static class StatusRegistration
{
    public static IServiceCollection AddStatus(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton<IComponentProbe>(provider => new Probe(
            ComponentStatus.Database, settings.Database.IsPostgreSql ? "postgresql" : "sqlite", ct => AskDatabaseAsync(provider, ct)));
        services.AddSingleton<IComponentProbe>(provider => new Probe("worker", settings.Nats.IsConfigured ? "processes" : "in_process", ct => CountWorkAsync(provider, ct)));
        services.AddSingleton<IComponentProbe>(provider => settings.Redis.IsConfigured
            ? new Probe("cache", "redis", ct => provider.GetRequiredService<RedisConnection>().PingAsync(ct))
            : new Probe("cache", "memory", _ => Task.CompletedTask));
        services.AddSingleton<IComponentProbe>(provider => new Probe("queue", provider.GetRequiredService<IQueue>().Mode, provider.GetRequiredService<IQueue>().PingAsync));
        services.AddSingleton<IComponentProbe>(_ => new Probe("storage", "local", ct => WriteAsync(settings.Storage.Folder(settings.App), ct)));
        // Whether a provider takes a mail or a message is known by sending one, and not before.
        services.AddSingleton<IComponentProbe>(_ => new Unasked("email", settings.SendGrid.IsConfigured ? "sendgrid" : "mailbox"));
        services.AddSingleton<IComponentProbe>(_ => new Unasked("sms", settings.Twilio.IsConfigured ? "twilio" : "mailbox"));
        return services;
    }

    private static async Task<IReadOnlyDictionary<string, string>?> AskDatabaseAsync(IServiceProvider provider, CancellationToken ct)
    {
        await using var scope = provider.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await db.Database.ExecuteSqlRawAsync("SELECT 1", ct);
        return new Dictionary<string, string> { ["provider"] = db.Database.ProviderName! };
    }

    private static async Task WriteAsync(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"probe-{Guid.CreateVersion7():N}");
        await File.WriteAllTextAsync(file, "probe", ct);
        File.Delete(file);
    }

    // Work that nobody takes for a minute means that no worker runs.
    private static async Task<IReadOnlyDictionary<string, string>?> CountWorkAsync(IServiceProvider provider, CancellationToken ct)
    {
        await using var scope = provider.CreateAsyncScope();
        var counts = await scope.ServiceProvider.GetRequiredService<IOutboxStatus>().CountAsync(ct);
        if (counts.Overdue > 0) throw new InvalidOperationException("Work is overdue.");
        return new Dictionary<string, string> { ["open"] = $"{counts.Open}", ["dead"] = $"{counts.Dead}" };
    }
}
