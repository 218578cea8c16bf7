using System.Globalization;
using GoApi.Benchmarks.Bare;
using GoApi.Tests.Seeding;
using Npgsql;

namespace GoApi.Benchmarks.Load;

internal sealed class LoadRun(string api, int databaseId, string data)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);
    private static readonly string[] ServiceSettings = ["DB_HOST", "REDIS_ADDRESSES", "NATS_URLS"];

    public async Task RunAsync(int reviews, int rounds, TimeSpan duration, string? only, CancellationToken ct)
    {
        await ShowStartAsync(ct);
        await using var services = await StartApiAsync("services", [], ct);
        await FillAsync(reviews, ct);
        await using var bare = await ServerProcess.StartAsync(
            typeof(LoadRun).Assembly.Location, url => ["bare", url.ToString()], _ => [], "/health", Path.Combine(data, "bare.log"), ct);

        var accounts = await Accounts.MakeAsync(services.Url, ct);
        var scenarios = Scenarios.All(accounts).Where(scenario => only is null || scenario.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToArray();
        Console.WriteLine($"{reviews:N0} reviews, {Environment.ProcessorCount} cores; median of {rounds} rounds of {duration.TotalSeconds} s, in turns with the bare endpoint");
        Console.WriteLine();
        foreach (var scenario in scenarios)
        {
            await LoadGenerator.MeasureAsync(services, databaseId, scenario.Requests, scenario.Connections, WarmUp, ct);
            if (scenario.BareRequests is { } requests) await LoadGenerator.MeasureAsync(bare, databaseId, requests, scenario.Connections, WarmUp, ct);
        }

        var measured = scenarios.ToDictionary(scenario => scenario, _ => new List<(Measurement Ours, Measurement? Bare)>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (scenario, results) in measured)
            {
                var ours = await LoadGenerator.MeasureAsync(services, databaseId, scenario.Requests, scenario.Connections, duration, ct);
                results.Add((ours, scenario.BareRequests is { } requests
                    ? await LoadGenerator.MeasureAsync(bare, databaseId, requests, scenario.Connections, duration, ct)
                    : null));
            }
        }

        Console.WriteLine("                         requests/s   p50 ms   p99 ms   CPU ms   DB CPU   ratio to bare: rate  CPU    DB CPU");
        foreach (var (scenario, results) in measured) Show(scenario.Name, results);
        Console.WriteLine();
        Console.WriteLine($"CPU is milliseconds of the server's process for 1,000 requests. Memory after the load: API {Megabytes(services.ResidentBytes)}, bare {Megabytes(bare.ResidentBytes)}.");
    }

    // P7: the embedded mode, from nothing to the first answer, and what it holds when nobody asks anything.
    private async Task ShowStartAsync(CancellationToken ct)
    {
        await using (var first = await StartApiAsync("embedded", ServiceSettings, ct))
        {
            await Task.Delay(Idle, ct);
            Console.WriteLine($"Embedded: first answer after {first.FirstAnswer.TotalSeconds:0.00} s with an empty folder, {Megabytes(first.ResidentBytes)} resident when idle");
        }

        await using var second = await StartApiAsync("embedded", ServiceSettings, ct);
        Console.WriteLine($"          first answer after {second.FirstAnswer.TotalSeconds:0.00} s with its data there");
    }

    private Task<ServerProcess> StartApiAsync(string name, string[] without, CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(Path.Combine(data, name)).FullName;
        return ServerProcess.StartAsync(api, _ => [], url =>
        [
            new("APP_ENV", "production"),
            new("APP_URL", url.ToString().TrimEnd('/')),
            new("APP_PORT", url.Port.ToString(CultureInfo.InvariantCulture)),
            new("ENCRYPTION_KEY", Convert.ToBase64String(new byte[32])),
            new("DATA_PATH", Path.Combine(folder, "data")),
            // The limits are at work, and nobody meets them.
            new("RATE_LIMIT_RPS", "1000000"),
            new("RATE_LIMIT_CREDENTIALS", "1000000"),
            .. without.Select(setting => KeyValuePair.Create(setting, "")),
        ], "/api/v1/health", Path.Combine(folder, "log"), ct);
    }

    private static async Task FillAsync(int reviews, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(BareServer.ConnectionString(Environment.GetEnvironmentVariable));
        await connection.OpenAsync(ct);
        await ManyReviews.FillAsync(connection, reviews, isPostgreSql: true, ct);
    }

    private static void Show(string name, List<(Measurement Ours, Measurement? Bare)> results)
    {
        var bare = results.Where(result => result.Bare is not null).Select(result => (result.Ours, Bare: result.Bare!)).ToList();
        var ratios = bare.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"{Median(bare, pair => pair.Ours.PerSecond / pair.Bare.PerSecond),20:0.00} {Median(bare, pair => pair.Ours.CpuPer1000 / pair.Bare.CpuPer1000),8:0.00} {Median(bare, pair => pair.Ours.DatabaseCpuPer1000 / pair.Bare.DatabaseCpuPer1000),8:0.00}");
        Console.WriteLine(Line(name, [.. results.Select(result => result.Ours)]) + ratios);
        if (bare.Count > 0) Console.WriteLine(Line("  bare", [.. bare.Select(pair => pair.Bare)]));
    }

    private static string Line(string name, List<Measurement> of) => string.Create(CultureInfo.InvariantCulture,
        $"{name,-24} {Median(of, one => one.PerSecond),10:N0} {Median(of, one => one.P50),8:0.0} {Median(of, one => one.P99),8:0.0} {Median(of, one => one.CpuPer1000),8:N0} {Median(of, one => one.DatabaseCpuPer1000),8:N0}");

    private static double Median<T>(List<T> values, Func<T, double> value)
    {
        var sorted = values.Select(value).Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0} MB");
}
