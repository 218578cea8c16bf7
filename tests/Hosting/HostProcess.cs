using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace GoApi.Tests.Hosting;

/// <summary>One of the hosts as a real process, which can be killed, told to stop and started again.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    private readonly string assembly;
    private readonly Dictionary<string, string> settings;
    private readonly string? shellPrefix;
    private readonly StringBuilder output = new();
    private Process? process;

    private HostProcess(string host, Dictionary<string, string> settings, string? shellPrefix)
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name; // Debug or Release, as these tests
        assembly = Path.Combine(Services.RepositoryRoot, "src", host, "bin", build, "net10.0", $"GoApi.{host}.dll");
        (this.settings, this.shellPrefix) = (settings, shellPrefix);
    }

    public HttpClient Client { get; private set; } = null!;

    public string Output
    {
        get
        {
            lock (output) return output.ToString();
        }
    }

    public bool HasExited => process!.HasExited;

    /// <param name="shellPrefix">Shell commands before the host takes the shell's place, such as a limit of the process.</param>
    public static async Task<HostProcess> StartApiAsync(IReadOnlyDictionary<string, string> settings, string? shellPrefix = null)
    {
        var port = Ports.Free();
        var host = new HostProcess("WebApi", new Dictionary<string, string>(settings) { ["APP_PORT"] = $"{port}" }, shellPrefix)
        {
            Client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(1) }) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) },
        };
        await host.StartAsync();
        return host;
    }

    public static async Task<HostProcess> StartWorkerAsync(IReadOnlyDictionary<string, string> settings)
    {
        var host = new HostProcess("Worker", new Dictionary<string, string>(settings), null);
        await host.StartAsync();
        return host;
    }

    public async Task StartAsync()
    {
        var start = shellPrefix is null ? new ProcessStartInfo("dotnet", [assembly]) : new ProcessStartInfo("bash", ["-c", $"{shellPrefix}; exec dotnet '{assembly}'"]);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, settings["DATA_PATH"]);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("DB_", StringComparison.Ordinal) || name.StartsWith("NATS_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in settings) start.Environment[name] = value;

        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        if (Client is null) await Eventually.HoldsAsync(() => Task.FromResult(Output.Contains("Application started", StringComparison.Ordinal) || Dead()), "the worker has started");
        else await Eventually.HoldsAsync(async () => Dead() || (await Client.GetAsync("/health/ready")).IsSuccessStatusCode, "the API is ready");
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is finished.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => UnixSignal.Send(process!, UnixSignal.Terminate);

    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        await process!.WaitForExitAsync(deadline.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false }) await KillAsync();
        process?.Dispose();
        Client?.Dispose();
    }

    private bool Dead() => process!.HasExited ? throw new InvalidOperationException($"The host ended with {process.ExitCode}:\n{Output}") : false;

    private void Keep(string? line)
    {
        lock (output) output.AppendLine(line);
    }
}

/// <summary>Polls with a deadline: no test waits longer than it must, and none for ever.</summary>
public static class Eventually
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, int seconds = 60)
    {
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        Exception? last = null;
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds))
        {
            try
            {
                if (await condition()) return;
            }
            catch (HttpRequestException notYet)
            {
                last = notYet;
            }

            await tick.WaitForNextTickAsync();
        }

        Assert.Fail($"Within {seconds} s it did not come about that {what}. {last?.Message}");
    }
}

public static class Accounts
{
    public const string Password = "correct-Horse-7-staple";

    public static string NewEmail() => $"u{Guid.CreateVersion7():N}@example.test";

    public static Task<HttpResponseMessage> RegisterAsync(this HttpClient client, string email) =>
        client.PostAsJsonAsync("/api/v1/users/register", new { email, password = Password, first_name = "Ada", last_name = "Lovelace" });

    public static Task<HttpResponseMessage> LogInAsync(this HttpClient client, string email) =>
        client.PostAsJsonAsync("/api/v1/users/login", new { email, password = Password });

    /// <summary>The mails that were sent to an address, as the local mailbox has them.</summary>
    public static async Task<int> CountMailsAsync(this HttpClient client, string email)
    {
        using var box = JsonDocument.Parse(await client.GetStringAsync("/dev/mailbox.json?limit=100"));
        return box.RootElement.GetProperty("data").EnumerateArray().Count(mail => mail.GetProperty("to").GetString() == email);
    }
}

public static class HostSettings
{
    /// <summary>A host for tests: cheap passwords, no limits, fast retries.</summary>
    public static Dictionary<string, string> Common(string data)
    {
        Directory.CreateDirectory(data);
        return new()
        {
            ["APP_ENV"] = "test",
            ["DATA_PATH"] = data,
            ["BCRYPT_WORK_FACTOR"] = "4",
            ["RATE_LIMIT_RPS"] = "0",
            ["RATE_LIMIT_CREDENTIALS"] = "0",
            ["SHUTDOWN_DRAIN"] = "0",
            ["NOTIFICATION_RETRY_BASE"] = "1",
        };
    }
}
