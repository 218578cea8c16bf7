using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using GoApi.Domain.Users;
using Xunit;

namespace GoApi.OAuthTests;

/// <summary>
/// How often the database is gone to, which is most of what tokens cost; the commit of a transaction comes on top. Counted on
/// PostgreSQL; what is done once in a while (loading the client, noting its use) is left out by asking until it is over.
/// </summary>
[Trait("Promise", "P3")]
public sealed class TokenCostTests(ServicesHost host) : OAuthTest(host)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_client_gets_a_token_in_one_round_trip_with_its_audit_entry()
    {
        var client = await Host.AddMachineAsync("reviews:moderate");
        await CostsAsync(1, http => http.PostAsync(Browser.Oauth + "token", Form(client, ("grant_type", "client_credentials"))));
    }

    [Fact]
    public async Task A_refresh_is_lock_authorization_user_and_one_batch()
    {
        var token = (await Host.LogInAsync(await Host.RegisterAsync())).Text("refresh_token");
        await CostsAsync(4, async http =>
        {
            var answer = await http.PostAsJsonAsync("/api/v1/users/refresh", new { refresh_token = token });
            token = (await answer.JsonAsync())["data"]!["refresh_token"]!.ToString();
            return answer;
        });
    }

    [Fact]
    public async Task An_introspection_reads_one_row()
    {
        var client = await Host.AddMachineAsync("reviews:moderate");
        var token = (await Browser.PostAsync(Browser.Oauth + "token", client, ("grant_type", "client_credentials")).JsonAsync()).Text("access_token");
        await CostsAsync(1, http => http.PostAsync(Browser.Oauth + "introspect", Form(client, ("token", token))));
    }

    [Fact]
    public async Task A_bearer_token_is_checked_without_the_database()
    {
        var token = (await Host.LogInAsync(await Host.RegisterAsync(Role.Admin))).Text("access_token");
        await CostsAsync(0, http =>
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
            return http.GetAsync("/api/v1/permissions");
        });
    }

    private static FormUrlEncodedContent Form(TestClient client, params (string Name, string Value)[] fields) =>
        new(fields.Append(("client_id", client.Id)).Append(("client_secret", client.Secret!)).Select(field => KeyValuePair.Create(field.Item1, field.Item2)));

    // The server's spans go on from the trace that a request names; Npgsql has one for each round trip.
    private async Task CostsAsync(int expected, Func<HttpClient, Task<HttpResponseMessage>> request)
    {
        var trips = new ConcurrentDictionary<ActivityTraceId, int>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity => trips.AddOrUpdate(activity.TraceId, 1, (_, count) => count + 1),
        };
        ActivitySource.AddActivityListener(listener);

        var fewest = int.MaxValue;
        for (var started = Stopwatch.GetTimestamp(); fewest > expected && Stopwatch.GetElapsedTime(started) < Patience;)
        {
            var trace = ActivityTraceId.CreateRandom();
            using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
            http.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
            var answer = await request(http);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            fewest = Math.Min(fewest, trips.GetValueOrDefault(trace));
        }

        Assert.Equal(expected, fewest);
    }
}
