using GoApi.Infrastructure.Startup;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>What has to be there before the first request: keys, revocations, our own client.</summary>
internal sealed class OAuthStart(KeyRotation rotation, SigningKeys keys, TokenRevocations revocations, ApplicationManager applications, TimeProvider time) : IStartupTask
{
    public async Task RunAsync(CancellationToken ct)
    {
        await rotation.MaintainAsync(ct);
        await keys.LoadAsync(ct);
        await revocations.PollAsync(ct);
        await SeedAsync(ct);
    }

    private async Task SeedAsync(CancellationToken ct)
    {
        if (await applications.FindByClientIdAsync(FirstParty.ClientId, ct) is not null) return;

        var now = time.GetUtcNow();
        var client = new OAuthApplication { IsFirstParty = true, Description = "Log-in with e-mail and password at this API.", CreatedAt = now, UpdatedAt = now };
        await applications.PopulateAsync(client, new OpenIddictApplicationDescriptor
        {
            ClientId = FirstParty.ClientId,
            ClientType = ClientTypes.Public,
            ConsentType = ConsentTypes.Implicit,
            DisplayName = "First-party log-in",
            Permissions = { Permissions.Endpoints.Token, Permissions.Prefixes.GrantType + FirstParty.GrantType, Permissions.GrantTypes.RefreshToken },
        }, ct);
        await applications.CreateAsync(client, ct);
    }
}

/// <summary>Keeps what this process remembers of revocations and keys up to date.</summary>
internal sealed partial class OAuthWork(SigningKeys keys, TokenRevocations revocations, TimeProvider time, ILogger<OAuthWork> log) : BackgroundService
{
    private static readonly TimeSpan KeyInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        EveryAsync(TokenRevocations.PollInterval, "revocations", revocations.PollAsync, stoppingToken),
        EveryAsync(KeyInterval, "signing keys", keys.LoadAsync, stoppingToken),
        EveryAsync(ForgetInterval, "expired revocations", _ => revocations.ForgetAsync(), stoppingToken));

    private async Task EveryAsync(TimeSpan interval, string what, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(interval, time);
        var failing = false;
        while (await timer.WaitForNextTickAsync(ct))
        {
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
