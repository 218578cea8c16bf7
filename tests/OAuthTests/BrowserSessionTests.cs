using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json.Nodes;
using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Users;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedBrowserSession(EmbeddedHost host) : BrowserSessionTests(host);

public sealed class ServicesBrowserSession(ServicesHost host) : BrowserSessionTests(host);

/// <summary>Log-ins at our own pages: listed, and ended one by one, on every instance.</summary>
[Trait("Promise", "S3")]
public abstract class BrowserSessionTests(OAuthHost host) : OAuthTest(host)
{
    private const string Sessions = "/api/v1/users/me/sessions";
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    private const string Login = "/login";

    [Fact]
    public async Task Browser_is_listed_with_its_device_and_ended_alone_and_at_once()
    {
        var user = await Host.RegisterAsync();
        using var firefox = Host.NewBrowser(Firefox);
        await Browser.LogInAsync(user);
        await firefox.LogInAsync(user);
        var token = await TokenAsync(user);

        var list = await ListAsync(token);
        Assert.Equal(["program", "browser", "browser"], list.Select(session => session!["kind"]!.ToString()));
        var mine = list[1]!;
        Assert.Equal(("Firefox on Linux", "127.0.0.1", "goapi-first-party", false),
            (mine["device"]!.ToString(), mine["ip_address"]!.ToString(), mine["client"]!["client_id"]!.ToString(), mine["current"]!.GetValue<bool>()));

        Assert.Equal(HttpStatusCode.OK, await DeleteAsync($"{Sessions}/{mine["id"]}", token));

        Assert.False(await IsLoggedInAsync(firefox));
        Assert.True(await IsLoggedInAsync(Browser));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync($"{Sessions}/{mine["id"]}", token));
        Assert.DoesNotContain(mine["id"]!.ToString(), (await ListAsync(token)).Select(session => session!["id"]!.ToString()));
        Assert.Contains("oauth.session_ended", await Host.AuditActionsAsync(user.Id));
    }

    [Fact]
    public async Task Browser_of_somebody_else_is_not_found_and_goes_on()
    {
        var user = await Host.RegisterAsync();
        await Browser.LogInAsync(user);
        var id = (await ListAsync(await TokenAsync(user)))[^1]!["id"];

        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync($"{Sessions}/{id}", await TokenAsync(await Host.RegisterAsync(Role.Admin))));

        Assert.True(await IsLoggedInAsync(Browser));
    }

    [Fact]
    public async Task Ended_on_one_instance_it_is_refused_on_the_other_within_a_second()
    {
        await using var twin = Host.StartTwin();
        var user = await Host.RegisterAsync();
        await Browser.LogInAsync(user);
        var token = await TokenAsync(user);
        Assert.True(await IsLoggedInAsync(Browser, twin.Origin));

        Assert.Equal(HttpStatusCode.OK, await DeleteAsync($"{Sessions}/{(await ListAsync(token))[^1]!["id"]}", token));

        Assert.False(await IsLoggedInAsync(Browser));
        await Within.OneSecondAsync(async () => !await IsLoggedInAsync(Browser, twin.Origin));
    }

    [Fact]
    public async Task Page_of_one_instance_is_posted_to_another_and_its_cookie_works_on_both()
    {
        await using var twin = Host.StartTwin();
        var user = await Host.RegisterAsync();

        var page = await Browser.GetAsync(twin.Origin + Login);
        var done = await Browser.SubmitAsync(page, Host.Origin + Login, ("email", user.Email), ("password", OAuthHost.Password));

        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        Assert.True(await IsLoggedInAsync(Browser));
        Assert.True(await IsLoggedInAsync(Browser, twin.Origin));
        var client = await Host.AddCodeClientAsync();
        var asked = await Browser.GetAsync((await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.ToString());
        var agreed = await Browser.SubmitAsync(asked, twin.Origin + "/consent", ("decision", "allow"));
        (await Browser.GetAsync(await agreed.NextAsync())).Headers.Location!.Code();
    }

    [Fact]
    public async Task Log_out_at_the_page_ends_it_also_for_whoever_has_kept_the_cookie()
    {
        var user = await Host.RegisterAsync();
        var cookie = await CookieAsync(user);
        var token = await TokenAsync(user);
        Assert.Equal(2, (await ListAsync(token)).Count);
        using var kept = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Host.Origin) };
        kept.DefaultRequestHeaders.Add("Cookie", cookie);
        Assert.Equal(HttpStatusCode.OK, (await kept.GetAsync("/device", TestContext.Current.CancellationToken)).StatusCode);

        await Browser.SubmitAsync(await Browser.GetAsync(Browser.Oauth + "logout"), Browser.Oauth + "logout");

        Assert.Single(await ListAsync(token));
        Assert.Equal(HttpStatusCode.Redirect, (await kept.GetAsync("/device", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Program_ends_with_the_browser_it_was_let_in_by_unless_for_offline_use()
    {
        var user = await Host.RegisterAsync();
        var (online, offline) = (await LetInAsync("openid profile:read", user), await LetInAsync("openid profile:read offline_access", user));
        using var second = Host.NewBrowser();
        await second.LogInAsync(user);
        var token = await TokenAsync(user);
        Assert.Equal(5, (await ListAsync(token)).Count);

        await EndOldestBrowserAsync(token);

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(online.Text("access_token")));
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(offline.Text("access_token")));
        Assert.Equal(3, (await ListAsync(token)).Count);
        Assert.Null(Web.Part(offline.Text("access_token"), 1)["browser_sid"]);
    }

    [Fact]
    public async Task Log_in_once_more_takes_the_place_of_the_one_before_and_programs_stay()
    {
        var user = await Host.RegisterAsync();
        var program = await LetInAsync("openid profile:read", user);
        var token = await TokenAsync(user);

        await Browser.LogInAsync(user);

        Assert.Equal(3, (await ListAsync(token)).Count);
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(program.Text("access_token")));
        await EndOldestBrowserAsync(token);
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(program.Text("access_token")));
    }

    [Theory]
    [InlineData("others")]
    [InlineData("administrator")]
    [InlineData("suspension")]
    [InlineData("password")]
    [InlineData("erasure")]
    public async Task What_ends_all_sessions_ends_those_of_browsers(string how)
    {
        var user = await Host.RegisterAsync();
        using var second = Host.NewBrowser();
        await Browser.LogInAsync(user);
        await second.LogInAsync(user);
        var (token, admin) = (await TokenAsync(user), await TokenAsync(await Host.RegisterAsync(Role.Admin)));

        var answer = how switch
        {
            "others" => await DeleteAsync(Sessions, token),
            "administrator" => await DeleteAsync($"/api/v1/users/{user.Id}/sessions", admin),
            "suspension" => await SendAsync(HttpMethod.Put, $"/api/v1/users/{user.Id}/status", admin, new { status = "suspended" }),
            "password" => await SendAsync(HttpMethod.Put, "/api/v1/users/me/password", token, new { old_password = OAuthHost.Password, new_password = "another-Horse-8-staple" }),
            _ => await SendAsync(HttpMethod.Post, "/api/v1/users/me/anonymize", token, new { password = OAuthHost.Password }),
        };

        Assert.Equal(HttpStatusCode.OK, answer);
        Assert.False(await IsLoggedInAsync(Browser));
        Assert.False(await IsLoggedInAsync(second));
        Assert.Equal(0, await Host.WithDatabaseAsync(db => db.Set<OAuthAuthorization>().CountAsync(row => row.Subject == user.Id.ToString() && row.Type == "browser" && row.Status == "valid")));
        // Who is not shut out logs in again, in the same millisecond if need be.
        if (how is not ("others" or "administrator")) return;
        await Browser.LogInAsync(user);
        Assert.True(await IsLoggedInAsync(Browser));
    }

    [Fact]
    public async Task Visit_is_noted_once_in_five_minutes_and_moves_the_end_of_row_and_cookie()
    {
        var user = await Host.RegisterAsync();
        var cookie = await CookieAsync(user);
        var began = await SeenAsync(user);
        await using var later = Host.StartLater(TimeSpan.FromHours(11));
        await using var latest = Host.StartLater(TimeSpan.FromHours(13));

        Assert.True(await IsLoggedInAsync(Browser));
        Assert.Equal(began, await SeenAsync(user));
        var (status, _) = await VisitAsync(latest.Origin, cookie);
        Assert.Equal(HttpStatusCode.Redirect, status);

        (status, var renewed) = await VisitAsync(later.Origin, cookie);
        Assert.Equal(HttpStatusCode.OK, status);
        var seen = await SeenAsync(user);
        Assert.InRange(seen - began, TimeSpan.FromHours(11), TimeSpan.FromHours(11.5));
        (status, var again) = await VisitAsync(later.Origin, renewed!);
        Assert.Equal((HttpStatusCode.OK, null, seen), (status, again, await SeenAsync(user)));
        Assert.Equal(HttpStatusCode.OK, (await VisitAsync(latest.Origin, renewed!)).Status);
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(31, false)]
    public async Task However_often_it_is_used_a_session_ends_after_thirty_days(int days, bool goesOn)
    {
        var cookies = Host.Provider.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(CookieAuthenticationDefaults.AuthenticationScheme).TicketDataFormat;
        var cookie = (await CookieAsync(await Host.RegisterAsync())).Split('=', 2)[1];
        var ticket = cookies.Unprotect(cookie)!;
        var identity = (ClaimsIdentity)ticket.Principal.Identity!;
        identity.RemoveClaim(identity.FindFirst(BrowserSession.Claim));
        // As it is after so many days of being issued anew.
        identity.AddClaim(new Claim(BrowserSession.Claim, Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddDays(-days)).ToString()));

        var (status, _) = await VisitAsync(Host.Origin, $"session={cookies.Protect(ticket)}");

        Assert.Equal(goesOn ? HttpStatusCode.OK : HttpStatusCode.Redirect, status);
    }

    private static async Task<bool> IsLoggedInAsync(Browser browser, string origin = "")
    {
        var answer = await browser.GetAsync(origin + "/device");
        Assert.True(answer.StatusCode is HttpStatusCode.OK || answer.Headers.Location!.ToString().StartsWith(Login, StringComparison.Ordinal));
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private static async Task<(HttpStatusCode Status, string? Cookie)> VisitAsync(string origin, string cookie)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        http.DefaultRequestHeaders.Add("Cookie", cookie);
        var answer = await http.GetAsync(origin + "/device");
        return (answer.StatusCode, SessionCookie(answer));
    }

    private static string? SessionCookie(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var cookies)
        ? cookies.Where(cookie => cookie.StartsWith("session=", StringComparison.Ordinal)).Select(cookie => cookie.Split(';')[0]).SingleOrDefault()
        : null;

    /// <summary>Logs in; the cookie, for whoever has got hold of it.</summary>
    private async Task<string> CookieAsync(TestUser user) =>
        SessionCookie(await Browser.SubmitAsync(await Browser.GetAsync(Login), Login, ("email", user.Email), ("password", OAuthHost.Password)))!;

    private Task<DateTimeOffset> SeenAsync(TestUser user) =>
        Host.WithDatabaseAsync(db => db.Set<OAuthAuthorization>().Where(row => row.Subject == user.Id.ToString() && row.Type == "browser").Select(row => row.LastSeenAt!.Value).SingleAsync());

    private async Task<JsonObject> LetInAsync(string scope, TestUser user)
    {
        var client = await Host.AddCodeClientAsync(consent: false);
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client, scope: scope), user)).Code();
        return await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
    }

    private async Task<string> TokenAsync(TestUser user) => (await Host.LogInAsync(user)).Text("access_token");

    private async Task<JsonArray> ListAsync(string token) => (await Browser.BearerAsync(Sessions, token).JsonAsync())["data"]!.AsArray();

    private async Task EndOldestBrowserAsync(string token)
    {
        var id = (await ListAsync(token)).Last(session => session!["kind"]!.ToString() == "browser")!["id"];
        Assert.Equal(HttpStatusCode.OK, await DeleteAsync($"{Sessions}/{id}", token));
    }

    private Task<HttpStatusCode> DeleteAsync(string url, string token) => SendAsync(HttpMethod.Delete, url, token);

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string url, string token, object? body = null)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var request = new HttpRequestMessage(method, url) { Content = body is null ? null : JsonContent.Create(body) };
        return (await http.SendAsync(request)).StatusCode;
    }
}
