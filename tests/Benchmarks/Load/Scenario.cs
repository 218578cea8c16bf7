using System.Diagnostics;

namespace GoApi.Benchmarks.Load;

/// <summary>Makes the next request of one connection; the last answer is at hand for those that go on from it.</summary>
internal delegate byte[] NextRequest(ReadOnlyMemory<byte> lastAnswer);

/// <param name="Requests">Of our API, for the connection with this number.</param>
/// <param name="Bare">The same of the bare endpoint; null where nothing is comparable.</param>
/// <param name="Rival">The same of node's oidc-provider; null where nothing is comparable.</param>
internal sealed record Scenario(
    string Name, Func<int, NextRequest> Requests, Func<int, NextRequest>? Bare = null, Func<int, NextRequest>? Rival = null, int Connections = 16);

/// <param name="CpuPer1000">Milliseconds of CPU that the server's process took for 1,000 requests.</param>
/// <param name="DatabaseCpuPer1000">The same of PostgreSQL's processes.</param>
internal sealed record Measurement(int Requests, double PerSecond, double P50, double P99, double CpuPer1000, double DatabaseCpuPer1000);

internal static class LoadGenerator
{
    public static async Task<Measurement> MeasureAsync(
        ServerProcess server, int databaseId, Func<int, NextRequest> requests, int connections, TimeSpan duration, CancellationToken ct)
    {
        var opened = new List<HttpConnection>();
        try
        {
            for (var number = 0; number < connections; number++) opened.Add(await HttpConnection.OpenAsync(server.Url, ct));
            var (cpu, databaseCpu) = (server.CpuMilliseconds, ServerProcess.CpuOfFamily(databaseId));
            var start = Stopwatch.GetTimestamp();
            var latencies = (await Task.WhenAll(opened.Select((connection, number) => Task.Run(() => RunAsync(connection, requests(number), start, duration, ct), ct)))).SelectMany(each => each).ToList();
            var elapsed = Stopwatch.GetElapsedTime(start);
            (cpu, databaseCpu) = (server.CpuMilliseconds - cpu, ServerProcess.CpuOfFamily(databaseId) - databaseCpu);

            latencies.Sort();
            var count = latencies.Count;
            return new Measurement(count, count / elapsed.TotalSeconds, latencies[count / 2], latencies[count * 99 / 100], cpu * 1_000 / count, databaseCpu * 1_000 / count);
        }
        finally
        {
            foreach (var connection in opened) connection.Dispose();
        }
    }

    private static async Task<List<double>> RunAsync(HttpConnection connection, NextRequest next, long start, TimeSpan duration, CancellationToken ct)
    {
        List<double> latencies = [];
        ReadOnlyMemory<byte> last = default;
        do
        {
            var request = next(last);
            var sent = Stopwatch.GetTimestamp();
            (var status, last) = await connection.SendAsync(request, ct);
            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            if (status is < 200 or > 299) throw new InvalidOperationException($"Answered {status}:\n{System.Text.Encoding.UTF8.GetString(last.Span)}");
        }
        while (Stopwatch.GetElapsedTime(start) < duration);

        // The last answer is for those that go on from it in a later measurement.
        _ = next(last);
        return latencies;
    }
}
