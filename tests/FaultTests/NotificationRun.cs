using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GoApi.Tests.Hosting;
using GoApi.Tests.Seeding;
using Npgsql;
using Xunit;

namespace GoApi.FaultTests;

/// <param name="Calls">Of the provider.</param>
/// <param name="Delivered">Messages that the provider took, once or more often.</param>
/// <param name="Duplicates">Those of them that it took more than once.</param>
/// <param name="Ambiguous">Those that the ledger marks as such.</param>
internal sealed record Outcome(int Calls, int Delivered, IReadOnlySet<Guid> Duplicates, IReadOnlySet<Guid> Ambiguous)
{
    public override string ToString() => $"{Delivered} delivered by {Calls} calls: {Duplicates.Count} duplicates, {Ambiguous.Count} ambiguous, 0 lost";
}

/// <summary>Services with users, an API and two workers of the test's own, the provider, and an administrator who sends to everybody.</summary>
internal sealed class NotificationRun : IAsyncDisposable
{
    private const string AdminEmail = "admin@example.test";

    /// <summary>Of a list.</summary>
    private const int PageSize = 100;

    private readonly List<Guid> batches = [];
    private int users;
    private string clock = "";
    private string token = "";

    private NotificationRun()
    {
    }

    public PrivateServices Services { get; private set; } = null!;

    public ProviderStub Provider { get; private set; } = null!;

    public HostProcess Api { get; private set; } = null!;

    public HostProcess[] Workers { get; private set; } = [];

    /// <param name="users">Who get each notification.</param>
    /// <param name="wrongClock">The second worker's clock is the one of <see cref="SetClock"/>.</param>
    public static async Task<NotificationRun> StartAsync(int users, bool wrongClock = false)
    {
        var run = new NotificationRun { users = users, Services = await PrivateServices.StartAsync(), Provider = await ProviderStub.StartAsync() };
        var settings = new Dictionary<string, string>(run.Services.Settings) { ["ADMIN_EMAIL"] = AdminEmail, ["ADMIN_PASSWORD"] = Accounts.Password };
        foreach (var (name, value) in run.Provider.Settings) settings[name] = value;
        run.Api = await HostProcess.StartApiAsync(settings);
        var other = new Dictionary<string, string>(settings);
        if (wrongClock)
        {
            run.clock = Path.Combine(settings["DATA_PATH"], "clock");
            run.SetClock(0);
            (other["DOTNET_STARTUP_HOOKS"], other[StartupHook.ClockFile]) = (typeof(StartupHook).Assembly.Location, run.clock);
        }

        run.Workers = await Task.WhenAll(HostProcess.StartWorkerAsync(settings), HostProcess.StartWorkerAsync(other));
        await run.FillAsync();
        using var logIn = await run.Api.Client.LogInAsync(AdminEmail);
        run.token = (await DataAsync(logIn)).GetProperty("access_token").GetString()!;
        return run;
    }

    /// <param name="seconds">By which the second worker's clock is ahead from now on.</param>
    public void SetClock(int seconds)
    {
        var next = clock + ".next";
        File.WriteAllText(next, seconds.ToString(CultureInfo.InvariantCulture));
        File.Move(next, clock, overwrite: true);
    }

    /// <summary>A mail to everybody; returns when it is accepted.</summary>
    public async Task SendAsync()
    {
        using var request = Request(HttpMethod.Post, "");
        request.Content = JsonContent.Create(new { role = "user", channels = new[] { "email" }, title = "Maintenance", content = "On Sunday nothing can be changed." });
        using var answer = await Api.Client.SendAsync(request);
        var accepted = await DataAsync(answer);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(users, accepted.GetProperty("accepted").GetInt32());
        batches.Add(accepted.GetProperty("batch_id").GetGuid());
    }

    public Task TakenAsync(int count) => Eventually.HoldsAsync(() => Task.FromResult(Provider.TakenCount >= count), $"{count} mails are taken", seconds: 90);

    /// <summary>
    /// Waits until the ledger has everything as sent, and compares it with what the provider took: the same messages to the same addresses,
    /// and none of them twice that is not ambiguous.
    /// </summary>
    public async Task<Outcome> AllSentAsync(int seconds)
    {
        foreach (var batch in batches) await Eventually.HoldsAsync(async () => await SentAsync(batch) == users, "every mail is sent", seconds);

        var ledger = new Dictionary<Call, bool>();
        foreach (var batch in batches)
            await foreach (var delivery in DeliveriesAsync(batch))
                ledger.Add(new Call(delivery.GetProperty("to").GetString()!, delivery.GetProperty("id").GetGuid()), delivery.GetProperty("ambiguous").GetBoolean());
        Assert.Equal(batches.Count * users, ledger.Count);

        // The administrator has mails of the system's own.
        var taken = Provider.Taken.Where(call => call.Recipient != AdminEmail).ToLookup(call => call);
        Assert.Equal(ledger.Keys.ToHashSet(), taken.Select(call => call.Key).ToHashSet());
        var outcome = new Outcome(
            Provider.Calls.Count(call => call.Recipient != AdminEmail), taken.Count,
            taken.Where(call => call.Count() > 1).Select(call => call.Key.DeliveryId).ToHashSet(),
            ledger.Where(delivery => delivery.Value).Select(delivery => delivery.Key.DeliveryId).ToHashSet());
        Assert.Empty(outcome.Duplicates.Except(outcome.Ambiguous));
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in Workers) await worker.DisposeAsync();
        await Api.DisposeAsync();
        await Provider.DisposeAsync();
        await Services.DisposeAsync();
    }

    private async Task FillAsync()
    {
        await using var connection = await Services.OpenDatabaseAsync();
        await ManyUsers.FillAsync(connection, users, isPostgreSql: true, TestContext.Current.CancellationToken);
        // Among them are two who would get nothing.
        await using var everybody = new NpgsqlCommand("UPDATE users SET role = 'user', status = 'active' WHERE role = 'support' OR status = 'suspended'", connection);
        await everybody.ExecuteNonQueryAsync();
    }

    private async Task<int> SentAsync(Guid batch)
    {
        using var request = Request(HttpMethod.Get, $"/batches/{batch}");
        using var answer = await Api.Client.SendAsync(request);
        // Not yet: what is behind the API may be away.
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) return 0;

        var deliveries = (await DataAsync(answer)).GetProperty("deliveries");
        Assert.Equal(0, deliveries.GetProperty("failed").GetInt32() + deliveries.GetProperty("dead").GetInt32());
        return deliveries.GetProperty("sent").GetInt32();
    }

    private async IAsyncEnumerable<JsonElement> DeliveriesAsync(Guid batch)
    {
        for (var page = 1; page <= (users + PageSize - 1) / PageSize; page++)
        {
            using var request = Request(HttpMethod.Get, $"/deliveries?batch_id={batch}&limit={PageSize}&page={page}");
            using var answer = await Api.Client.SendAsync(request);
            foreach (var delivery in (await DataAsync(answer)).EnumerateArray()) yield return delivery;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path) =>
        new(method, $"/api/v1/notifications{path}") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    private static async Task<JsonElement> DataAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("data").Clone();
    }
}
