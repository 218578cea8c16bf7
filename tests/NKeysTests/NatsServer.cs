using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace GoApi.NKeysTests;

/// <summary>A nats-server of our own, on a port that it chooses itself, with one user known by a public NKey.</summary>
internal sealed class NatsServer : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-nkeys-");
    private Process? process;

    public string Url { get; private set; } = "";

    /// <summary>Skips the test where nats-server is not installed; in CI that is a failure.</summary>
    public static async Task<NatsServer> StartAsync(string userPublicKey, CancellationToken ct)
    {
        var server = new NatsServer();
        try
        {
            await server.RunAsync(userPublicKey, ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }

        folder.Delete(recursive: true);
    }

    private async Task RunAsync(string userPublicKey, CancellationToken ct)
    {
        var configuration = Path.Combine(folder.FullName, "nats.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            listen: "127.0.0.1:-1"
            ports_file_dir: "{{folder.FullName}}"
            log_file: "{{Path.Combine(folder.FullName, "log")}}"
            authorization { users: [ { nkey: {{userPublicKey}} } ] }
            """, ct);
        try
        {
            process = Process.Start("nats-server", ["-c", configuration]);
        }
        catch (Win32Exception)
        {
            const string message = "nats-server is not installed; 'scripts/services up nats' installs it";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", message);
            Assert.Fail(message);
        }

        Url = await ReadPortsFileAsync(ct);
    }

    private async Task<string> ReadPortsFileAsync(CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            Assert.False(process!.HasExited, "nats-server ended at once");
            // The server may still be writing: then there is no whole document yet.
            if (folder.EnumerateFiles("*.ports").SingleOrDefault() is { Length: > 0 } file)
            {
                try
                {
                    using var ports = JsonDocument.Parse(await File.ReadAllBytesAsync(file.FullName, deadline.Token));
                    return ports.RootElement.GetProperty("nats")[0].GetString()!;
                }
                catch (JsonException)
                {
                }
            }

            await Task.Delay(20, deadline.Token);
        }
    }
}
