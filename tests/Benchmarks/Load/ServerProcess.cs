using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace GoApi.Benchmarks.Load;

/// <summary>A server of this run's own, on a free port of loopback, and what the kernel says about it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    // USER_HZ, which the kernel has fixed at 100 for everything that it shows.
    private const double TickMilliseconds = 10;

    private readonly Process process;
    private readonly Task draining;

    private ServerProcess(Process process, Uri url, StreamWriter log)
    {
        (this.process, Url) = (process, url);
        draining = DrainAsync(log);
    }

    public Uri Url { get; }

    public TimeSpan FirstAnswer { get; private set; }

    public double CpuMilliseconds => CpuOf(process.Id);

    public long ResidentBytes => Environment.SystemPageSize * long.Parse(File.ReadAllText($"/proc/{process.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>Starts it and waits for its first answer.</summary>
    /// <param name="probe">The path that is asked; null where it answers nobody and is not waited for.</param>
    public static async Task<ServerProcess> StartAsync(
        string program, Func<Uri, IEnumerable<string>> arguments, Func<Uri, IEnumerable<KeyValuePair<string, string>>> environment, string? probe, string log, CancellationToken ct)
    {
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(log)! };
        foreach (var argument in arguments(url)) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment(url)) start.Environment[name] = value;

        var since = Stopwatch.GetTimestamp();
        var server = new ServerProcess(Process.Start(start)!, url, File.CreateText(log));
        try
        {
            using var http = new HttpClient { BaseAddress = url };
            while (probe is not null && !await AnswersAsync(http, probe, ct))
            {
                if (server.process.HasExited) throw new InvalidOperationException($"{program} does not start; see {log}.");
                if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(30)) throw new TimeoutException($"{program} does not answer; see {log}.");
                await Task.Delay(5, ct);
            }
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        server.FirstAnswer = Stopwatch.GetElapsedTime(since);
        return server;
    }

    /// <summary>Of a process and of the children that it has now.</summary>
    public static double CpuOfFamily(int id) => File.ReadAllText($"/proc/{id}/task/{id}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture)).Append(id).Sum(CpuOf);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }

        await draining;
        process.Dispose();
    }

    // Fields 14 and 15 of proc_pid_stat(5): user and system time; the name before them may hold anything but ends with a bracket.
    private static double CpuOf(int id)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * TickMilliseconds;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string probe, CancellationToken ct)
    {
        try
        {
            return (await http.GetAsync(probe, ct)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The log goes through a pipe, as it does into a container engine.
    private async Task DrainAsync(StreamWriter log)
    {
        await using (log)
        {
            var errors = process.StandardError.ReadToEndAsync();
            await process.StandardOutput.BaseStream.CopyToAsync(log.BaseStream);
            await log.WriteAsync(await errors);
        }
    }
}
