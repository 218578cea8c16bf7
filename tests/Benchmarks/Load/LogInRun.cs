using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace GoApi.Benchmarks.Load;

/// <summary>
/// What a log-in costs beside its hash, and what many of them do to everybody else. Of a log-in at the production's work factor the rest is
/// lost in the noise of the hash, so it is measured where the hash is cheap, and held against an expensive one taken in the same run.
/// </summary>
internal sealed class LogInRun(DirectoryInfo api, int databaseId, string data)
{
    private const int Cheap = 4;
    private const int OfProduction = 12;
    private const int AskedFor = 50;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Storm = TimeSpan.FromSeconds(10);

    public async Task RunAsync(int rounds, CancellationToken ct)
    {
        await ShowShareAsync(rounds, ct);
        await ShowStormAsync(ct);
    }

    private async Task ShowShareAsync(int rounds, CancellationToken ct)
    {
        await using var server = await ApiProcess.StartAsync(api, Path.Combine(data, "cheap"), ct, ("APP_ENV", "test"), ("BCRYPT_WORK_FACTOR", $"{Cheap}"));
        var (logIn, _) = await RegisterAsync(server, ct);
        for (var slice = 0; slice < 4; slice++) await LoadGenerator.MeasureAsync(server, databaseId, _ => _ => logIn, 4, Duration, ct);

        List<(double Beside, double Hash)> found = [];
        for (var round = 0; round < rounds; round++)
        {
            var whole = (await LoadGenerator.MeasureAsync(server, databaseId, _ => _ => logIn, 4, Duration, ct)).CpuPer1000 / 1_000;
            found.Add((whole - HashCpu(Cheap, 200), HashCpu(OfProduction, 4)));
        }

        var (beside, hash) = (found.Select(one => one.Beside).Order().ElementAt(rounds / 2), found.Select(one => one.Hash).Order().ElementAt(rounds / 2));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"A log-in takes {beside:0.00} ms of CPU beside its hash, which takes {hash:0.0} ms with a work factor of {OfProduction}: {beside / (beside + hash):P1} of it is not the hash (aim: below 5 %)."));
    }

    private async Task ShowStormAsync(CancellationToken ct)
    {
        await using var server = await ApiProcess.StartAsync(api, Path.Combine(data, "storm"), ct);
        var (logIn, token) = await RegisterAsync(server, ct);
        var me = HttpConnection.Request("GET", "/api/v1/users/me", token);
        for (var slice = 0; slice < 3; slice++) await LoadGenerator.MeasureAsync(server, databaseId, _ => _ => me, 2, Duration, ct);

        var quiet = await LoadGenerator.MeasureAsync(server, databaseId, _ => _ => me, 2, Storm, ct);
        var storm = StormAsync(server, logIn, ct);
        var during = await LoadGenerator.MeasureAsync(server, databaseId, _ => _ => me, 2, Storm, ct);
        var answers = await storm;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"/users/me, two connections: p50 {quiet.P50:0.0} ms, p99 {quiet.P99:0.0} ms; while {AskedFor} log-ins a second are asked for: p50 {during.P50:0.0} ms ({during.P50 / quiet.P50:0.0} times), p99 {during.P99:0.0} ms ({during.P99 / quiet.P99:0.0} times)."));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Of the {answers.Count} log-ins {answers.Count(one => one.Status == 200)} succeeded and {answers.Count(one => one.Status == 429)} were asked to come again, after {answers.Where(one => one.Status == 429).Select(one => one.Milliseconds).DefaultIfEmpty().Max():0} ms at most; the slowest that succeeded took {answers.Where(one => one.Status == 200).Max(one => one.Milliseconds) / 1_000:0.0} s."));
    }

    /// <returns>The request that logs somebody new in, and an access token of theirs.</returns>
    private static async Task<(byte[] LogIn, string Token)> RegisterAsync(ServerProcess server, CancellationToken ct)
    {
        var email = $"load{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}@example.test";
        using var http = new HttpClient { BaseAddress = server.Url };
        (await http.PostAsJsonAsync("/api/v1/users/register", new { email, password = Accounts.Password, first_name = "Ada", last_name = "Lovelace" }, ct)).EnsureSuccessStatusCode();
        using var answer = await http.PostAsJsonAsync("/api/v1/users/login", new { email, password = Accounts.Password }, ct);
        var json = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct);
        return (HttpConnection.Request("POST", "/api/v1/users/login", body: $$"""{"email":"{{email}}","password":"{{Accounts.Password}}"}"""), json.GetProperty("data").GetProperty("access_token").GetString()!);
    }

    // So many a second, whether earlier ones were answered or not.
    private static async Task<List<(int Status, double Milliseconds)>> StormAsync(ServerProcess server, byte[] logIn, CancellationToken ct)
    {
        List<Task<(int, double)>> sent = [];
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1) / AskedFor);
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Storm && await tick.WaitForNextTickAsync(ct);) sent.Add(OneAsync());
        return [.. await Task.WhenAll(sent)];

        async Task<(int, double)> OneAsync()
        {
            using var connection = await HttpConnection.OpenAsync(server.Url, ct);
            var began = Stopwatch.GetTimestamp();
            var (status, _) = await connection.SendAsync(logIn, ct);
            return (status, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }

    // Of this process, which does nothing else meanwhile.
    private static double HashCpu(int workFactor, int times)
    {
        var hash = BCrypt.Net.BCrypt.HashPassword(Accounts.Password, workFactor);
        BCrypt.Net.BCrypt.Verify(Accounts.Password, hash);
        using var self = Process.GetCurrentProcess();
        var before = self.TotalProcessorTime;
        for (var time = 0; time < times; time++) BCrypt.Net.BCrypt.Verify(Accounts.Password, hash);
        self.Refresh();
        return (self.TotalProcessorTime - before).TotalMilliseconds / times;
    }
}
