using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GoApi.Application.Users;
using GoApi.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedSecondStep(EmbeddedHost host) : SecondStepTests(host);

public sealed class ServicesSecondStep(ServicesHost host) : SecondStepTests(host);

/// <summary>The page for the code, between the password and the browser session.</summary>
[Trait("Promise", "S4")]
public abstract class SecondStepTests(OAuthHost host) : OAuthTest(host)
{
    [Fact]
    public async Task Authorize_request_goes_through_the_code_and_its_tokens_say_so()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var client = await Host.AddCodeClientAsync();
        var url = Web.Authorize(client);
        var asked = await Browser.GetAsync(url);

        var password = await Browser.SubmitAsync(await Browser.GetAsync(asked.Headers.Location!.ToString()), "/login", ("email", user.Email), ("password", OAuthHost.Password));
        Assert.Equal(HttpStatusCode.SeeOther, password.StatusCode);
        Assert.StartsWith("/mfa?return_url=", password.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Cookies(password), cookie => cookie.StartsWith("session=", StringComparison.Ordinal));
        // Nobody is logged in yet.
        Assert.StartsWith("/login", (await Browser.GetAsync(url)).Headers.Location!.ToString(), StringComparison.Ordinal);

        var page = await Browser.GetAsync(password.Headers.Location!.ToString());
        var wrong = await Browser.SubmitAsync(page, "/mfa", ("code", authenticator.WrongCode()));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("The code is wrong, or was used before.", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("/login", (await Browser.GetAsync(url)).Headers.Location!.ToString(), StringComparison.Ordinal);

        var right = await Browser.SubmitAsync(wrong, "/mfa", ("code", authenticator.Code(1)));
        Assert.Contains(Cookies(right), cookie => cookie.StartsWith("session=", StringComparison.Ordinal));
        Assert.Contains(Cookies(right), cookie => cookie.StartsWith("mfa=;", StringComparison.Ordinal));
        var consent = await Browser.GetAsync((await Browser.GetAsync(await right.NextAsync())).Headers.Location!.ToString());
        var answer = await Browser.GetAsync(await (await Browser.SubmitAsync(consent, "/consent", ("decision", "allow"))).NextAsync());

        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(answer.Headers.Location!.Code())).JsonAsync();
        var claims = Web.Part(tokens.Text("id_token"), 1);
        Assert.Equal(["pwd", "otp", "mfa"], Methods(claims));
        Assert.NotNull(claims["auth_time"]);
        Assert.Equal(["pwd", "otp", "mfa"], Methods(Web.Part(tokens.Text("access_token"), 1)));
        var refreshed = await Browser.PostAsync(Browser.Oauth + "token", client, ("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token"))).JsonAsync();
        Assert.Equal(["pwd", "otp", "mfa"], Methods(Web.Part(refreshed.Text("id_token"), 1)));
    }

    [Fact]
    public async Task Password_alone_is_said_to_be_one_method()
    {
        var client = await Host.AddCodeClientAsync();
        var answer = await Browser.AuthorizeAsync(Web.Authorize(client), await Host.RegisterAsync());

        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(answer.Code())).JsonAsync();

        Assert.Equal(["pwd"], Methods(Web.Part(tokens.Text("id_token"), 1)));
        Assert.Equal(["pwd"], Methods(Web.Part(tokens.Text("access_token"), 1)));
    }

    [Fact]
    public async Task Request_that_asks_for_a_log_in_gets_one_with_both_steps()
    {
        var (user, authenticator, codes) = await EnrolledAsync();
        var client = await Host.AddCodeClientAsync(consent: false);
        await SignInAsync(user, codes[0]);
        Assert.Contains("code=", (await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.Query, StringComparison.Ordinal);

        var asked = await Browser.GetAsync(Web.Authorize(client, "&prompt=login"));
        var page = await PasswordAsync(user, asked.Headers.Location!.ToString());
        var answer = await Browser.GetAsync(await (await Browser.SubmitAsync(page, "/mfa", ("code", authenticator.Code(1)))).NextAsync());

        Assert.Contains("code=", answer.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recovery_code_has_a_page_of_its_own_and_works_once()
    {
        var (user, _, codes) = await EnrolledAsync();
        var page = await PasswordAsync(user);
        Assert.Contains("inputmode=\"numeric\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("autocomplete=\"one-time-code\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var byRecovery = await Browser.GetAsync("/mfa?return_url=%2F&method=recovery_code");
        Assert.DoesNotContain("inputmode", await byRecovery.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var wrong = await Browser.SubmitAsync(byRecovery, "/mfa", ("code", "00000-00000"));
        Assert.Contains("Recovery code", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("/", await (await Browser.SubmitAsync(wrong, "/mfa", ("code", codes[0]))).NextAsync());

        await PasswordAsync(user);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Browser.SubmitAsync(page, "/mfa", ("code", codes[0]))).StatusCode);
    }

    [Fact]
    public async Task Another_browser_cannot_finish_what_one_began()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        await PasswordAsync(user);
        using var other = Host.NewBrowser();
        var login = await other.GetAsync("/login");

        Assert.Equal("/login?return_url=%2F", (await other.GetAsync("/mfa")).Headers.Location!.ToString());
        var answer = await other.SubmitAsync(login, "/mfa", ("code", authenticator.Code(1)));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("This log-in has expired; begin again.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(Cookies(answer), cookie => cookie.StartsWith("session=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_in_that_was_void_meanwhile_begins_again_at_the_password()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var page = await PasswordAsync(user);
        await ResetAsync(user, "different-Horse-8-staple");

        var answer = await Browser.SubmitAsync(page, "/mfa", ("code", authenticator.Code(1)));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("This log-in has expired; begin again.", html, StringComparison.Ordinal);
        Assert.Contains("action=\"/login\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    public async Task Code_leads_nowhere_else(string returnUrl)
    {
        var (user, _, codes) = await EnrolledAsync();
        await PasswordAsync(user);

        var page = await Browser.GetAsync("/mfa?return_url=" + Uri.EscapeDataString(returnUrl));

        Assert.Equal("/", await (await Browser.SubmitAsync(page, "/mfa", ("code", codes[0]))).NextAsync());
    }

    [Fact]
    public async Task Cookie_of_the_half_done_log_in_is_closed_to_scripts_and_short_lived()
    {
        var (user, _, _) = await EnrolledAsync();

        var answer = await Browser.SubmitAsync(await Browser.GetAsync("/login"), "/login", ("email", user.Email), ("password", OAuthHost.Password));

        var cookie = Assert.Single(Cookies(answer), cookie => cookie.StartsWith("mfa=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("max-age=300", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    [Trait("Promise", "S1")]
    public async Task Program_that_acts_for_a_user_may_not_touch_the_second_factor()
    {
        var client = await Host.AddCodeClientAsync(consent: false, scopes: ["profile:read", "profile:write"]);
        var answer = await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read profile:write"), await Host.RegisterAsync());
        var token = (await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(answer.Code())).JsonAsync()).Text("access_token");
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(token));

        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        foreach (var path in new[] { "totp", "totp/confirm", "recovery-codes" }) Assert.Equal(HttpStatusCode.Forbidden, (await http.PostAsJsonAsync($"/api/v1/users/me/mfa/{path}", new { })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.DeleteAsync("/api/v1/users/me/mfa/totp")).StatusCode);
    }

    [Fact]
    public async Task Password_is_reset_at_the_press_of_the_button_and_browsers_are_logged_out()
    {
        var user = await Host.RegisterAsync();
        var client = await Host.AddCodeClientAsync(consent: false);
        await Browser.LogInAsync(user);
        using var stranger = Host.NewBrowser();
        var forgot = await stranger.SubmitAsync(await stranger.GetAsync("/forgot-password"), "/forgot-password", ("email", user.Email));
        var unknown = await stranger.SubmitAsync(await stranger.GetAsync("/forgot-password"), "/forgot-password", ("email", "nobody@example.test"));
        Assert.Equal(
            (await forgot.Content.ReadAsStringAsync()).Replace(user.Email, "", StringComparison.Ordinal),
            (await unknown.Content.ReadAsStringAsync()).Replace("nobody@example.test", "", StringComparison.Ordinal));

        var page = await stranger.GetAsync("/reset-password?token=" + await TokenAsync(user));
        Assert.NotNull((await Host.LogInAsync(user))["access_token"]);
        var weak = await stranger.SubmitAsync(page, "/reset-password", ("new_password", "Lovelace-is-me"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, weak.StatusCode);
        Assert.Contains("id=\"new_password-fault\"", await weak.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var done = await stranger.SubmitAsync(weak, "/reset-password", ("new_password", "different-Horse-8-staple"));

        Assert.Contains("Your password is changed", await done.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("login_required", (await Browser.GetAsync(Web.Authorize(client, "&prompt=none"))).Headers.Location!.Query, StringComparison.Ordinal);
        Assert.Null((await Host.LogInAsync(user))["access_token"]);
        var again = await stranger.SubmitAsync(page, "/reset-password", ("new_password", "yet-another-Horse-9"));
        Assert.Contains("This link does not work", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "S3")]
    public async Task All_sessions_end_but_the_one_that_is_to_go_on()
    {
        var user = await Host.RegisterAsync();
        var client = await Host.AddCodeClientAsync(consent: false);
        var answer = await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read offline_access"), user);
        var foreign = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(answer.Code())).JsonAsync();
        var (kept, ended, others) = (await Host.LogInAsync(user), await Host.LogInAsync(user), await Host.LogInAsync(await Host.RegisterAsync()));

        await using (var scope = Host.Provider.CreateAsyncScope())
        {
            var session = Guid.Parse(Web.Part(kept.Text("access_token"), 1).Text("sid"));
            await scope.ServiceProvider.GetRequiredService<ISessions>().EndAllAsync(user.Id, session, TestContext.Current.CancellationToken);
        }

        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(kept.Text("access_token")));
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(others.Text("access_token")));
        Assert.Equal(HttpStatusCode.OK, (await Host.RefreshAsync(kept.Text("refresh_token"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(ended.Text("access_token")));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.RefreshAsync(ended.Text("refresh_token"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(foreign.Text("access_token")));
        await RefusedAsync("invalid_grant", client, ("grant_type", "refresh_token"), ("refresh_token", foreign.Text("refresh_token")));
        Assert.Contains("login_required", (await Browser.GetAsync(Web.Authorize(client, "&prompt=none"))).Headers.Location!.Query, StringComparison.Ordinal);
        // The browser's is the third.
        Assert.Equal(3, (await Host.AuditActionsAsync(user.Id)).Count(action => action == "oauth.session_ended"));
    }

    /// <summary>Somebody with a second factor, and the code of the current time step used up by its confirmation.</summary>
    private async Task<(TestUser User, Authenticator Authenticator, string[] Codes)> EnrolledAsync()
    {
        var user = await Host.RegisterAsync();
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await Host.LogInAsync(user)).Text("access_token"));
        var authenticator = new Authenticator((await http.PostAsync("/api/v1/users/me/mfa/totp", null).JsonAsync())["data"]!["secret"]!.ToString());
        var confirmed = await http.PostAsJsonAsync("/api/v1/users/me/mfa/totp/confirm", new { code = authenticator.Code() }).JsonAsync();
        return (user, authenticator, [.. confirmed["data"]!["codes"]!.AsArray().Select(code => code!.ToString())]);
    }

    /// <summary>The right password; the page for the code.</summary>
    private async Task<HttpResponseMessage> PasswordAsync(TestUser user, string login = "/login")
    {
        var answer = await Browser.SubmitAsync(await Browser.GetAsync(login), "/login", ("email", user.Email), ("password", OAuthHost.Password));
        return await Browser.GetAsync(answer.Headers.Location!.ToString());
    }

    private async Task SignInAsync(TestUser user, string code) =>
        Assert.Equal(HttpStatusCode.SeeOther, (await Browser.SubmitAsync(await PasswordAsync(user), "/mfa", ("code", code))).StatusCode);

    private async Task<string> TokenAsync(TestUser user)
    {
        await using var scope = Host.Provider.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<IPasswordResets>().MakeTokenAsync(user.Id, TestContext.Current.CancellationToken))!.Value.Token;
    }

    private async Task ResetAsync(TestUser user, string password)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsJsonAsync("/api/v1/users/password/reset", new { token = await TokenAsync(user), new_password = password })).StatusCode);
    }

    private static string[] Cookies(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? [.. cookies] : [];

    private static string[] Methods(JsonObject claims) => [.. claims["amr"]!.AsArray().Select(method => method!.ToString())];
}
