using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GoApi.Tests.Hosting;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>A set of services of this test's own, which it may stop, kill and wipe without disturbing anybody.</summary>
public sealed class PrivateServices : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("goapi-faults-").FullName;
    private readonly Dictionary<string, string> ports;

    private PrivateServices()
    {
        // Asked for together, so that none is given twice.
        var listeners = Enumerable.Range(0, 8).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var free = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        ports = new()
        {
            ["GOAPI_SERVICES_DIR"] = folder,
            ["GOAPI_PG_PORT"] = $"{free[0]}",
            ["GOAPI_NATS_PORT"] = $"{free[1]}",
            ["GOAPI_NATS_MONITOR_PORT"] = $"{free[2]}",
            ["GOAPI_REDIS_PORT"] = $"{free[3]}",
            ["GOAPI_REDIS_REPLICA_PORT"] = $"{free[4]}",
            ["GOAPI_SENTINEL_PORTS"] = $"{free[5]} {free[6]} {free[7]}",
        };
    }

    /// <summary>The configuration of a host that uses them, with a local data folder of its own.</summary>
    public Dictionary<string, string> Settings => new(HostSettings.Common(Path.Combine(folder, "data")))
    {
        ["DB_HOST"] = "127.0.0.1",
        ["DB_PORT"] = ports["GOAPI_PG_PORT"],
        ["DB_USER"] = "goapi",
        ["DB_PASSWORD"] = "goapi",
        ["DB_NAME"] = "goapi",
        ["DB_SSLMODE"] = "disable",
        ["NATS_URLS"] = $"nats://127.0.0.1:{ports["GOAPI_NATS_PORT"]}",
        ["NATS_TOKEN"] = "goapi",
    };

    /// <summary>With these, the hosts use Redis too, where it was started.</summary>
    public Dictionary<string, string> SettingsWithRedis => new(Settings) { ["REDIS_ADDRESSES"] = $"127.0.0.1:{ports["GOAPI_REDIS_PORT"]}", ["REDIS_PASSWORD"] = "goapi" };

    public static async Task<PrivateServices> StartAsync(params string[] more)
    {
        var services = new PrivateServices();
        var (exitCode, output) = await TryAsync(services, ["up", "postgres", "nats", .. more]);
        if (exitCode == 0) return services;

        // A machine without them skips; for CI that is a failure.
        Directory.Delete(services.folder, recursive: true);
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(output);
        Assert.Skip(output);
        throw new UnreachableException();
    }

    public async Task RunAsync(params string[] arguments)
    {
        var (exitCode, output) = await TryAsync(this, arguments);
        Assert.True(exitCode == 0, $"scripts/services {string.Join(' ', arguments)}: {output}");
    }

    private static async Task<(int ExitCode, string Output)> TryAsync(PrivateServices services, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Services.RepositoryRoot, "scripts", "services"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in services.ports) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down", "--wipe");
        Directory.Delete(folder, recursive: true);
    }
}
