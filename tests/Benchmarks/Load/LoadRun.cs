using System.Globalization;
using GoApi.Benchmarks.Bare;
using GoApi.Tests.Seeding;
using Npgsql;

namespace GoApi.Benchmarks.Load;

/// <param name="before">Of before a change; null where only this one is measured.</param>
/// <param name="node">The rival; null where node is not installed.</param>
internal sealed class LoadRun(DirectoryInfo api, DirectoryInfo? before, DirectoryInfo? node, int databaseId, string data)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private const int MaxWarmUps = 6;
    private static readonly string[] ServiceSettings = ["DB_HOST", "REDIS_ADDRESSES", "NATS_URLS"];

    public async Task RunAsync(int reviews, int rounds, TimeSpan duration, string? only, CancellationToken ct)
    {
        if (only is null) await ShowStartAsync(ct);
        await using var ours = await StartApiAsync(api, "services", [], ct);
        await FillAsync(reviews, ct);
        await using var bare = await ServerProcess.StartAsync(
            "dotnet", url => [typeof(LoadRun).Assembly.Location, "bare", url.ToString()], _ => [], "/health", Path.Combine(data, "bare.log"), ct);
        await using var earlier = before is null ? null : await StartApiAsync(before, "before", [], ct);
        await using var rival = node is null ? null : await Rival.StartAsync(node, Path.Combine(data, "node.log"), ct);

        var rivalToken = rival is null ? null : await Accounts.ClientTokenAsync(rival.Url, "/token", Rival.ClientId, Rival.ClientSecret, ct);
        var scenarios = Scenarios.All(await Accounts.MakeAsync(ours.Url, BareServer.ConnectionString(Environment.GetEnvironmentVariable), ct), rivalToken).ToArray();
        // Sessions of its own: a refresh token is good for one request.
        var ofEarlier = earlier is null ? null : Scenarios.All(await Accounts.MakeAsync(earlier.Url, BareServer.ConnectionString(Environment.GetEnvironmentVariable), ct), null).ToArray();
        var subjects = scenarios.Select((scenario, index) => (Scenario: scenario, Subjects: Subjects(scenario, ofEarlier?[index])))
            .Where(one => only is null || one.Scenario.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToArray();

        Console.WriteLine($"{reviews:N0} reviews, {Environment.ProcessorCount} cores; median of {rounds} rounds of {duration.TotalSeconds} s, in turns");
        Console.WriteLine();
        foreach (var (scenario, all) in subjects)
            foreach (var subject in all)
                await WarmUpAsync(subject, scenario.Connections, ct);

        for (var round = 0; round < rounds; round++)
            foreach (var (scenario, all) in subjects)
                foreach (var subject in all)
                    subject.Results.Add(await LoadGenerator.MeasureAsync(subject.Server, databaseId, subject.Requests, scenario.Connections, duration, ct));

        Console.WriteLine("                         requests/s   p50 ms   p99 ms   CPU ms   DB CPU   ours to it: rate  CPU    DB CPU");
        foreach (var (_, all) in subjects)
            foreach (var subject in all)
                Show(subject, subject == all[0] ? null : all[0]);
        Console.WriteLine();
        Console.WriteLine($"CPU is milliseconds of the server's process for 1,000 requests. Memory after the load: API {Megabytes(ours.ResidentBytes)}, bare {Megabytes(bare.ResidentBytes)}.");
        if (rival is null) Console.WriteLine("node is not installed, or its packages are not: without the rival.");

        Subject[] Subjects(Scenario scenario, Scenario? earlierScenario) =>
        [
            new(scenario.Name, ours, scenario.Requests),
            .. scenario.Bare is { } bareRequests ? [new Subject("  bare", bare, bareRequests)] : Array.Empty<Subject>(),
            .. rival is not null && scenario.Rival is { } rivalRequests ? [new Subject("  node oidc-provider", rival, rivalRequests)] : Array.Empty<Subject>(),
            .. earlier is not null && earlierScenario is not null ? [new Subject("  before", earlier, earlierScenario.Requests)] : Array.Empty<Subject>(),
        ];
    }

    // The JIT compiles what is hot a second and a third time, in the background and long after the first answer: until the cost
    // of a request no longer falls, it is the compiler that is measured.
    private async Task WarmUpAsync(Subject subject, int connections, CancellationToken ct)
    {
        var last = double.MaxValue;
        for (var slice = 0; slice < MaxWarmUps; slice++)
        {
            var cost = (await LoadGenerator.MeasureAsync(subject.Server, databaseId, subject.Requests, connections, WarmUp, ct)).CpuPer1000;
            if (cost > last * 0.9) return;
            last = cost;
        }
    }

    // P7: the embedded mode, from nothing to the first answer, and what it holds when nobody asks anything.
    private async Task ShowStartAsync(CancellationToken ct)
    {
        await using (var first = await StartApiAsync(api, "embedded", ServiceSettings, ct))
        {
            await Task.Delay(Idle, ct);
            Console.WriteLine($"Embedded: first answer after {first.FirstAnswer.TotalSeconds:0.00} s with an empty folder, {Megabytes(first.ResidentBytes)} resident when idle");
        }

        await using var second = await StartApiAsync(api, "embedded", ServiceSettings, ct);
        Console.WriteLine($"          first answer after {second.FirstAnswer.TotalSeconds:0.00} s with its data there");
    }

    private Task<ServerProcess> StartApiAsync(DirectoryInfo published, string name, string[] without, CancellationToken ct) =>
        ApiProcess.StartAsync(published, Path.Combine(data, name), ct, [.. without.Select(setting => (setting, ""))]);

    private static async Task FillAsync(int reviews, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(BareServer.ConnectionString(Environment.GetEnvironmentVariable));
        await connection.OpenAsync(ct);
        await ManyReviews.FillAsync(connection, reviews, isPostgreSql: true, ct);
    }

    // Rounds are compared with themselves: what else the machine did then fell on both.
    private static void Show(Subject subject, Subject? ours)
    {
        var ratios = ours is null ? "" : string.Create(CultureInfo.InvariantCulture,
            $"{Ratio(one => one.PerSecond),20:0.00} {Ratio(one => one.CpuPer1000),8:0.00}{(subject.Results.Exists(one => one.DatabaseCpuPer1000 > 0) ? Ratio(one => one.DatabaseCpuPer1000) : null),9:0.00}");
        Console.WriteLine(Line(subject.Name, subject.Results) + ratios);

        double Ratio(Func<Measurement, double> value) => Median([.. ours!.Results.Zip(subject.Results)], pair => value(pair.First) / value(pair.Second));
    }

    private static string Line(string name, List<Measurement> of) => string.Create(CultureInfo.InvariantCulture,
        $"{name,-24} {Median(of, one => one.PerSecond),10:N0} {Median(of, one => one.P50),8:0.0} {Median(of, one => one.P99),8:0.0} {Median(of, one => one.CpuPer1000),8:N0} {Median(of, one => one.DatabaseCpuPer1000),8:N0}");

    private static double Median<T>(List<T> values, Func<T, double> value)
    {
        var sorted = values.Select(value).Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0} MB");

    /// <summary>One server in one scenario, and what was measured of it.</summary>
    private sealed record Subject(string Name, ServerProcess Server, Func<int, NextRequest> Requests)
    {
        public List<Measurement> Results { get; } = [];
    }
}
