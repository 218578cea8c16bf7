using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using GoApi.Tests.Hosting;

namespace GoApi.FaultTests;

/// <param name="Started">A timestamp of <see cref="Stopwatch"/>.</param>
/// <param name="Status">Null where the connection broke.</param>
internal sealed record Sample(long Started, double Milliseconds, HttpStatusCode? Status)
{
    public bool Failed => Status is not (HttpStatusCode.OK or HttpStatusCode.Created);
}

/// <summary>People who read their profile and write reviews, each one request at a time at a steady pace, until they are told to stop.</summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<Sample> samples = new();
    private readonly Task people;

    public Load(HttpClient api, IReadOnlyList<string> tokens) => people = Task.WhenAll(tokens.Select(token => GoOnAsync(api, token)));

    public int Count => samples.Count;

    /// <summary>Waits until so many more requests are answered.</summary>
    public Task MoreAsync(int count)
    {
        var enough = Count + count;
        return Eventually.HoldsAsync(() => Task.FromResult(Count >= enough), $"{count} more requests are answered");
    }

    /// <summary>All that there were; what is under way is waited for.</summary>
    public async Task<Sample[]> StopAsync()
    {
        await stop.CancelAsync();
        await people;
        return [.. samples];
    }

    public static double Percentile(IEnumerable<Sample> samples, double part)
    {
        var ordered = samples.Select(sample => sample.Milliseconds).Order().ToArray();
        return ordered[(int)Math.Ceiling(ordered.Length * part) - 1];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }

    private async Task GoOnAsync(HttpClient api, string token)
    {
        using var tick = new PeriodicTimer(Pace);
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            using var request = number % 4 == 3 ? Cluster.Request(HttpMethod.Post, "/reviews", token, Cluster.NewReview()) : Cluster.Request(HttpMethod.Get, "/users/me", token);
            var started = Stopwatch.GetTimestamp();
            HttpStatusCode? status = null;
            try
            {
                using var answer = await api.SendAsync(request);
                status = answer.StatusCode;
            }
            catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException)
            {
                // That is what is counted.
            }

            samples.Enqueue(new Sample(started, Stopwatch.GetElapsedTime(started).TotalMilliseconds, status));
            await tick.WaitForNextTickAsync();
        }
    }
}
