using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedAbuse(EmbeddedHost host) : AbuseTests(host);

public sealed class ServicesAbuse(ServicesHost host) : AbuseTests(host);

/// <summary>What is sent, what must come, and what must not have happened: no code, no token, no redirect elsewhere.</summary>
[Trait("Promise", "S4")]
public abstract class AbuseTests(OAuthHost host) : OAuthTest(host)
{
    private const string Cb = TestClient.RedirectUri;

    /// <summary>Redirect URIs beside the registered https://client.example/cb: a page of ours, and nothing else.</summary>
    public static TheoryData<string> ForeignRedirects => new(
        "https://client.example/CB", "https://CLIENT.example/cb", "https://client.example/cb/", "https://client.example:443/cb", "https://client.example:8443/cb",
        "https://client.example/%63b", "https://client.example/cb%2F", "https://client.example%2Fcb", "https://client.example/x/../cb", "https://client.example/%2e%2e/cb",
        "https://client.example/./cb", "https://client.example@evil.example/cb", "https://evil.example\\@client.example/cb", "https://client.example\\cb",
        "https://client.example/cb#x", "https://client.example/cb?", "https://client.example.evil.example/cb", "//client.example/cb", "/cb", "cb",
        "https://client.example/cb\r\nX: y", " https://client.example/cb", "https://client.example/cb ", "data:text/html,x", "http://127.0.0.1:99999/cb");

    [Theory]
    [MemberData(nameof(ForeignRedirects))]
    public async Task Redirect_uri_that_is_not_the_registered_string_gets_a_page(string redirect)
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        await Browser.LogInAsync(user);
        await PageAsync(await Browser.GetAsync(Web.Authorize(client, redirect: redirect)));
        Assert.Equal(0, await CodesAsync(client));
        // Nor is it one to push.
        var pushed = await Browser.PostAsync(Browser.Oauth + "par", client, Pushed(("redirect_uri", redirect)));
        Assert.Equal(HttpStatusCode.BadRequest, pushed.StatusCode);
    }

    [Theory]
    [InlineData("http://127.0.0.1:53111/cb", true)]
    [InlineData("http://[::1]:53111/cb", true)]
    [InlineData("http://127.0.0.1:53111/cb2", false)]
    [InlineData("http://127.0.0.1:53111/cb?x=1", false)]
    [InlineData("http://127.0.0.2:53111/cb", false)]
    [InlineData("http://localhost:53111/cb", false)]
    [InlineData("https://127.0.0.1:53111/cb", false)]
    [InlineData("http://user@127.0.0.1:53111/cb", false)]
    [InlineData("https://client.example:53111/cb", false)]
    public async Task Only_the_port_of_a_loopback_address_of_a_native_client_may_vary(string redirect, bool allowed)
    {
        var (user, native, web) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(isPublic: true, consent: false), await Host.AddCodeClientAsync(consent: false));
        await Browser.LogInAsync(user);
        var answer = await Browser.GetAsync(Web.Authorize(native, redirect: redirect));
        if (allowed) Assert.StartsWith(redirect + "?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        else await PageAsync(answer);
        await PageAsync(await Browser.GetAsync(Web.Authorize(web, redirect: redirect)));
    }

    /// <summary>What is wrong, what is added to a good request, and what the client is told: with its state, and no code.</summary>
    public static TheoryData<string, string, string> RefusedAtTheClient => new()
    {
        { "token in the front channel", "response_type=token", "unsupported_response_type" },
        { "ID token in the front channel", "response_type=id_token&nonce=n", "unsupported_response_type" },
        { "hybrid", "response_type=code id_token&nonce=n", "unsupported_response_type" },
        { "none", "response_type=none", "unsupported_response_type" },
        { "unknown type", "response_type=banana", "unsupported_response_type" },
        { "no type", "response_type=", "invalid_request" },
        { "unknown mode", "response_mode=banana", "invalid_request" },
        { "plain", "code_challenge_method=plain", "invalid_request" },
        { "unknown method", "code_challenge_method=S512", "invalid_request" },
        { "method without challenge", "code_challenge=", "invalid_request" },
        { "challenge without method", "code_challenge_method=", "invalid_request" },
        { "short challenge", "code_challenge=abc", "invalid_request" },
        { "long challenge", $"code_challenge={new string('a', 44)}", "invalid_request" },
        { "scope that does not exist", "scope=openid banana", "invalid_scope" },
        { "scope of other clients", "scope=openid users:manage", "invalid_scope" },
        { "prompt none and more", "prompt=none login", "invalid_request" },
        { "unknown prompt", "prompt=banana", "invalid_request" },
        { "negative age", "max_age=-1", "invalid_request" },
        { "age that is no number", "max_age=soon", "invalid_request" },
        { "age beyond all numbers", "max_age=99999999999999999999", "invalid_request" },
        { "request object", "request=eyJhbGciOiJub25lIn0.e30.", "request_not_supported" },
        { "foreign request_uri", "request_uri=https://client.example/request.jwt", "request_uri_not_supported" },
        { "forged hint", "id_token_hint=eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "invalid_request" },
        { "forged hint, silently", "prompt=none&id_token_hint=x", "login_required" },
    };

    [Theory]
    [MemberData(nameof(RefusedAtTheClient))]
    public async Task Bad_request_is_told_to_the_client_that_sent_it(string what, string change, string error)
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        await Browser.LogInAsync(user);
        var answer = (await Browser.GetAsync(Changed(client, change))).Headers.Location!;

        Assert.True(answer.IsAbsoluteUri && answer.GetLeftPart(UriPartial.Path) == Cb, $"{what}: {answer}");
        var said = System.Web.HttpUtility.ParseQueryString(answer.Fragment is { Length: > 0 } fragment ? fragment[1..] : answer.Query);
        Assert.Equal((error, "s1", Host.Origin, null), (said["error"], said["state"], said["iss"], said["code"]));
        Assert.Matches("^[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]+$", said["error_description"]!);
        Assert.Equal(0, await CodesAsync(client));
    }

    [Theory]
    [InlineData("login_hint=<script>alert(1)</script>")]
    [InlineData("ui_locales=de en&claims_locales=de&acr_values=urn:x&display=popup")]
    [InlineData("claims={\"id_token\":{\"email\":{\"essential\":true}}}")]
    [InlineData("max_age=9223372036854775807")]
    [InlineData("unknown=1&registration={}")]
    [InlineData("prompt=")]
    public async Task What_is_not_understood_or_not_used_is_ignored(string extra)
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        await Browser.LogInAsync(user);
        (await Browser.GetAsync(Changed(client, extra))).Headers.Location!.Code();
    }

    [Fact]
    public async Task Repeated_parameters_are_refused()
    {
        var client = await Host.AddCodeClientAsync(consent: false);
        await Browser.LogInAsync(await Host.RegisterAsync());
        foreach (var again in new[] { "redirect_uri=https://evil.example/", $"redirect_uri={Uri.EscapeDataString(Cb)}", "state=s2", "scope=openid", "client_id=x", $"client_id={client.Id}", "nonce=1&nonce=2" })
        {
            var answer = await Browser.GetAsync(Web.Authorize(client) + "&" + again);
            Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
        }

        await RefusedAsync("invalid_request", client, ("grant_type", "authorization_code"), ("grant_type", "authorization_code"), ("code", "x"));
        Assert.Equal(0, await CodesAsync(client));
    }

    [Fact]
    public async Task State_and_nonce_come_back_as_they_were_and_too_much_is_refused()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        foreach (var state in new[] { new string('x', 2_000), "a b+c%2B&d=e\"<>'", "ö\u4e2d", "tab\there", "line\r\nSet-Cookie: a=b" })
        {
            using var browser = Host.NewBrowser();
            var answer = await browser.AuthorizeAsync(Changed(client, "state=" + Uri.EscapeDataString(state) + "&nonce=" + Uri.EscapeDataString(state), escaped: true), user);
            Assert.Equal(state, answer.Query("state"));
            var tokens = await browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(answer.Code())).JsonAsync();
            Assert.Equal(state, Web.Part(tokens.Text("id_token"), 1).Text("nonce"));
        }

        Assert.InRange((int)(await Browser.GetAsync(Web.Authorize(client, "&nonce=" + new string('x', 64_000)))).StatusCode, 400, 431);
        await PageAsync(await Browser.PostAsync(Browser.Oauth + "authorize", ("client_id", client.Id), ("response_type", "code"), ("redirect_uri", Cb), ("state", new string('x', 64_000))));
        Assert.Equal(HttpStatusCode.BadRequest, (await Browser.GetAsync(Web.Authorize(client, "&nonce=%00"))).StatusCode);
    }

    [Fact]
    public async Task Consent_to_one_request_is_not_consent_to_one_that_reads_alike()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        await Browser.LogInAsync(user);
        // In the order of their names and joined by '&', both are the same text; the first asks for no scope.
        var harmless = Changed(client, "scan=" + Uri.EscapeDataString("1&scope=openid reviews:write") + "&scope=", escaped: true);
        var greedy = Changed(client, "scan=1&scope=openid reviews:write");
        var consent = await Browser.GetAsync((await Browser.GetAsync(harmless)).Headers.Location!.ToString());
        await Browser.SubmitAsync(consent, "/consent", ("decision", "allow"));

        Assert.StartsWith("/consent", (await Browser.GetAsync(greedy)).Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await CodesAsync(client));
    }

    /// <summary>A good code with a bad verifier.</summary>
    [Fact]
    public async Task Verifier_must_be_the_one_and_well_formed()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        foreach (var (verifier, error) in new[]
        {
            (new string('a', 50), "invalid_grant"), ("", "invalid_request"), (Web.Challenge, "invalid_grant"), (Web.Verifier + " ", "invalid_grant"), (Web.Verifier.ToUpperInvariant(), "invalid_grant"),
        })
        {
            await RefusedAsync(error, client, Web.Exchange(await CodeAsync(client, user), verifier));
        }

        // What hashes to the challenge, and is still no verifier.
        foreach (var verifier in new[] { new string('a', 42), new string('a', 129), new string('a', 42) + "!" })
        {
            var challenge = Web.Encode(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
            await RefusedAsync("invalid_grant", client, Web.Exchange((await Browser.AuthorizeAsync(Changed(client, "code_challenge=" + challenge), user)).Code(), verifier));
        }

        await RefusedAsync("invalid_request", client, [.. Web.Exchange(await CodeAsync(client, user)).Where(field => field.Item1 != "redirect_uri")]);
        await RefusedAsync("invalid_grant", client, Web.Exchange("x"));
        Assert.Equal(0, await TokensAsync(client));
    }

    [Fact]
    public async Task Code_and_refresh_token_of_one_client_are_nothing_to_another()
    {
        var (user, client, other, spa) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false), await Host.AddCodeClientAsync(consent: false), await Host.AddCodeClientAsync(isPublic: true, consent: false));
        var code = await CodeAsync(client, user);
        await RefusedAsync("invalid_grant", other, Web.Exchange(code));
        await RefusedAsync("invalid_grant", spa, Web.Exchange(code));
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();

        await RefusedAsync("invalid_grant", other, Refresh(tokens));
        await RefusedAsync("invalid_grant", spa, Refresh(tokens));
        Assert.Equal((0, 0), (await TokensAsync(other), await TokensAsync(spa)));
        // Nor did the attempt of a stranger end the owner's session.
        Assert.NotNull((await Browser.PostAsync(Browser.Oauth + "token", client, Refresh(tokens)).JsonAsync())["access_token"]);
    }

    [Fact]
    public async Task Client_authenticates_once_and_in_a_known_way()
    {
        var (machine, other) = (await Host.AddMachineAsync("users:read"), await Host.AddMachineAsync("users:read"));
        (string, string)[] grant = [("grant_type", "client_credentials")];
        var basic = Basic(machine.Id, machine.Secret!);
        foreach (var (what, header, fields, query, status, error) in new (string, string?, (string, string)[], string, int, string)[]
        {
            ("header and body", basic, [("client_id", machine.Id), ("client_secret", machine.Secret!)], "", 400, "invalid_request"),
            ("another client in the body", basic, [("client_id", other.Id)], "", 400, "invalid_request"),
            ("another client's secret in the body", basic, [("client_id", other.Id), ("client_secret", other.Secret!)], "", 400, "invalid_request"),
            ("in the address", null, [], $"?client_id={machine.Id}&client_secret={machine.Secret}&grant_type=client_credentials", 401, "invalid_client"),
            ("secret in the address", null, [("client_id", machine.Id)], $"?client_secret={machine.Secret}", 401, "invalid_client"),
            ("wrong secret", Basic(machine.Id, "x"), [], "", 401, "invalid_client"),
            ("wrong secret in the body", null, [("client_id", machine.Id), ("client_secret", "x")], "", 401, "invalid_client"),
            ("secret of another", Basic(machine.Id, other.Secret!), [], "", 401, "invalid_client"),
            ("no secret", null, [("client_id", machine.Id)], "", 401, "invalid_client"),
            ("nobody", null, [], "", 401, "invalid_client"),
            ("no base64", "Basic ***", [("client_id", machine.Id)], "", 400, "invalid_request"),
        })
        {
            var answer = await SendAsync(Browser.Oauth + "token" + query, header, [.. grant, .. fields]);
            var json = await answer.JsonAsync();
            Assert.True(((int)answer.StatusCode, json["error"]?.ToString()) == (status, error), $"{what}: {(int)answer.StatusCode} {json}");
            Assert.True(answer.Headers.CacheControl!.NoStore, what);
            Assert.Null(json["access_token"]);
            if (status == 401) Assert.StartsWith($"Basic realm=\"{Host.Origin}\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal((0, 0), (await TokensAsync(machine), await TokensAsync(other)));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(Browser.Oauth + "token", basic, [.. grant, ("client_id", machine.Id)])).StatusCode);
    }

    [Fact]
    public async Task Token_endpoint_takes_posted_forms_only()
    {
        var machine = await Host.AddMachineAsync("users:read");
        var got = await Browser.GetAsync($"{Browser.Oauth}token?grant_type=client_credentials&client_id={machine.Id}&client_secret={machine.Secret}");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (got.StatusCode, (await got.JsonAsync()).Text("error")));

        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        foreach (var content in new HttpContent[] { new StringContent("{}", Encoding.UTF8, "application/json"), new StringContent("grant_type=client_credentials", Encoding.UTF8, "text/plain"), new ByteArrayContent([]) })
        {
            var answer = await http.PostAsync(Browser.Oauth + "token", content);
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.StatusCode, (await answer.JsonAsync()).Text("error")));
        }

        Assert.Equal(0, await TokensAsync(machine));
    }

    [Fact]
    public async Task Refresh_narrows_the_access_token_and_never_widens_it()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var first = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange((await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid email reviews:write offline_access"), user)).Code())).JsonAsync();
        await RefusedAsync("invalid_scope", client, [.. Refresh(first), ("scope", "openid profile:read")]);
        await RefusedAsync("invalid_scope", client, [.. Refresh(first), ("scope", "openid users:manage")]);

        var narrow = await Browser.PostAsync(Browser.Oauth + "token", client, [.. Refresh(first), ("scope", "openid email")]).JsonAsync();
        Assert.Equal("email openid", Sorted(Web.Part(narrow.Text("access_token"), 1).Text("scope")));
        // RFC 6749, section 6: the refresh token keeps its scope.
        var wide = await Browser.PostAsync(Browser.Oauth + "token", client, Refresh(narrow)).JsonAsync();
        Assert.Equal("email offline_access openid reviews:write", Sorted(Web.Part(wide.Text("access_token"), 1).Text("scope")));
    }

    [Fact]
    public async Task Introspection_is_for_confidential_clients_and_their_own_tokens()
    {
        var (user, client, other, spa) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false), await Host.AddCodeClientAsync(), await Host.AddCodeClientAsync(isPublic: true, consent: false));
        var code = await CodeAsync(client, user);
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
        foreach (var (what, who, token) in new[]
        {
            ("another's access token", other, tokens.Text("access_token")), ("another's refresh token", other, tokens.Text("refresh_token")),
            ("an ID token", client, tokens.Text("id_token")), ("a used code", client, code), ("rubbish", client, "x"), ("alg none", client, None(tokens.Text("access_token"))),
            ("changed", client, Tampered(tokens.Text("access_token"))),
        })
        {
            var answer = await Browser.PostAsync(Browser.Oauth + "introspect", who, ("token", token));
            Assert.True(await answer.Content.ReadAsStringAsync() == "{\"active\":false}", $"{what}: {await answer.Content.ReadAsStringAsync()}");
            Assert.True(answer.Headers.CacheControl!.NoStore);
        }

        var own = await Browser.PostAsync(Browser.Oauth + "token", spa, Web.Exchange(await CodeAsync(spa, user))).JsonAsync();
        var open = await Browser.PostAsync(Browser.Oauth + "introspect", spa, ("token", own.Text("access_token")));
        Assert.Equal((HttpStatusCode.BadRequest, "unauthorized_client"), (open.StatusCode, (await open.JsonAsync()).Text("error")));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Browser.PostAsync(Browser.Oauth + "introspect", ("token", tokens.Text("access_token")))).StatusCode);
    }

    [Fact]
    public async Task Revocation_of_another_clients_token_is_refused_and_does_nothing()
    {
        var (user, client, other) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false), await Host.AddCodeClientAsync());
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange((await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read offline_access"), user)).Code())).JsonAsync();
        foreach (var token in new[] { "access_token", "refresh_token" })
        {
            var answer = await Browser.PostAsync(Browser.Oauth + "revoke", other, ("token", tokens.Text(token)));
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (answer.StatusCode, (await answer.JsonAsync()).Text("error")));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await Browser.PostAsync(Browser.Oauth + "revoke", ("token", tokens.Text("access_token")))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token")));
        Assert.NotNull((await Browser.PostAsync(Browser.Oauth + "token", client, Refresh(tokens)).JsonAsync())["access_token"]);
    }

    [Fact]
    public async Task Pushed_request_is_its_clients_own_and_needs_its_secret()
    {
        var (user, client, other) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false), await Host.AddCodeClientAsync(consent: false));
        await Browser.LogInAsync(user);
        foreach (var (what, who, fields, error) in new[]
        {
            ("unauthenticated", client with { Secret = null }, Pushed(), "invalid_client"),
            ("wrong secret", client with { Secret = "x" }, Pushed(), "invalid_client"),
            ("request_uri inside", client, Pushed(("request_uri", "urn:ietf:params:oauth:request_uri:x")), "invalid_request"),
            ("request object", client, Pushed(("request", "x")), "request_not_supported"),
            ("no PKCE", client, Pushed(("code_challenge", ""), ("code_challenge_method", "")), "invalid_request"),
            ("plain", client, Pushed(("code_challenge_method", "plain")), "invalid_request"),
            ("foreign scope", client, Pushed(("scope", "openid users:manage")), "invalid_scope"),
            ("bad age", client, Pushed(("max_age", "-1")), "invalid_request"),
            ("front channel token", client, Pushed(("response_type", "token")), "unsupported_response_type"),
        })
        {
            var answer = await Browser.PostAsync(Browser.Oauth + "par", who, fields).JsonAsync();
            Assert.True(answer["error"]?.ToString() == error && answer["request_uri"] is null, $"{what}: {answer}");
        }

        var uri = (await Browser.PostAsync(Browser.Oauth + "par", client, Pushed()).JsonAsync()).Text("request_uri");
        await PageAsync(await Browser.GetAsync($"{Browser.Oauth}authorize?client_id={other.Id}&request_uri={uri}"));
        await PageAsync(await Browser.GetAsync($"{Browser.Oauth}authorize?request_uri={uri}"));
        await PageAsync(await Browser.GetAsync($"{Browser.Oauth}authorize?client_id={client.Id}&request_uri=urn:ietf:params:oauth:request_uri:unknown"));
        Assert.Equal((0, 0), (await CodesAsync(client), await CodesAsync(other)));

        // What is beside it does not count (RFC 9126, section 4).
        var answered = (await Browser.GetAsync($"{Browser.Oauth}authorize?client_id={client.Id}&request_uri={uri}&scope=openid%20reviews:write&state=evil")).Headers.Location!;
        Assert.Equal("par", answered.Query("state"));
        Assert.Equal("openid", (await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(answered.Code())).JsonAsync()).Text("scope"));
        await PageAsync(await Browser.GetAsync($"{Browser.Oauth}authorize?client_id={client.Id}&request_uri={uri}"));
    }

    [Fact]
    public async Task Pushed_request_expires_and_so_does_a_code()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var code = await CodeAsync(client, user);
        var uri = (await Browser.PostAsync(Browser.Oauth + "par", client, Pushed()).JsonAsync()).Text("request_uri");
        await using var later = Host.StartLater(TimeSpan.FromMinutes(11));
        using var browser = new Browser(later.Origin);

        await PageAsync(await browser.GetAsync($"{Browser.Oauth}authorize?client_id={client.Id}&request_uri={uri}"));
        var answer = await browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
        Assert.Equal("invalid_grant", answer.Text("error"));
    }

    [Fact]
    public async Task User_info_takes_access_tokens_only_and_not_from_the_address()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(await CodeAsync(client, user))).JsonAsync();
        var (access, address) = (tokens.Text("access_token"), Browser.Oauth + "userinfo");
        foreach (var token in new[] { tokens.Text("id_token"), tokens.Text("refresh_token"), None(access), Tampered(access), "x" })
        {
            var refused = await Browser.BearerAsync(address, token);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Contains("error=\"invalid_token\"", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await Browser.GetAsync($"{address}?access_token={access}")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(address, "Bearer " + access, [("access_token", access)])).StatusCode);
        var nothing = await Browser.GetAsync(address);
        Assert.Equal((HttpStatusCode.Unauthorized, false), (nothing.StatusCode, nothing.Headers.WwwAuthenticate.ToString().Contains("error", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Pages_lead_nowhere_else()
    {
        var user = await Host.RegisterAsync();
        foreach (var elsewhere in new[] { "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "%2F%2Fevil.example" })
        {
            using var browser = Host.NewBrowser();
            var page = await browser.GetAsync("/login?return_url=" + Uri.EscapeDataString(elsewhere));
            Assert.Equal("/", await (await browser.SubmitAsync(page, "/login", ("email", user.Email), ("password", OAuthHost.Password))).NextAsync());
            await PageAsync(await browser.GetAsync(Browser.Oauth + "logout?post_logout_redirect_uri=" + Uri.EscapeDataString(elsewhere)));
        }
    }

    private async Task<string> CodeAsync(TestClient client, TestUser user) => (await Browser.AuthorizeAsync(Web.Authorize(client), user)).Code();

    /// <summary>A page of ours says what is wrong; the browser goes nowhere.</summary>
    private static async Task PageAsync(HttpResponseMessage answer)
    {
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
        Assert.Contains("This link does not work", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task<int> CodesAsync(TestClient client) => Host.WithDatabaseAsync(db => db.Set<OAuthToken>()
        .CountAsync(row => row.Application!.ClientId == client.Id && row.Type == OpenIddictConstants.TokenTypeIdentifiers.Private.AuthorizationCode));

    private Task<int> TokensAsync(TestClient client) => Host.WithDatabaseAsync(db => db.Set<OAuthToken>()
        .CountAsync(row => row.Application!.ClientId == client.Id && row.Type == OpenIddictConstants.TokenTypeIdentifiers.AccessToken));

    /// <summary>A good request with some parameters replaced or added.</summary>
    internal static string Changed(TestClient client, string change, bool escaped = false)
    {
        var query = Web.Authorize(client, scope: "openid email").Split('?')[1].Split('&').Select(Pair).ToDictionary();
        foreach (var (name, value) in change.Split('&').Select(Pair)) query[name] = escaped ? value : Uri.EscapeDataString(value);
        return $"{Browser.Oauth}authorize?{string.Join('&', query.Where(pair => pair.Value.Length > 0).Select(pair => $"{pair.Key}={pair.Value}"))}";

        static (string, string) Pair(string text) => (text.Split('=')[0], text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..]);
    }

    private static (string, string)[] Pushed(params (string Name, string Value)[] changes)
    {
        var fields = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["redirect_uri"] = Cb,
            ["scope"] = "openid",
            ["state"] = "par",
            ["code_challenge"] = Web.Challenge,
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in changes) fields[name] = value;
        return [.. fields.Where(field => field.Value.Length > 0).Select(field => (field.Key, field.Value))];
    }

    private async Task<HttpResponseMessage> SendAsync(string url, string? authorization, (string, string)[] fields)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2))) };
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await http.SendAsync(request);
    }

    private static string Basic(string id, string secret) => new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))).ToString();

    private static (string, string)[] Refresh(JsonObject tokens) => [("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token"))];

    private static string None(string jwt) => $"{Web.Encode("""{"alg":"none","typ":"at+jwt"}"""u8.ToArray())}.{jwt.Split('.')[1]}.";

    private static string Tampered(string jwt)
    {
        var (parts, claims) = (jwt.Split('.'), Web.Part(jwt, 1));
        claims["role"] = "admin";
        return $"{parts[0]}.{Web.Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}.{parts[2]}";
    }

    private static string Sorted(string scopes) => string.Join(' ', scopes.Split(' ').Order());
}
