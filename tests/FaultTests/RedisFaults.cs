using System.Net;
using System.Net.Http.Json;
using GoApi.Tests.Hosting;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>Redis may die, hang or lose everything under two processes at work: nobody is kept waiting, let in or thrown out by it.</summary>
[Trait("Promise", "N6")]
public sealed class RedisFaults(Cluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    // What Redis may add to a request, and what a busy machine may add to the measurement.
    private const double Budget = 50;
    private const double Noise = 100;

    private static readonly string[] Servers = ["redis", "redis-replica"];

    [Fact]
    public async Task Killed_master_costs_no_request_and_the_promoted_one_is_used_without_a_restart()
    {
        var master = await MasterAsync();
        await using var load = new Load(Cluster.Proxy, Cluster.Crowd);
        await load.MoreAsync(200);
        await Cluster.Services.RunAsync("kill", master);
        try
        {
            var promoted = Servers.Single(name => name != master);
            await Eventually.HoldsAsync(async () => await Cluster.RedisMasterAsync() == promoted, "the replica is promoted");
            // Limits live for two seconds: those that are there were written since.
            await Cluster.Services.AskRedisAsync(promoted, "FLUSHALL");
            await Eventually.HoldsAsync(async () => (await Cluster.Services.AskRedisAsync(promoted, "INFO keyspace")).Contains("keys=", StringComparison.Ordinal), "the promoted server is used");
            foreach (var api in Cluster.Apis) await Eventually.HoldsAsync(async () => await CacheAsync(api) == "up", "the process says that the cache is up");
        }
        finally
        {
            await Cluster.Services.RunAsync("start", master);
        }

        var samples = await load.StopAsync();
        Output.WriteLine($"{samples.Count(sample => sample.Failed)} of {samples.Length} requests failed");
        Assert.DoesNotContain(samples, sample => sample.Failed);
        await Eventually.HoldsAsync(async () => (await Cluster.Services.AskRedisAsync(master, "INFO replication")).Contains("master_link_status:up", StringComparison.Ordinal), "the old master follows the new one");
    }

    [Fact]
    public async Task Frozen_Redis_adds_no_more_than_its_budget_to_a_request()
    {
        await MasterAsync();
        await using (var warmUp = new Load(Cluster.Proxy, Cluster.Crowd)) await warmUp.MoreAsync(200);
        await using var before = new Load(Cluster.Proxy, Cluster.Crowd);
        await before.MoreAsync(600);
        var quiet = await before.StopAsync();

        // The replica too: a Sentinel would promote it.
        foreach (var name in Servers) await Cluster.Services.RunAsync("freeze", name);
        Sample[] frozen;
        try
        {
            await using var during = new Load(Cluster.Proxy, Cluster.Crowd);
            await during.MoreAsync(600);
            frozen = await during.StopAsync();
        }
        finally
        {
            foreach (var name in Servers) await Cluster.Services.RunAsync("thaw", name);
        }

        var (usual, slow) = (Load.Percentile(quiet, 0.99), Load.Percentile(frozen, 0.99));
        Output.WriteLine($"p99 of {quiet.Length} requests {usual:0} ms, with a frozen Redis of {frozen.Length} {slow:0} ms; medians {Load.Percentile(quiet, 0.5):0} and {Load.Percentile(frozen, 0.5):0} ms, slowest {frozen.Max(sample => sample.Milliseconds):0} ms");
        Assert.DoesNotContain(frozen, sample => sample.Failed);
        Assert.True(slow <= (2 * usual) + Budget + Noise, $"{slow:0} ms instead of {usual:0} ms.");
        foreach (var api in Cluster.Apis) await Eventually.HoldsAsync(async () => await CacheAsync(api) == "up", "the process says that the cache is up");
    }

    [Fact, Trait("Promise", "S3")]
    public async Task Emptied_Redis_lets_nobody_in_and_throws_nobody_out()
    {
        var master = await MasterAsync();
        var (loggedOut, stays) = (await Cluster.NewUserAsync(), Accounts.NewEmail());
        (await Cluster.Proxy.RegisterAsync(stays)).EnsureSuccessStatusCode();
        using var logIn = await Cluster.Proxy.LogInAsync(stays);
        var session = await Cluster.DataAsync(logIn);
        await Cluster.DataAsync(Cluster.Apis[0], HttpMethod.Post, "/users/logout", loggedOut);
        foreach (var api in Cluster.Apis) await Eventually.HoldsAsync(async () => await Cluster.StatusAsync(api, "/users/me", loggedOut) == HttpStatusCode.Unauthorized, "the token is refused");

        Assert.Contains("+OK", await Cluster.Services.AskRedisAsync(master, "FLUSHALL"), StringComparison.Ordinal);
        foreach (var api in Cluster.Apis)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await Cluster.StatusAsync(api, "/users/me", loggedOut));
            Assert.Equal(HttpStatusCode.OK, await Cluster.StatusAsync(api, "/users/me", session.GetProperty("access_token").GetString()!));
        }

        using var refreshed = await Cluster.Proxy.PostAsJsonAsync("/api/v1/users/refresh", new { refresh_token = session.GetProperty("refresh_token").GetString() });
        Assert.Equal(HttpStatusCode.OK, refreshed.StatusCode);
    }

    // With a replica that follows it: an earlier test may have changed their places a moment ago.
    private async Task<string> MasterAsync()
    {
        string? master = null;
        await Eventually.HoldsAsync(async () => (master = await Cluster.RedisMasterAsync()) is not null
            && (await Cluster.Services.AskRedisAsync(master, "INFO replication")).Contains("state=online", StringComparison.Ordinal), "there are a master and a replica");
        return master!;
    }

    private static async Task<string?> CacheAsync(HttpClient api)
    {
        using var answer = await api.GetAsync("/api/v1/status");
        return (await Cluster.DataAsync(answer)).GetProperty("components").GetProperty("cache").GetProperty("status").GetString();
    }
}
