using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedConformance(EmbeddedHost host) : ConformanceTests(host);

public sealed class ServicesConformance(ServicesHost host) : ConformanceTests(host);

/// <summary>What docs/conformance.md says that is shown nowhere else.</summary>
[Trait("Promise", "S4")]
public abstract class ConformanceTests(OAuthHost host) : OAuthTest(host)
{
    private const string UserInfo = Browser.Oauth + "userinfo";
    private const string LogOut = Browser.Oauth + "logout";

    [Fact]
    public async Task Id_token_says_who_logged_in_where_and_when_and_nothing_personal()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var tokens = await TokensAsync(client, user, "nonce=n1&scope=openid email profile");
        var (header, claims) = (Web.Part(tokens.Text("id_token"), 0), Web.Part(tokens.Text("id_token"), 1));

        Assert.Equal("ES256", header.Text("alg"));
        var keys = (await Browser.GetAsync("/.well-known/jwks").JsonAsync())["keys"]!.AsArray();
        Assert.Contains(keys, key => key!["kid"]!.ToString() == header.Text("kid"));
        Assert.Equal((Host.Origin, user.Id.ToString(), client.Id, "n1"), (claims.Text("iss"), claims.Text("sub"), claims.Text("aud"), claims.Text("nonce")));
        Assert.Equal(Web.Part(tokens.Text("access_token"), 1).Text("sid"), claims.Text("sid"));
        Assert.InRange(claims["auth_time"]!.GetValue<long>(), before - 1, before + 60);
        Assert.InRange(claims["iat"]!.GetValue<long>(), before - 1, before + 60);
        Assert.True(claims["exp"]!.GetValue<long>() > claims["iat"]!.GetValue<long>());
        Assert.Equal(Web.Encode(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(tokens.Text("access_token")))[..16]), claims.Text("at_hash"));
        Assert.Empty(claims.Select(claim => claim.Key).Except(["iss", "sub", "aud", "exp", "iat", "nbf", "auth_time", "amr", "nonce", "sid", "at_hash", "azp", "jti", "oi_au_id", "oi_tkn_id"]));
    }

    [Fact]
    public async Task Code_is_exchanged_with_the_secret_in_the_header_or_in_the_form()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        Assert.NotNull((await TokensAsync(client, user))["id_token"]);
        // Without a nonce (OpenID Connect Core, section 3.1.2.1: optional in the code flow), with client_secret_post.
        var code = (await Browser.AuthorizeAsync(AbuseTests.Changed(client, "scope=email openid"), user)).Code();
        var answer = await Browser.PostAsync(Browser.Oauth + "token", [.. Web.Exchange(code), ("client_id", client.Id), ("client_secret", client.Secret!)]);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("Bearer", (await answer.JsonAsync()).Text("token_type"));
    }

    [Fact]
    public async Task User_info_is_got_and_posted_and_has_the_claims_of_each_scope()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false, scopes: ["email", "profile", "phone"]));
        foreach (var (scope, claims) in new[]
        {
            ("openid", "sub"), ("openid email", "email email_verified sub"), ("openid profile", "family_name given_name name sub updated_at"),
            ("phone openid profile email", "email email_verified family_name given_name name sub updated_at"),
        })
        {
            var access = (await TokensAsync(client, user, "scope=" + scope)).Text("access_token");
            var got = await Browser.BearerAsync(UserInfo, access);
            Assert.True(got.Headers.CacheControl!.NoStore);
            var info = await got.JsonAsync();
            Assert.Equal(claims, string.Join(' ', info.Select(claim => claim.Key).Where(name => name is not ("iss" or "aud" or "locale" or "zoneinfo" or "birthdate")).Order()));
            Assert.Equal(user.Id.ToString(), info.Text("sub"));

            using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
            using var header = new HttpRequestMessage(HttpMethod.Post, UserInfo) { Content = new FormUrlEncodedContent([]) };
            header.Headers.Authorization = new("Bearer", access);
            Assert.Equal(info.ToJsonString(), (await (await http.SendAsync(header)).JsonAsync()).ToJsonString());
            Assert.Equal(info.ToJsonString(), (await Browser.PostAsync(UserInfo, ("access_token", access)).JsonAsync()).ToJsonString());
        }
    }

    [Fact]
    public async Task Answer_comes_in_the_mode_that_was_asked_for()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        await Browser.LogInAsync(user);
        (await Browser.GetAsync(AbuseTests.Changed(client, "response_mode=query"))).Headers.Location!.Code();
        Assert.StartsWith("#", (await Browser.GetAsync(AbuseTests.Changed(client, "response_mode=fragment"))).Headers.Location!.Fragment, StringComparison.Ordinal);

        var page = await Browser.GetAsync(AbuseTests.Changed(client, "response_mode=form_post"));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains($"action=\"{TestClient.RedirectUri}\"", html, StringComparison.Ordinal);
        Assert.Contains("name=\"code\"", html, StringComparison.Ordinal);
        Assert.Contains("name=\"iss\"", html, StringComparison.Ordinal);
        // The one script of the page is the one that its policy lets run.
        var script = Assert.Single(Regex.Matches(html, "<script>(.*?)</script>", RegexOptions.Singleline)).Groups[1].Value;
        Assert.Contains($"'sha256-{Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(script)))}'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(page.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Login_hint_fills_in_the_address_and_is_bounded_and_escaped()
    {
        var client = await Host.AddCodeClientAsync();
        Assert.Contains("value=\"ada@example.test\"", await LoginPageAsync("ada@example.test"), StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", await LoginPageAsync("\"><script>alert(1)</script>"), StringComparison.Ordinal);
        Assert.DoesNotContain("xxxxxxxxxx", Regex.Match(await LoginPageAsync(new string('x', 255)), "<input id=\"email\"[^>]*>").Value, StringComparison.Ordinal);

        async Task<string> LoginPageAsync(string hint)
        {
            var page = (await Browser.GetAsync(AbuseTests.Changed(client, "login_hint=" + hint))).Headers.Location!.ToString();
            return await (await Browser.GetAsync(page)).Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Id_token_hint_says_who_is_expected()
    {
        var (user, other, client) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var hint = (await TokensAsync(client, user)).Text("id_token");
        (await Browser.GetAsync(AbuseTests.Changed(client, "prompt=none&id_token_hint=" + hint))).Headers.Location!.Code();
        await using (var later = Host.StartLater(TimeSpan.FromHours(3)))
        {
            // It has expired, and says what it said.
            (await Browser.GetAsync(later.Origin + AbuseTests.Changed(client, "prompt=none&id_token_hint=" + hint))).Headers.Location!.Code();
        }

        using var browser = Host.NewBrowser();
        await browser.LogInAsync(other);
        Assert.Equal("login_required", (await browser.GetAsync(AbuseTests.Changed(client, "prompt=none&id_token_hint=" + hint))).Headers.Location!.Query("error"));
        var request = AbuseTests.Changed(client, "id_token_hint=" + hint);
        var again = await browser.GetAsync(await browser.LogInAsync(await browser.GetAsync(request), other));
        Assert.Equal("login_required", again.Headers.Location!.Query("error"));
        (await browser.GetAsync(await browser.LogInAsync(await browser.GetAsync(AbuseTests.Changed(client, "state=s2&id_token_hint=" + hint)), user))).Headers.Location!.Code();
        // A hint that another client was given is none.
        Assert.Equal("invalid_request", (await browser.GetAsync(AbuseTests.Changed(await Host.AddCodeClientAsync(consent: false), "id_token_hint=" + hint))).Headers.Location!.Query("error"));
    }

    [Fact]
    public async Task Old_log_ins_and_chosen_accounts_ask_once_more_and_once_only()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        await Browser.LogInAsync(user);
        (await Browser.GetAsync(AbuseTests.Changed(client, "max_age=10000"))).Headers.Location!.Code();
        await using var later = Host.StartLater(TimeSpan.FromMinutes(5));
        foreach (var (extra, silent) in new[] { ("max_age=1", "max_age=1&prompt=none"), ("prompt=select_account", ""), ("prompt=login", "") })
        {
            Assert.StartsWith("/login", (await Browser.GetAsync(later.Origin + AbuseTests.Changed(client, extra))).Headers.Location!.ToString(), StringComparison.Ordinal);
            if (silent.Length > 0) Assert.Equal("login_required", (await Browser.GetAsync(later.Origin + AbuseTests.Changed(client, silent))).Headers.Location!.Query("error"));
            using var browser = new Browser(later.Origin);
            (await browser.AuthorizeAsync(AbuseTests.Changed(client, extra), user)).Code();
        }
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    public async Task Discovery_says_what_is_so_in_both_forms(string address)
    {
        var answer = await Browser.GetAsync(address);
        var said = await answer.JsonAsync();
        foreach (var (name, value) in new[]
        {
            ("issuer", Host.Origin), ("authorization_endpoint", Host.Origin + Browser.Oauth + "authorize"), ("token_endpoint", Host.Origin + Browser.Oauth + "token"),
            ("userinfo_endpoint", Host.Origin + UserInfo), ("jwks_uri", Host.Origin + "/.well-known/jwks"), ("end_session_endpoint", Host.Origin + LogOut),
            ("pushed_authorization_request_endpoint", Host.Origin + Browser.Oauth + "par"), ("device_authorization_endpoint", Host.Origin + Browser.Oauth + "device"),
            ("claims_parameter_supported", "false"), ("request_parameter_supported", "false"), ("request_uri_parameter_supported", "false"),
            ("authorization_response_iss_parameter_supported", "true"), ("require_pushed_authorization_requests", "false"),
        })
        {
            Assert.True(said[name]?.ToString() == value, $"{name}: {said[name]}");
        }

        foreach (var (name, values) in new[]
        {
            ("scopes_supported", "email files:read files:write notifications:self offline_access openid phone profile profile:read profile:write reviews:write tickets:write"),
            ("response_types_supported", "code"), ("response_modes_supported", "form_post fragment query"), ("subject_types_supported", "public"),
            ("id_token_signing_alg_values_supported", "ES256"), ("code_challenge_methods_supported", "S256"), ("prompt_values_supported", "consent login none select_account"),
            ("grant_types_supported", "authorization_code client_credentials refresh_token urn:ietf:params:oauth:grant-type:device_code urn:ietf:params:oauth:grant-type:token-exchange"),
            ("claims_supported", "aud auth_time birthdate email email_verified exp family_name gender given_name iat iss locale name nonce phone_number phone_number_verified picture sid sub updated_at zoneinfo"),
        })
        {
            Assert.Equal(values, string.Join(' ', said[name]!.AsArray().Select(value => value!.ToString()).Order(StringComparer.Ordinal)));
        }

        foreach (var endpoint in new[] { "token", "revocation", "device_authorization", "pushed_authorization_request" })
            Assert.Empty(((string[])["client_secret_basic", "client_secret_post", "none"]).Except(Methods(endpoint)));
        Assert.DoesNotContain("none", Methods("introspection"));
        await PublicAsync(answer);
        await PublicAsync(await Browser.GetAsync("/.well-known/jwks"));

        string[] Methods(string endpoint) => [.. said[endpoint + "_endpoint_auth_methods_supported"]!.AsArray().Select(method => method!.ToString())];

        static Task PublicAsync(HttpResponseMessage document)
        {
            Assert.Equal((HttpStatusCode.OK, "*", "public, max-age=300"), (document.StatusCode, document.Headers.GetValues("Access-Control-Allow-Origin").Single(), document.Headers.CacheControl!.ToString()));
            Assert.False(document.Headers.Contains("Pragma"));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Issuer_with_a_path_is_found_where_both_standards_look()
    {
        await using var tenant = Host.StartWith("JWT_ISSUER", Host.Origin + "/tenant");
        foreach (var address in new[] { "/tenant/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/tenant", "/.well-known/openid-configuration" })
            Assert.Equal(Host.Origin + "/tenant", (await Browser.GetAsync(tenant.Origin + address).JsonAsync()).Text("issuer"));
        Assert.Equal(HttpStatusCode.NotFound, (await Browser.GetAsync("/tenant/.well-known/openid-configuration")).StatusCode);
    }

    [Fact]
    public async Task Log_out_returns_to_the_registered_address_only()
    {
        var (user, client, other) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false), await Host.AddCodeClientAsync(consent: false));
        var hint = (await TokensAsync(client, user)).Text("id_token");
        foreach (var (what, query) in new[]
        {
            ("foreign address", $"id_token_hint={hint}&post_logout_redirect_uri=https://evil.example/"),
            ("longer address", $"id_token_hint={hint}&post_logout_redirect_uri={TestClient.LogoutUri}/x"),
            ("other case", $"id_token_hint={hint}&post_logout_redirect_uri=https://client.example/BYE"),
            ("the redirect URI", $"id_token_hint={hint}&post_logout_redirect_uri={TestClient.RedirectUri}"),
            ("unknown client", $"client_id=nobody&post_logout_redirect_uri={TestClient.LogoutUri}"),
            ("another client's hint", $"client_id={other.Id}&id_token_hint={hint}&post_logout_redirect_uri={TestClient.LogoutUri}"),
        })
        {
            var answer = await Browser.GetAsync($"{LogOut}?{query}");
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest && answer.Headers.Location is null, what);
        }

        // Nobody was logged out by that.
        (await Browser.GetAsync(AbuseTests.Changed(client, "prompt=none"))).Headers.Location!.Code();

        // Without a hint, with a forged one and with another user's: people are asked.
        var stranger = (await TokensAsync(client, await Host.RegisterAsync(), browser: Host.NewBrowser())).Text("id_token");
        foreach (var query in new[] { $"client_id={client.Id}", "id_token_hint=eyJhbGciOiJub25lIn0.e30.", $"id_token_hint={stranger}" })
            Assert.Contains("Do you want to log out?", await (await Browser.GetAsync($"{LogOut}?{query}")).Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var asked = await Browser.GetAsync($"{LogOut}?client_id={client.Id}&post_logout_redirect_uri={TestClient.LogoutUri}&state=s1");
        Assert.Equal(TestClient.LogoutUri + "?state=s1", (await Browser.SubmitAsync(asked, LogOut)).Headers.Location!.ToString());
        Assert.Equal("login_required", (await Browser.GetAsync(AbuseTests.Changed(client, "prompt=none"))).Headers.Location!.Query("error"));
    }

    [Fact]
    public async Task Log_out_takes_a_posted_form_and_a_hint_that_has_expired_or_whose_session_has_ended()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var hint = (await TokensAsync(client, user)).Text("id_token");
        var posted = await Browser.PostAsync(LogOut, ("id_token_hint", hint), ("post_logout_redirect_uri", TestClient.LogoutUri), ("state", "s2"));
        Assert.Equal(TestClient.LogoutUri + "?state=s2", posted.Headers.Location!.ToString());

        // The session of that hint has ended, and the user has logged in again.
        await TokensAsync(client, user);
        var old = await Browser.GetAsync($"{LogOut}?id_token_hint={hint}&post_logout_redirect_uri={TestClient.LogoutUri}");
        Assert.Equal(TestClient.LogoutUri, old.Headers.Location?.ToString());

        hint = (await TokensAsync(client, user)).Text("id_token");
        await using var later = Host.StartLater(TimeSpan.FromHours(3));
        var gone = await Browser.GetAsync($"{later.Origin}{LogOut}?id_token_hint={hint}&post_logout_redirect_uri={TestClient.LogoutUri}");
        Assert.Equal(TestClient.LogoutUri, gone.Headers.Location!.ToString());
    }

    private async Task<JsonObject> TokensAsync(TestClient client, TestUser user, string change = "nonce=n", Browser? browser = null)
    {
        var code = (await (browser ?? Browser).AuthorizeAsync(AbuseTests.Changed(client, change), user)).Code();
        return await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
    }
}
