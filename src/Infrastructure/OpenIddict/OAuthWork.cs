using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Signals;
using GoApi.Infrastructure.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>What has to be there before the first request: keys, revocations, our own client.</summary>
internal sealed class OAuthStart(
    KeyRotation rotation, SigningKeys keys, TokenRevocations revocations, ApplicationManager applications, AppDbContext db, AppSettings app, TimeProvider time) : IStartupTask
{
    public async Task RunAsync(CancellationToken ct)
    {
        await rotation.MaintainAsync(ct);
        await keys.LoadAsync(ct);
        await revocations.PollAsync(ct);
        await SeedAsync(FirstParty.Client, "Log-in with e-mail and password at this API.", ct);
        await SeedAsync(DocsClient.Of(app), "The page that shows the API and tries it.", ct);
    }

    // As it is described here, whatever APP_URL was before.
    private async Task SeedAsync(OpenIddictApplicationDescriptor wanted, string description, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var known = await db.Set<OAuthApplication>().FirstOrDefaultAsync(row => row.ClientId == wanted.ClientId, ct);
        var before = new OpenIddictApplicationDescriptor();
        if (known is not null) await applications.PopulateAsync(before, known, ct);
        if (known is not null && before.RedirectUris.SetEquals(wanted.RedirectUris) && before.Permissions.SetEquals(wanted.Permissions)) return;

        var client = known ?? new OAuthApplication { IsFirstParty = true, CreatedAt = now };
        (client.Description, client.UpdatedAt) = (description, now);
        await applications.PopulateAsync(client, wanted, ct);
        if (known is null) await applications.CreateAsync(client, ct);
        else await applications.UpdateAsync(client, ct);
    }
}

/// <summary>Keeps what this process remembers of revocations and keys up to date. A signal makes it look for revocations at once; it looks without one as well.</summary>
internal sealed partial class OAuthWork(SigningKeys keys, TokenRevocations revocations, ISignals signals, TimeProvider time, ILogger<OAuthWork> log) : BackgroundService
{
    private static readonly TimeSpan KeyInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        EveryAsync(TokenRevocations.PollInterval, "revocations", revocations.PollAsync, stoppingToken, TokenRevocations.Topic),
        EveryAsync(KeyInterval, "signing keys", keys.LoadAsync, stoppingToken),
        EveryAsync(ForgetInterval, "expired revocations", _ => revocations.ForgetAsync(), stoppingToken));

    private async Task EveryAsync(TimeSpan interval, string what, Func<CancellationToken, Task> work, CancellationToken ct, string? topic = null)
    {
        using var ticks = new Ticks(interval, time);
        using var listening = topic is null ? null : signals.Listen(topic, ticks.Add);
        var failing = false;
        while (true)
        {
            await ticks.WaitAsync(ct);
            try
            {
                await work(ct);
                if (failing) Recovered(log, what);
                failing = false;
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                // One line for each outage and not two a second.
                if (!failing) Failed(log, what, fault.GetType().Name);
                failing = true;
            }
        }
    }

    [LoggerMessage(1301, LogLevel.Warning, "OAuth: {What} failed: {Fault}")]
    private static partial void Failed(ILogger log, string what, string fault);

    [LoggerMessage(1302, LogLevel.Information, "OAuth: {What} works again")]
    private static partial void Recovered(ILogger log, string what);
}
