using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GoApi.Tests.Hosting;
using Npgsql;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>A set of services of this test's own, which it may stop, kill and wipe without disturbing anybody.</summary>
public sealed class PrivateServices : IAsyncDisposable
{
    private readonly Dictionary<string, string> ports;

    private PrivateServices()
    {
        var free = Ports.Free(8);
        ports = new()
        {
            ["GOAPI_SERVICES_DIR"] = Folder,
            ["GOAPI_PG_PORT"] = $"{free[0]}",
            ["GOAPI_NATS_PORT"] = $"{free[1]}",
            ["GOAPI_NATS_MONITOR_PORT"] = $"{free[2]}",
            ["GOAPI_REDIS_PORT"] = $"{free[3]}",
            ["GOAPI_REDIS_REPLICA_PORT"] = $"{free[4]}",
            ["GOAPI_SENTINEL_PORTS"] = $"{free[5]} {free[6]} {free[7]}",
        };
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("goapi-faults-").FullName;

    /// <summary>What scripts find them by.</summary>
    public IReadOnlyDictionary<string, string> Variables => ports;

    /// <summary>The configuration of a host that uses them, with a local data folder of its own.</summary>
    public Dictionary<string, string> Settings => new(HostSettings.Common(Path.Combine(Folder, "data")))
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
        var (exitCode, output) = await RunScriptAsync("services", services.ports, ["up", "postgres", "nats", .. more]);
        if (exitCode == 0) return services;

        Directory.Delete(services.Folder, recursive: true);
        SkipOrFail(output);
        throw new UnreachableException();
    }

    public async Task RunAsync(params string[] arguments)
    {
        var (exitCode, output) = await RunScriptAsync("services", ports, arguments);
        Assert.True(exitCode == 0, $"scripts/services {string.Join(' ', arguments)}: {output}");
    }

    /// <summary>Past the hosts; the caller closes it.</summary>
    public async Task<NpgsqlConnection> OpenDatabaseAsync(string? name = null)
    {
        var settings = Settings;
        var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = settings["DB_HOST"],
            Port = int.Parse(settings["DB_PORT"], CultureInfo.InvariantCulture),
            Username = settings["DB_USER"],
            Password = settings["DB_PASSWORD"],
            Database = name ?? settings["DB_NAME"],
            Pooling = false,
        }.ConnectionString);
        await database.OpenAsync();
        return database;
    }

    /// <summary>What one of the two Redis servers says to commands, one after the other.</summary>
    public async Task<string> AskRedisAsync(string name, params string[] commands)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, int.Parse(ports[name == "redis" ? "GOAPI_REDIS_PORT" : "GOAPI_REDIS_REPLICA_PORT"], CultureInfo.InvariantCulture));
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(commands.Prepend("AUTH goapi").Append("QUIT").Select(command => command + "\r\n"))));
        using var answer = new StreamReader(stream);
        return await answer.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down", "--wipe");
        Directory.Delete(Folder, recursive: true);
    }

    // A machine without them skips; for CI that is a failure.
    internal static void SkipOrFail(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        Assert.Skip(reason);
    }

    internal static async Task<(int ExitCode, string Output)> RunScriptAsync(string name, IReadOnlyDictionary<string, string> variables, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Services.RepositoryRoot, "scripts", name), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in variables) start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
