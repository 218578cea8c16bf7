using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Nats;
using GoApi.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>A nats-server with JetStream of this test's own, which it may kill, wipe, configure anew and start again.</summary>
internal sealed class PrivateNats : IAsyncDisposable
{
    public const string Token = "goapi";
    public const string Stream = "GOAPI_TEST";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-nats-");
    private readonly int port;
    private string configuration;
    private Process? process;

    private PrivateNats(int port, string configuration) => (this.port, this.configuration) = (port, configuration);

    public string Url => $"nats://127.0.0.1:{port}";

    public (string, string)[] Settings => [("NATS_URLS", Url), ("NATS_TOKEN", Token), ("NATS_STREAM_NAME", Stream)];

    /// <summary>What the server has written to its log.</summary>
    public string Log => File.ReadAllText(Path.Combine(folder.FullName, "log"));

    private string ConfigurationFile => Path.Combine(folder.FullName, "conf");

    /// <summary>Skips the test where nats-server is not installed; in CI that is a failure.</summary>
    /// <param name="configuration">Beside where it listens and stores.</param>
    public static async Task<PrivateNats> StartNewAsync(string configuration = $"authorization {{ token: {Token} }}")
    {
        var server = new PrivateNats(Ports.Free(), configuration);
        await server.StartAsync();
        return server;
    }

    /// <summary>Servers that know each other; returns when they have chosen who leads JetStream.</summary>
    public static async Task<PrivateNats[]> StartClusterAsync(int count)
    {
        var ports = Ports.Free(count * 2);
        var routes = string.Join(", ", ports[count..].Select(port => $"nats://127.0.0.1:{port}"));
        var servers = ports[..count].Select((port, index) => new PrivateNats(port, $$"""
            authorization { token: {{Token}} }
            cluster { name: goapi, listen: "127.0.0.1:{{ports[count + index]}}", routes: [{{routes}}] }
            """)).ToArray();
        await Task.WhenAll(servers.Select(server => server.StartAsync()));
        await Eventually.HoldsAsync(() => servers.Any(server => server.Log.Contains("cluster metadata leader", StringComparison.Ordinal)), "the cluster has a leader");
        return servers;
    }

    /// <summary>The queue of a process that is configured like this, and nothing around it.</summary>
    public static NatsQueue NewQueue((string Name, string Value)[] settings, ILoggerFactory? loggers = null) => new(Read(settings), loggers ?? LoggerFactory.Create(_ => { }));

    public static NatsSettings Read((string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value))).Build().ReadSettings().Nats;

    public async Task StartAsync()
    {
        await ConfigureAsync();
        try
        {
            process = Process.Start(new ProcessStartInfo("nats-server", ["-c", ConfigurationFile]))!;
        }
        catch (Win32Exception)
        {
            const string reason = "nats-server is not installed: 'scripts/services up nats' installs it.";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
            Assert.Skip(reason);
        }

        await Eventually.HoldsAsync(AnswersAsync, "nats-server listens");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>The running server takes another configuration.</summary>
    public async Task ReloadAsync(string with)
    {
        configuration = with;
        await ConfigureAsync();
        var before = Reloads();
        UnixSignal.Send(process!, UnixSignal.Hangup);
        await Eventually.HoldsAsync(() => Reloads() > before, "the configuration is taken");

        int Reloads() => Log.Split("Reloaded server configuration").Length;
    }

    public void Wipe() => Directory.Delete(Path.Combine(folder.FullName, "jetstream"), recursive: true);

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await KillAsync();
        folder.Delete(recursive: true);
    }

    private Task ConfigureAsync() => File.WriteAllTextAsync(ConfigurationFile, $$"""
        server_name: "n{{port}}"
        listen: "127.0.0.1:{{port}}"
        log_file: "{{Path.Combine(folder.FullName, "log")}}"
        jetstream { store_dir: "{{folder.FullName}}" }
        {{configuration}}
        """);

    private async Task<bool> AnswersAsync()
    {
        Assert.False(process!.HasExited, $"nats-server ended at once:\n{(File.Exists(Path.Combine(folder.FullName, "log")) ? Log : "(no log)")}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
