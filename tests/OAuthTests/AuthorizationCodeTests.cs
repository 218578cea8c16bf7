using System.Net;
using GoApi.Domain.Users;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedAuthorizationCode(EmbeddedHost host) : AuthorizationCodeTests(host);

public sealed class ServicesAuthorizationCode(ServicesHost host) : AuthorizationCodeTests(host);

[Trait("Promise", "S4")]
public abstract class AuthorizationCodeTests(OAuthHost host) : OAuthTest(host)
{
    [Fact]
    public async Task Log_in_and_consent_lead_to_a_code_and_the_code_to_tokens()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        var start = await Browser.GetAsync(Web.Authorize(client));
        Assert.StartsWith("/login?return_url=%2Fapi%2Fv1%2Foauth%2Fauthorize", start.Headers.Location!.ToString(), StringComparison.Ordinal);

        var consent = await Browser.GetAsync(await Browser.LogInAsync(start, user));
        var page = await Browser.GetAsync(consent.Headers.Location!.ToString());
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("Pear &amp; Partners", html, StringComparison.Ordinal);
        Assert.Contains("Write and change reviews in your name", html, StringComparison.Ordinal);
        Assert.Contains(user.Email, html, StringComparison.Ordinal);

        var answer = await Browser.GetAsync(await (await Browser.SubmitAsync(page, "/consent", ("decision", "allow"))).NextAsync());
        var location = answer.Headers.Location!;
        Assert.Equal((TestClient.RedirectUri, "s1", Host.Origin), (location.GetLeftPart(UriPartial.Path), location.Query("state"), location.Query("iss")));

        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(location.Code())).JsonAsync();
        Assert.Equal("email offline_access openid reviews:write", string.Join(' ', tokens.Text("scope").Split(' ').Order()));
        var (access, id) = (Web.Part(tokens.Text("access_token"), 1), Web.Part(tokens.Text("id_token"), 1));
        Assert.Equal((client.Id, user.Id.ToString(), "user"), (access.Text("client_id"), access.Text("sub"), access.Text("role")));
        Assert.Equal((client.Id, access.Text("sid"), Host.Origin), (id.Text("aud"), id.Text("sid"), id.Text("iss")));
        Assert.Equal(["users.login", "oauth.consent", "oauth.code_issued", "oauth.token_issued"], await Host.AuditActionsAsync(user.Id));
    }

    [Fact]
    public async Task Refusal_goes_to_the_client()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        var consent = await Browser.GetAsync(await Browser.LogInAsync(await Browser.GetAsync(Web.Authorize(client)), user));
        var denied = await Browser.SubmitAsync(await Browser.GetAsync(consent.Headers.Location!.ToString()), "/consent", ("decision", "deny"));
        var answer = await Browser.GetAsync(await denied.NextAsync());

        Assert.Equal("access_denied", answer.Headers.Location!.Query("error"));
        Assert.StartsWith("/consent", (await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompts_are_heeded_and_do_not_loop()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        Assert.Equal("login_required", (await Browser.GetAsync(Web.Authorize(client, "&prompt=none"))).Headers.Location!.Query("error"));
        await Browser.LogInAsync(user);
        Assert.Equal("consent_required", (await Browser.GetAsync(Web.Authorize(client, "&prompt=none"))).Headers.Location!.Query("error"));
        (await Browser.AuthorizeAsync(Web.Authorize(client), user)).Code();
        (await Browser.GetAsync(Web.Authorize(client, "&prompt=none"))).Headers.Location!.Code();

        Assert.StartsWith("/consent", (await Browser.GetAsync(Web.Authorize(client, "&prompt=consent"))).Headers.Location!.ToString(), StringComparison.Ordinal);
        (await Browser.AuthorizeAsync(Web.Authorize(client, "&prompt=consent"), user)).Code();
        (await Browser.AuthorizeAsync(Web.Authorize(client, "&prompt=login"), user)).Code();
        (await Browser.AuthorizeAsync(Web.Authorize(client, "&max_age=0"), user)).Code();
        (await Browser.GetAsync(Web.Authorize(client, "&max_age=1000"))).Headers.Location!.Code();
    }

    [Fact]
    public async Task Scopes_beyond_the_role_are_left_out()
    {
        var client = await Host.AddCodeClientAsync(consent: false);
        var url = Web.Authorize(client, scope: "openid tickets:manage");
        Assert.DoesNotContain(Permission.TicketsManage, (await ExchangeAsync(client, await Browser.AuthorizeAsync(url, await Host.RegisterAsync()))).Text("scope"), StringComparison.Ordinal);

        using var other = Host.NewBrowser();
        Assert.Contains(Permission.TicketsManage, (await ExchangeAsync(client, await other.AuthorizeAsync(url, await Host.RegisterAsync(Role.Support)))).Text("scope"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suspended_user_gets_no_code_and_no_tokens_for_one()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client), user)).Code();
        await Host.SetUserAsync(user.Id, UserStatus.Suspended);

        await RefusedAsync("invalid_grant", client, Web.Exchange(code));
        Assert.StartsWith("/login", (await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/cb")]
    [InlineData("https://client.example/cb/x")]
    [InlineData("https://client.example/cb?x=1")]
    [InlineData("https://client.example:444/cb")]
    [InlineData("http://client.example/cb")]
    [InlineData("HTTPS://client.example/CB")]
    [InlineData("javascript:alert(1)")]
    public async Task Foreign_redirect_uri_gets_a_page_and_no_redirect(string redirect)
    {
        var answer = await Browser.GetAsync(Web.Authorize(await Host.AddCodeClientAsync(), redirect: redirect));

        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Null(answer.Headers.Location);
        Assert.Contains("This link does not work", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_and_first_party_clients_get_a_page()
    {
        foreach (var id in new[] { "nobody", "goapi-first-party", new string('x', 5_000) })
            Assert.Equal(HttpStatusCode.BadRequest, (await Browser.GetAsync(Web.Authorize(new TestClient(id, null)))).StatusCode);
    }

    [Fact]
    public async Task Loopback_port_may_vary_for_native_clients_only()
    {
        var native = await Host.AddCodeClientAsync(isPublic: true);
        Assert.StartsWith("/login", (await Browser.GetAsync(Web.Authorize(native, redirect: "http://127.0.0.1:53111/cb"))).Headers.Location!.ToString(), StringComparison.Ordinal);
        foreach (var other in new[] { "http://127.0.0.2:53111/cb", "http://127.0.0.1:53111/x/../cb", "http://127.0.0.1:53111/%63b", "http://127.1:53111/cb", "http://localhost:53111/cb", "http://127.0.0.1:53111/cb/", "http://127.0.0.1:53111/CB", "http://127.0.0.1:x/cb", "http://u@127.0.0.1:53111/cb", "https://127.0.0.1:53111/cb" })
            Assert.True((await Browser.GetAsync(Web.Authorize(native, redirect: other))).StatusCode == HttpStatusCode.BadRequest, other);
    }

    [Fact]
    public async Task Requests_without_S256_are_refused_at_the_client()
    {
        foreach (var client in new[] { await Host.AddCodeClientAsync(), await Host.AddCodeClientAsync(isPublic: true) })
        {
            var url = Web.Authorize(client);
            foreach (var bad in new[] { url.Replace("S256", "plain", StringComparison.Ordinal), url.Split("&code_challenge")[0], url.Replace("&code_challenge_method=S256", "", StringComparison.Ordinal) })
            {
                var location = (await Browser.GetAsync(bad)).Headers.Location!;
                Assert.Equal(("invalid_request", "s1", Host.Origin), (location.Query("error"), location.Query("state"), location.Query("iss")));
            }
        }
    }

    [Fact]
    public async Task Code_is_bound_to_client_verifier_and_redirect_uri()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client), user)).Code();

        await RefusedAsync("invalid_grant", await Host.AddCodeClientAsync(), Web.Exchange(code));
        await RefusedAsync("invalid_grant", client, Web.Exchange(code, verifier: new string('x', 50)));
        await RefusedAsync("invalid_grant", client, Web.Exchange(code, redirect: "http://127.0.0.1/cb"));
        Assert.NotNull((await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync())["access_token"]);
    }

    [Fact]
    public async Task Code_lives_sixty_seconds()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client), user)).Code();
        var row = await Host.WithDatabaseAsync(db => db.Set<OAuthToken>().SingleAsync(token => token.Subject == user.Id.ToString() && token.Type == OpenIddictConstants.TokenTypeIdentifiers.Private.AuthorizationCode));

        Assert.Equal(60, (row.ExpirationDate - row.CreationDate)!.Value.TotalSeconds, 1.0);
        Assert.NotEqual(code, row.ReferenceId);
    }

    [Fact]
    public async Task Replay_of_a_code_revokes_what_it_gave_and_nothing_else()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var other = await ExchangeAsync(client, await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read offline_access"), user));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read offline_access"), user)).Code();
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token")));

        await RefusedAsync("invalid_grant", client, Web.Exchange(code));

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("access_token")));
        await RefusedAsync("invalid_grant", client, ("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token")));
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(other.Text("access_token")));
        Assert.Contains("oauth.token_reused", await Host.AuditActionsAsync(user.Id));
    }

    [Fact]
    public async Task Twenty_exchanges_of_a_code_at_once_give_tokens_once_and_leave_none_of_use()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read"), user)).Code();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync()));

        var tokens = Assert.Single(answers, answer => answer["access_token"] is not null);
        Assert.All(answers.Except([tokens]), answer => Assert.Equal("invalid_grant", answer.Text("error")));
        // The others are replays (RFC 6749, section 4.1.2).
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("access_token")));
    }

    [Fact]
    public async Task Refresh_over_HTTP_gives_the_same_successor_and_keeps_the_authentication_time()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var tokens = await ExchangeAsync(client, await Browser.AuthorizeAsync(Web.Authorize(client), user));
        (string, string)[] refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token"))];
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Browser.PostAsync(Browser.Oauth + "token", client, refresh).JsonAsync()));

        Assert.Single(answers.Select(answer => answer.Text("refresh_token")).Distinct());
        Assert.Equal(Web.Part(tokens.Text("id_token"), 1).Text("auth_time"), Web.Part(answers[0].Text("id_token"), 1).Text("auth_time"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.RefreshAsync(answers[0].Text("refresh_token"))).Status);
    }

    [Fact]
    public async Task Pushed_request_survives_the_log_in_and_works_once()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        var pushed = await Browser.PostAsync(Browser.Oauth + "par", client,
            ("response_type", "code"), ("redirect_uri", TestClient.RedirectUri), ("scope", "openid"), ("state", "par"), ("prompt", "login"), ("code_challenge", Web.Challenge), ("code_challenge_method", "S256"));
        var par = await pushed.JsonAsync();
        Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        Assert.InRange(par["expires_in"]!.GetValue<int>(), 590, 600);
        var url = $"{Browser.Oauth}authorize?client_id={client.Id}&request_uri={Uri.EscapeDataString(par.Text("request_uri"))}";

        Assert.Equal("par", (await Browser.AuthorizeAsync(url, user)).Query("state"));
        var again = await Browser.GetAsync(url);
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
    }

    [Fact]
    public async Task Posted_request_keeps_its_parameters_through_the_log_in()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var posted = await Browser.PostAsync(Browser.Oauth + "authorize", ("client_id", client.Id), ("response_type", "code"), ("redirect_uri", TestClient.RedirectUri),
            ("scope", "openid"), ("state", "posted"), ("code_challenge", Web.Challenge), ("code_challenge_method", "S256"));

        var answer = await Browser.GetAsync(await Browser.LogInAsync(posted, user));
        Assert.Equal("posted", answer.Headers.Location!.Query("state"));
    }

    [Fact]
    public async Task Consent_of_one_person_is_not_the_answer_of_another()
    {
        var (user, other, client) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        await Browser.LogInAsync(user);
        var ticket = (await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.ToString();

        using var stranger = Host.NewBrowser();
        await stranger.LogInAsync(other);
        Assert.Equal(HttpStatusCode.BadRequest, (await stranger.GetAsync(ticket)).StatusCode);
    }

    [Fact]
    public async Task Too_long_and_unreadable_requests_are_refused()
    {
        var client = await Host.AddCodeClientAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await Browser.PostAsync(Browser.Oauth + "authorize", ("client_id", client.Id), ("response_type", "code"), ("state", new string('x', 20_000)))).StatusCode);
        await RefusedAsync("invalid_request", client, ("grant_type", "refresh_token"), ("refresh_token", "\0"));
        await RefusedAsync("invalid_request", new TestClient("a\0b", null), ("grant_type", "client_credentials"));
    }

    private async Task<System.Text.Json.Nodes.JsonObject> ExchangeAsync(TestClient client, Uri answer) =>
        await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(answer.Code())).JsonAsync();
}
