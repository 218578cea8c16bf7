using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Redis;
using GoApi.IntegrationTests.Messaging;
using GoApi.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GoApi.IntegrationTests.Redis;

/// <summary>A redis-server (or a Sentinel) of this test's own, which it may freeze, kill and start again.</summary>
internal sealed class PrivateRedis : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-redis-");
    private readonly string configuration;
    private readonly bool isSentinel;
    private Process? process;

    private PrivateRedis(int port, string configuration, bool isSentinel) => (Port, this.configuration, this.isSentinel) = (port, configuration, isSentinel);

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public (string, string)[] Settings => [("REDIS_ADDRESSES", Address)];

    private string Log => Path.Combine(folder.FullName, "log");

    /// <summary>Skips the test where Redis is not installed; in CI that is a failure.</summary>
    /// <param name="configuration">Beside where it listens; <c>PORT</c> in it is the port.</param>
    public static async Task<PrivateRedis> StartNewAsync(string? configuration = null, bool sentinel = false)
    {
        var server = NotStarted(configuration, sentinel);
        await server.StartAsync();
        return server;
    }

    /// <summary>Its address is known already.</summary>
    public static PrivateRedis NotStarted(string? configuration = null, bool sentinel = false) => new(Ports.Free(), configuration ?? "", sentinel);

    public static RedisSettings Read(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value))).Build().ReadSettings().Redis;

    /// <summary>The connection of a process that is configured like this.</summary>
    public static RedisConnection Connect((string Name, string Value)[] settings, TimeProvider? time = null, ILoggerFactory? loggers = null) =>
        new(Read(settings), time ?? TimeProvider.System, (loggers ?? LoggerFactory.Create(_ => { })).CreateLogger<RedisConnection>());

    /// <summary>One that answers already.</summary>
    public static async Task<RedisConnection> ConnectedAsync((string Name, string Value)[] settings, TimeProvider? time = null)
    {
        var connection = Connect(settings, time);
        await AnswersAsync(connection);
        return connection;
    }

    public static Task AnswersAsync(RedisConnection connection) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                await connection.PingAsync(TestContext.Current.CancellationToken);
                return true;
            }
            catch (RedisException)
            {
                return false;
            }
        },
        "Redis answers");

    public async Task StartAsync()
    {
        var listen = configuration.Contains("port PORT", StringComparison.Ordinal) ? "" : $"port {Port}";
        var file = Path.Combine(folder.FullName, "conf");
        await File.WriteAllTextAsync(file, $"""
            bind 127.0.0.1
            dir "{folder.FullName}"
            logfile "{Log}"
            {listen}
            {configuration.Replace("PORT", $"{Port}", StringComparison.Ordinal)}
            {(isSentinel ? "" : "save \"\"")}

            """);
        try
        {
            process = Process.Start(new ProcessStartInfo(isSentinel ? "redis-sentinel" : "redis-server", [file]))!;
        }
        catch (Win32Exception)
        {
            const string reason = "Redis is not installed: 'scripts/services up redis' installs it.";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
            Assert.Skip(reason);
        }

        await Eventually.HoldsAsync(ListensAsync, "redis-server listens");
    }

    /// <summary>The connections stay, and nothing is answered.</summary>
    public void Freeze() => UnixSignal.Send(process!, UnixSignal.Stop);

    public void Thaw() => UnixSignal.Send(process!, UnixSignal.Continue);

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>Another connection, for looking on.</summary>
    public Task<ConnectionMultiplexer> LookAsync() => ConnectionMultiplexer.ConnectAsync($"{Address},allowAdmin=true,tiebreaker=,configChannel=");

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await KillAsync();
        folder.Delete(recursive: true);
    }

    private async Task<bool> ListensAsync()
    {
        Assert.False(process!.HasExited, $"redis-server ended at once:\n{(File.Exists(Log) ? await File.ReadAllTextAsync(Log) : "(no log)")}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
