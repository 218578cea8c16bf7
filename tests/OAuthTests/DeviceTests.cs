using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GoApi.Domain.Users;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedDevice(EmbeddedHost host) : DeviceTests(host);

public sealed class ServicesDevice(ServicesHost host) : DeviceTests(host);

/// <summary>RFC 8628.</summary>
[Trait("Promise", "S4")]
public abstract partial class DeviceTests(OAuthHost host) : OAuthTest(host)
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:device_code";

    [Fact]
    public async Task Person_enters_the_code_and_the_device_gets_its_tokens()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device, "openid offline_access reviews:write tickets:manage");
        Assert.Matches(UserCode(), asked.Text("user_code"));
        Assert.Equal((Host.Origin + "/device", 5), (asked.Text("verification_uri"), asked["interval"]!.GetValue<int>()));
        Assert.Equal($"{Host.Origin}/device?user_code={asked.Text("user_code")}", asked.Text("verification_uri_complete"));
        Assert.InRange(asked["expires_in"]!.GetValue<int>(), 590, 600);
        await RefusedAsync("authorization_pending", device, Poll(asked));

        await Browser.LogInAsync(user);
        var entry = await Browser.GetAsync("/device");
        var confirm = await Browser.SubmitAsync(entry, "/device", ("user_code", asked.Text("user_code").ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal)));
        var html = await confirm.Content.ReadAsStringAsync();
        Assert.Contains("Pear TV", html, StringComparison.Ordinal);
        Assert.Contains(asked.Text("user_code"), html, StringComparison.Ordinal);
        Assert.Contains("Write and change reviews in your name", html, StringComparison.Ordinal);
        Assert.DoesNotContain("support tickets of all users", html, StringComparison.Ordinal);
        var done = await Browser.SubmitAsync(confirm, "/device", ("decision", "allow"));
        Assert.Equal("/device/connected", done.Headers.Location!.ToString());

        var tokens = await Browser.PostAsync(Browser.Oauth + "token", device, Poll(asked)).JsonAsync();
        var claims = Web.Part(tokens.Text("access_token"), 1);
        Assert.Equal("offline_access openid reviews:write", string.Join(' ', tokens.Text("scope").Split(' ').Order()));
        Assert.Equal((user.Id.ToString(), device.Id, "user"), (claims.Text("sub"), claims.Text("client_id"), claims.Text("role")));
        Assert.Equal(claims.Text("sid"), Web.Part(tokens.Text("id_token"), 1).Text("sid"));
        Assert.NotNull(Web.Part(tokens.Text("id_token"), 1)["auth_time"]);
        var next = await Browser.PostAsync(Browser.Oauth + "token", device, ("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token"))).JsonAsync();
        Assert.Equal(claims.Text("sid"), Web.Part(next.Text("access_token"), 1).Text("sid"));
        Assert.Equal(["users.login", "oauth.device_consent", "oauth.token_issued", "oauth.token_refreshed"], await Host.AuditActionsAsync(user.Id));
    }

    [Fact]
    public async Task Session_of_the_device_is_the_persons_from_the_moment_they_agree()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await DecideAsync(asked, user, "allow");
        var session = await Host.WithDatabaseAsync(db => db.Set<OAuthAuthorization>().SingleAsync(row => row.Subject == user.Id.ToString() && row.Application!.ClientId == device.Id));
        Assert.Contains("reviews:write", session.Scopes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_denies_ends_it()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        Assert.Equal("/device/refused", (await DecideAsync(asked, user, "deny")).Headers.Location!.ToString());

        await RefusedAsync("access_denied", device, Poll(asked));
        Assert.Contains("oauth.device_consent", await Host.AuditActionsAsync(user.Id));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Browser.GetAsync($"/device?user_code={asked.Text("user_code")}")).StatusCode);
    }

    [Fact]
    public async Task Device_that_polls_too_fast_is_told_to_slow_down_and_then_may_ask_less_often()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await RefusedAsync("authorization_pending", device, Poll(asked));
        await RefusedAsync("slow_down", device, Poll(asked));
        Assert.Equal(10, await PolledAgoAsync(device, seconds: 8));
        await RefusedAsync("slow_down", device, Poll(asked));
        Assert.Equal(15, await PolledAgoAsync(device, seconds: 15));
        await RefusedAsync("authorization_pending", device, Poll(asked));

        // Who has the person's consent is not held up.
        await DecideAsync(asked, user, "allow");
        Assert.NotNull((await Browser.PostAsync(Browser.Oauth + "token", device, Poll(asked)).JsonAsync())["access_token"]);
    }

    [Fact]
    public async Task Device_code_works_once_and_a_replay_ends_what_it_gave()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await DecideAsync(asked, user, "allow");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Browser.PostAsync(Browser.Oauth + "token", device, Poll(asked)).JsonAsync()));

        var tokens = Assert.Single(answers, answer => answer["access_token"] is not null);
        Assert.All(answers.Except([tokens]), answer => Assert.Equal("invalid_grant", answer.Text("error")));
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("access_token")));
    }

    [Fact]
    public async Task Answer_that_comes_again_takes_nothing_from_the_device()
    {
        var (user, other, device) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await Browser.LogInAsync(user);
        using var stranger = Host.NewBrowser();
        await stranger.LogInAsync(other);
        var page = $"/device?user_code={asked.Text("user_code")}";
        var (mine, again, theirs) = (await Browser.GetAsync(page), await Browser.GetAsync(page), await stranger.GetAsync(page));

        Assert.Equal("/device/connected", (await Browser.SubmitAsync(mine, "/device", ("decision", "allow"))).Headers.Location?.ToString());
        // Sent twice by the person, and a moment later by a stranger.
        Assert.NotEqual("/device/connected", (await Browser.SubmitAsync(again, "/device", ("decision", "allow"))).Headers.Location?.ToString());
        Assert.NotEqual("/device/connected", (await stranger.SubmitAsync(theirs, "/device", ("decision", "allow"))).Headers.Location?.ToString());
        await Browser.GetAsync(page);

        var tokens = await Browser.PostAsync(Browser.Oauth + "token", device, Poll(asked)).JsonAsync();
        Assert.Equal(user.Id.ToString(), Web.Part(tokens.Text("access_token"), 1).Text("sub"));
    }

    [Fact]
    public async Task User_code_can_be_answered_once()
    {
        var (user, other, device) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await Browser.LogInAsync(user);
        using var stranger = Host.NewBrowser();
        await stranger.LogInAsync(other);
        var pages = (Mine: await Browser.GetAsync($"/device?user_code={asked.Text("user_code")}"), Theirs: await stranger.GetAsync($"/device?user_code={asked.Text("user_code")}"));
        var answers = await Task.WhenAll(Browser.SubmitAsync(pages.Mine, "/device", ("decision", "allow")), stranger.SubmitAsync(pages.Theirs, "/device", ("decision", "allow")));

        Assert.Single(answers, answer => answer.Headers.Location?.ToString() == "/device/connected");
        var owners = await Host.WithDatabaseAsync(db => db.Set<OAuthAuthorization>().Where(row => row.Application!.ClientId == device.Id).Select(row => row.Subject).ToListAsync());
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", device, Poll(asked)).JsonAsync();
        Assert.Equal([Web.Part(tokens.Text("access_token"), 1).Text("sub")], owners);
    }

    [Fact]
    public async Task Code_of_another_device_client_and_unknown_codes_are_refused()
    {
        var (device, other) = (await Host.AddDeviceAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await RefusedAsync("invalid_grant", other, Poll(asked));
        await RefusedAsync("invalid_grant", device, ("grant_type", Grant), ("device_code", "unknown"));
        await RefusedAsync("invalid_grant", device, ("grant_type", Grant), ("device_code", asked.Text("user_code")));
        await RefusedAsync("invalid_request", device, ("grant_type", Grant));
        await RefusedAsync("invalid_request", device, ("grant_type", Grant), ("device_code", "a\0b"));
        await RefusedAsync("authorization_pending", device, Poll(asked));
    }

    [Fact]
    public async Task Expired_code_is_said_to_be_expired_on_both_sides()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        // The expiry is in the token too, and that is what is believed: it is over, but not for so long that the clean-up takes the row.
        await Host.WithDatabaseAsync(db => db.Set<OAuthToken>().Where(row => row.Application!.ClientId == device.Id)
            .ExecuteUpdateAsync(row => row.SetProperty(token => token.ExpirationDate, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1)).SetProperty(token => token.Status, "redeemed")));

        Assert.NotNull((await Browser.PostAsync(Browser.Oauth + "token", device, Poll(asked)).JsonAsync())["error"]);
        await Browser.LogInAsync(user);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Browser.GetAsync($"/device?user_code={asked.Text("user_code")}")).StatusCode);
    }

    [Fact]
    public async Task Page_asks_for_a_log_in_first_and_keeps_the_code()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        var redirect = await Browser.GetAsync($"/device?user_code={asked.Text("user_code")}");
        Assert.StartsWith("/login?return_url=%2Fdevice%3Fuser_code%3D", redirect.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal($"/device?user_code={asked.Text("user_code")}", await Browser.LogInAsync(redirect, user));
    }

    [Theory]
    [InlineData("BCDF-GHJK")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("%00")]
    [InlineData("ⅭⅮ")]
    public async Task What_is_no_code_is_answered_with_the_form(string code)
    {
        await Browser.LogInAsync(await Host.RegisterAsync());
        var page = await Browser.GetAsync($"/device?user_code={Uri.EscapeDataString(code)}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.StatusCode);
        Assert.DoesNotContain("<script>", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decision_needs_the_form_of_the_page_and_long_codes_are_refused()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await Browser.LogInAsync(user);
        Assert.Equal(HttpStatusCode.BadRequest, (await Browser.PostAsync("/device", ("user_code", asked.Text("user_code")), ("decision", "allow"))).StatusCode);
        Assert.InRange((int)(await Browser.GetAsync($"/device?user_code={new string('B', 9_000)}")).StatusCode, 400, 422);
        // A decision in a link is none.
        Assert.Contains("Allow", await (await Browser.GetAsync($"/device?user_code={asked.Text("user_code")}&decision=allow")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await RefusedAsync("authorization_pending", device, Poll(asked));
    }

    [Fact]
    public async Task Clients_without_the_grant_get_no_codes()
    {
        var web = await Host.AddCodeClientAsync();
        Assert.Equal("unauthorized_client", (await Browser.PostAsync(Browser.Oauth + "device", web, ("scope", "openid")).JsonAsync()).Text("error"));
        Assert.Equal("invalid_client", (await Browser.PostAsync(Browser.Oauth + "device", new TestClient("nobody", null), ("scope", "openid")).JsonAsync()).Text("error"));
        Assert.Equal("unauthorized_client", (await Browser.PostAsync(Browser.Oauth + "device", new TestClient("goapi-first-party", null), ("scope", "openid")).JsonAsync()).Text("error"));
    }

    [Fact]
    public async Task Suspended_user_gives_the_device_nothing()
    {
        var (user, device) = (await Host.RegisterAsync(), await Host.AddDeviceAsync());
        var asked = await AskAsync(device);
        await DecideAsync(asked, user, "allow");
        await Host.SetUserAsync(user.Id, UserStatus.Suspended);
        await RefusedAsync("invalid_grant", device, Poll(asked));
    }

    private async Task<JsonObject> AskAsync(TestClient device, string scope = "openid profile:read reviews:write")
    {
        var answer = await Browser.PostAsync(Browser.Oauth + "device", device, ("scope", scope));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        return await answer.JsonAsync();
    }

    private async Task<HttpResponseMessage> DecideAsync(JsonObject asked, TestUser user, string decision)
    {
        await Browser.LogInAsync(user);
        return await Browser.SubmitAsync(await Browser.GetAsync($"/device?user_code={asked.Text("user_code")}"), "/device", ("decision", decision));
    }

    /// <summary>Moves the last poll into the past.</summary>
    /// <returns>The interval that the device has to keep.</returns>
    private Task<int?> PolledAgoAsync(TestClient device, int seconds) => Host.WithDatabaseAsync(async db =>
    {
        var code = await db.Set<OAuthToken>().SingleAsync(row => row.Application!.ClientId == device.Id && row.PolledAt != null);
        code.PolledAt = code.PolledAt!.Value.AddSeconds(-seconds);
        await db.SaveChangesAsync();
        return code.PollInterval;
    });

    private static (string, string)[] Poll(JsonObject asked) => [("grant_type", Grant), ("device_code", asked.Text("device_code"))];

    [GeneratedRegex("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$")]
    private static partial Regex UserCode();
}
