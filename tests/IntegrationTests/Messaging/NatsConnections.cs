using System.Collections.Concurrent;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Outbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>Every way in which a server may want to know who we are, and what is encrypted; what is refused, and how it is recovered from.</summary>
public sealed class NatsConnections(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-nats-files-");
    private readonly TestAuthority authority = new();

    public void Dispose()
    {
        authority.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Token()
    {
        await using var nats = await PrivateNats.StartNewAsync("authorization { token: open-sesame }");
        await TravelsAsync(nats.Url, ("NATS_TOKEN", "open-sesame"));
        await RefusedAsync(nats.Url, ("NATS_TOKEN", "open-barley"));
    }

    [Fact]
    public async Task User_and_password()
    {
        await using var nats = await PrivateNats.StartNewAsync("authorization { users: [ { user: ada, password: \"s3cr€t:@/\" } ] }");
        await TravelsAsync(nats.Url, ("NATS_USER", "ada"), ("NATS_PASSWORD", "s3cr€t:@/"));
        await RefusedAsync(nats.Url, ("NATS_USER", "ada"), ("NATS_PASSWORD", "wrong"));
    }

    [Fact]
    public async Task NKey()
    {
        using var user = new NatsIdentity('U');
        using var stranger = new NatsIdentity('U');
        await using var nats = await PrivateNats.StartNewAsync($"authorization {{ users: [ {{ nkey: {user.PublicKey} }} ] }}");
        await TravelsAsync(nats.Url, ("NATS_NKEY_SEED", user.Seed));
        await RefusedAsync(nats.Url, ("NATS_NKEY_SEED", stranger.Seed));
    }

    [Fact]
    public async Task Credentials_file()
    {
        using var ours = new NatsOperator();
        using var others = new NatsOperator();
        await using var nats = await PrivateNats.StartNewAsync(ours.Configuration);
        await TravelsAsync(nats.Url, ("NATS_CREDS_FILE", Write("user.creds", ours.NewCredentials())));
        await RefusedAsync(nats.Url, ("NATS_CREDS_FILE", Write("other.creds", others.NewCredentials())));
    }

    [Fact]
    public async Task Credentials_file_that_is_replaced_is_read_again()
    {
        using var ours = new NatsOperator();
        using var others = new NatsOperator();
        await using var nats = await PrivateNats.StartNewAsync(ours.Configuration);
        var file = Write("user.creds", others.NewCredentials());
        await using var queue = NewQueue(nats.Url, null, ("NATS_CREDS_FILE", file));
        await Assert.ThrowsAsync<QueueUnavailableException>(() => queue.PublishAsync([NewMessage()], default));

        Write("user.creds", ours.NewCredentials());
        await TravelsAsync(queue);
    }

    [Fact]
    public async Task Certificates_of_an_authority_that_we_are_told_of_are_believed_and_others_are_not()
    {
        await using var nats = await PrivateNats.StartNewAsync(Tls(verify: false) + "authorization { token: t }");
        var ca = Write("ca.pem", authority.Pem);
        var tls = nats.Url.Replace("nats:", "tls:", StringComparison.Ordinal);
        await TravelsAsync(tls, ("NATS_TOKEN", "t"), ("NATS_TLS_CA_FILE", ca));
        await TravelsAsync(nats.Url, ("NATS_TOKEN", "t"), ("NATS_TLS_CA_FILE", ca));
        await RefusedAsync(tls, ("NATS_TOKEN", "t"));
        using var stranger = new TestAuthority();
        await RefusedAsync(tls, ("NATS_TOKEN", "t"), ("NATS_TLS_CA_FILE", Write("stranger.pem", stranger.Pem)));
    }

    [Theory]
    [InlineData("tls:")]
    [InlineData("nats:")]
    public async Task Server_without_TLS_is_refused_where_TLS_is_configured(string scheme)
    {
        await using var nats = await PrivateNats.StartNewAsync("authorization { token: t }");
        await RefusedAsync(nats.Url.Replace("nats:", scheme, StringComparison.Ordinal), ("NATS_TOKEN", "t"), ("NATS_TLS_CA_FILE", Write("ca.pem", authority.Pem)));
    }

    [Fact]
    public async Task Server_that_wants_to_see_our_certificate_sees_it()
    {
        await using var nats = await PrivateNats.StartNewAsync(Tls(verify: true));
        var ca = ("NATS_TLS_CA_FILE", Write("ca.pem", authority.Pem));
        var (certificate, key) = authority.Issue("worker");
        await TravelsAsync(nats.Url, ca, ("NATS_TLS_CERT_FILE", Write("client.pem", certificate)), ("NATS_TLS_KEY_FILE", Write("client.key", key)));
        await RefusedAsync(nats.Url, ca);
    }

    [Fact, Trait("Promise", "N2")]
    public async Task With_wrong_credentials_messages_wait_and_are_done_once_when_the_server_accepts_them()
    {
        await using var nats = await PrivateNats.StartNewAsync("authorization { token: yesterdays }");
        await using var host = MessagingHost.On(
            database,
            async (services, _, message) =>
            {
                MessagingHost.AddEffect(services, message);
                await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
                return Consumed.Done;
            },
            settings: [("NATS_URLS", nats.Url), ("NATS_STREAM_NAME", PrivateNats.Stream), ("NATS_TOKEN", "todays")]);
        await host.EmptyAsync();
        await host.StartAsync();
        await host.AddAsync(20);
        await Eventually.HoldsAsync(() => nats.Log.Split("authentication error").Length > 4, "it was tried several times");
        Assert.Equal(20, await host.CountAsync(OutboxState.Open));

        await nats.ReloadAsync("authorization { token: todays }");
        await Eventually.HoldsAsync(async () => await host.CountAsync(OutboxState.Done) == 20, "all are done", seconds: 60);
        Assert.Equal(20, (await host.EffectsAsync()).Distinct().Count());
        Assert.Equal(20, (await host.EffectsAsync()).Length);

        // Refused while it runs, too.
        await nats.ReloadAsync("authorization { token: tomorrows }");
        await Assert.ThrowsAsync<QueueUnavailableException>(() => host.Queue.PublishAsync([NewMessage()], default));
        await host.AddAsync(5);
        await nats.ReloadAsync("authorization { token: todays }");
        await Eventually.HoldsAsync(async () => await host.CountAsync(OutboxState.Done) == 25, "the others are done", seconds: 60);
    }

    private string Tls(bool verify)
    {
        var (certificate, key) = authority.Issue("server");
        return $$"""
            tls {
              cert_file: "{{Write("server.pem", certificate)}}"
              key_file: "{{Write("server.key", key)}}"
              ca_file: "{{Write("server-ca.pem", authority.Pem)}}"
              verify: {{(verify ? "true" : "false")}}
            }

            """;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static Infrastructure.Nats.NatsQueue NewQueue(string url, ILoggerFactory? loggers, params (string, string)[] settings) =>
        PrivateNats.NewQueue([("NATS_URLS", url), ("NATS_STREAM_NAME", PrivateNats.Stream), .. settings], loggers);

    private static QueuedMessage NewMessage() => new(Guid.CreateVersion7(), Lane.Work, 1);

    private static async Task TravelsAsync(string url, params (string, string)[] settings)
    {
        await using var queue = NewQueue(url, null, settings);
        await TravelsAsync(queue);
    }

    private static async Task TravelsAsync(Infrastructure.Nats.NatsQueue queue)
    {
        var (message, delivered) = (NewMessage(), new ConcurrentQueue<Guid>());
        using var stop = new CancellationTokenSource();
        var consuming = queue.ConsumeAsync(
            Lane.Work, 1, queued =>
            {
                delivered.Enqueue(queued.Id);
                return Task.CompletedTask;
            },
            stop.Token);
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await queue.PublishAsync([message], default);
                    return true;
                }
                catch (QueueUnavailableException)
                {
                    return false;
                }
            },
            "it is taken");
        await Eventually.HoldsAsync(() => delivered.Contains(message.Id), "it is delivered");
        await stop.CancelAsync();
        await consuming;
    }

    // The reason is in the log, once, and no secret is.
    private static async Task RefusedAsync(string url, params (string Name, string Value)[] settings)
    {
        var log = new LogLines();
        using var loggers = log.Factory();
        await using var queue = NewQueue(url, loggers, settings);
        await Assert.ThrowsAsync<QueueUnavailableException>(() => queue.PublishAsync([NewMessage()], default));
        await Assert.ThrowsAsync<QueueUnavailableException>(() => queue.PublishAsync([NewMessage()], default));
        foreach (var line in log.All) TestContext.Current.TestOutputHelper?.WriteLine(line);
        Assert.Single(log.All, line => line.Contains("No connection to NATS", StringComparison.Ordinal));
        Assert.InRange(log.All.Count(line => line.Contains("Authentication error", StringComparison.Ordinal)), 0, 1);
        foreach (var (name, value) in settings)
            if (name is "NATS_TOKEN" or "NATS_PASSWORD" or "NATS_NKEY_SEED" && value.Length > 1) Assert.DoesNotContain(log.All, line => line.Contains(value, StringComparison.Ordinal));
    }
}
