using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GoApi.Tests.Hosting;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>Two API processes on one PostgreSQL are one installation, with Redis and without.</summary>
public sealed class TwoProcesses
{
    private const int AtOnce = 20;

    // S3 gives a second; a busy machine gets a little more before it is called broken.
    private const double Second = 1.5;

    [Fact, Trait("Promise", "S3"), Trait("Promise", "N6")]
    public async Task Refreshes_at_once_have_one_successor_and_what_one_ends_the_other_refuses_with_Redis_and_after_its_death()
    {
        await using var services = await PrivateServices.StartAsync("redis");
        // One installation has one public address, and so one issuer, whatever ports its processes listen on.
        var settings = new Dictionary<string, string>(services.SettingsWithRedis) { ["APP_URL"] = "http://api.example.test" };
        await using var first = await HostProcess.StartApiAsync(settings);
        await using var second = await HostProcess.StartApiAsync(settings);
        var email = Accounts.NewEmail();
        Assert.Equal(HttpStatusCode.Created, (await first.Client.RegisterAsync(email)).StatusCode);

        await SharedAsync(first, second, email);
        await services.RunAsync("kill", "redis");
        await SharedAsync(second, first, email);
    }

    private static async Task SharedAsync(HostProcess one, HostProcess other, string email)
    {
        var begun = await DataAsync(await one.Client.LogInAsync(email));
        var refresh = begun.GetProperty("refresh_token").GetString();
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async n =>
            await DataAsync(await (n % 2 == 0 ? one : other).Client.PostAsJsonAsync("/api/v1/users/refresh", new { refresh_token = refresh }))));

        Assert.Single(answers.Select(answer => answer.GetProperty("refresh_token").GetString()).Distinct());
        var access = answers[0].GetProperty("access_token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await MeAsync(other, access));

        using var logOut = new HttpRequestMessage(HttpMethod.Post, "/api/v1/users/logout");
        logOut.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access);
        Assert.Equal(HttpStatusCode.OK, (await one.Client.SendAsync(logOut)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(one, access));
        var started = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(async () => await MeAsync(other, access) == HttpStatusCode.Unauthorized, "the other process refuses the token");
        Assert.True(TimeProvider.System.GetElapsedTime(started).TotalSeconds < Second, "It took longer than a second.");
    }

    private static async Task<HttpStatusCode> MeAsync(HostProcess host, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (await host.Client.SendAsync(request)).StatusCode;
    }

    private static async Task<JsonElement> DataAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("data").Clone();
    }
}
