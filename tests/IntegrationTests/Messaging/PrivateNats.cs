using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>A nats-server with JetStream of this test's own, which it may kill, wipe and start again.</summary>
internal sealed class PrivateNats : IAsyncDisposable
{
    public const string Token = "goapi";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-nats-");
    private readonly int port = FreePort();
    private Process? process;

    public string Url => $"nats://127.0.0.1:{port}";

    public (string, string)[] Settings => [("NATS_URLS", Url), ("NATS_TOKEN", Token), ("NATS_STREAM_NAME", "GOAPI_TEST")];

    /// <summary>Skips the test where nats-server is not installed; in CI that is a failure.</summary>
    public static async Task<PrivateNats> StartNewAsync()
    {
        var server = new PrivateNats();
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("nats-server", ["-a", "127.0.0.1", "-p", $"{port}", "--auth", Token, "-js", "-sd", folder.FullName, "-l", Path.Combine(folder.FullName, "log")]);
        try
        {
            process = Process.Start(start)!;
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

    public void Wipe() => Directory.Delete(Path.Combine(folder.FullName, "jetstream"), recursive: true);

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await KillAsync();
        folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(process!.HasExited, "nats-server ended at once");
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
