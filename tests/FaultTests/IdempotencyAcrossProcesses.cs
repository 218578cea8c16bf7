using System.Net;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>One key, two processes. What becomes of a key whose process dies is in <see cref="KilledBetweenSteps"/>.</summary>
public sealed class IdempotencyAcrossProcesses(Cluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    private const int AtOnce = 20;

    [Fact, Trait("Promise", "N10")]
    public async Task Twenty_equal_requests_to_two_processes_make_one_resource()
    {
        var (author, key, review) = (await Cluster.NewUserAsync(), $"{Guid.CreateVersion7()}", Cluster.NewReview());
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async n =>
        {
            using var request = Cluster.Request(HttpMethod.Post, "/reviews", author, review);
            request.Headers.Add("Idempotency-Key", key);
            return await Cluster.Apis[n % 2].SendAsync(request);
        }));

        var made = answers.Where(answer => answer.StatusCode == HttpStatusCode.Created).ToArray();
        Output.WriteLine($"{made.Length} of {AtOnce} answered with the review, the others were told to wait");
        Assert.Single(made, answer => !answer.Headers.Contains("Idempotency-Replayed"));
        var ids = await Task.WhenAll(made.Select(async answer => (await Cluster.DataAsync(answer)).GetProperty("id").GetString()));
        Assert.Single(ids.Distinct());
        Assert.All(answers.Except(made), answer =>
        {
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        });
        Assert.Equal(1, (await Cluster.DataAsync(Cluster.Proxy, HttpMethod.Get, "/reviews/mine", author)).GetArrayLength());
        foreach (var answer in answers) answer.Dispose();
    }
}
