using System.Net;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedClient(EmbeddedHost host) : ClientTests(host);

public sealed class ServicesClient(ServicesHost host) : ClientTests(host);

[Trait("Promise", "S3")]
public abstract class ClientTests(OAuthHost host) : OAuthTest(host)
{
    private static readonly (string, string)[] Grant = [("grant_type", "client_credentials")];

    [Fact]
    public async Task Client_gets_the_scopes_that_it_was_granted_and_no_role()
    {
        var machine = await Host.AddMachineAsync("users:read", "pdf:generate");
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", machine, Grant).JsonAsync();
        var claims = Web.Part(tokens.Text("access_token"), 1);

        Assert.Equal("pdf:generate users:read", string.Join(' ', tokens.Text("scope").Split(' ').Order()));
        Assert.Equal((machine.Id, machine.Id), (claims.Text("sub"), claims.Text("client_id")));
        Assert.Null(claims["role"]);
        Assert.Null(claims["sid"]);
        Assert.Null(tokens["refresh_token"]);
        var one = await Browser.PostAsync(Browser.Oauth + "token", machine, [.. Grant, ("scope", "users:read")]).JsonAsync();
        Assert.Equal("users:read", Web.Part(one.Text("access_token"), 1).Text("scope"));
        Assert.Equal(1, await Host.WithDatabaseAsync(db => db.Set<OAuthApplication>().CountAsync(row => row.ClientId == machine.Id && row.LastUsedAt != null)));
    }

    [Fact]
    public async Task What_a_client_may_not_have_is_refused()
    {
        var (machine, web) = (await Host.AddMachineAsync("users:read"), await Host.AddCodeClientAsync());

        await RefusedAsync("invalid_scope", machine, [.. Grant, ("scope", "reviews:moderate")]);
        await RefusedAsync("unauthorized_client", web, Grant);
        await RefusedAsync("unsupported_grant_type", web, ("grant_type", "password"), ("username", "a"), ("password", "b"));
        await RefusedAsync("invalid_client", new TestClient("nobody", "x"), Grant);
        // The entry in the audit trail holds what was sent; PostgreSQL refuses text with a NUL.
        await RefusedAsync("invalid_request", new TestClient("no\0body", "x"), Grant);
    }

    [Fact]
    [Trait("Promise", "A1")]
    public async Task Wrong_secret_is_401_with_a_challenge_and_an_entry()
    {
        var machine = await Host.AddMachineAsync("users:read");
        var answer = await Browser.PostAsync(Browser.Oauth + "token", machine with { Secret = "wrong" }, Grant);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.NotEmpty(answer.Headers.WwwAuthenticate);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("invalid_client", (await answer.JsonAsync()).Text("error"));
        Assert.Equal(1, await Host.WithDatabaseAsync(db => db.Set<AuditEntry>().CountAsync(
            entry => entry.Action == "oauth.client_authentication" && entry.ResourceId == machine.Id && entry.Error == "invalid_client" && entry.IpAddress != null)));
    }

    [Fact]
    [Trait("Promise", "S7")]
    public async Task Secret_that_was_sent_in_place_of_the_id_is_not_written_down()
    {
        var machine = await Host.AddMachineAsync("users:read");
        var answer = await Browser.PostAsync(Browser.Oauth + "token", new TestClient(machine.Secret!, machine.Id), Grant);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var request = answer.Headers.GetValues("X-Request-ID").Single();
        var entry = await Host.WithDatabaseAsync(db => db.Set<AuditEntry>().SingleAsync(row => row.RequestId == request));
        Assert.Equal(("oauth.client_authentication", null, "invalid_client"), (entry.Action, entry.ResourceId, entry.Error));
    }

    [Fact]
    public async Task Secret_is_stored_as_a_digest()
    {
        var machine = await Host.AddMachineAsync();
        var stored = await Host.WithDatabaseAsync(db => db.Set<OAuthApplication>().Where(row => row.ClientId == machine.Id).Select(row => row.ClientSecret).SingleAsync());

        Assert.StartsWith("hmac-sha256:", stored, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Secret!, stored!, StringComparison.Ordinal);
        Assert.DoesNotContain(await Host.WithDatabaseAsync(db => db.Set<AuditEntry>().Where(entry => entry.Resource == "client").Select(entry => entry.Changes).ToListAsync()),
            changes => changes?.Contains(stored!, StringComparison.Ordinal) is true);
    }

    [Fact]
    public async Task Deactivated_client_is_refused_here_at_once_and_everywhere_within_a_second()
    {
        var machine = await Host.AddMachineAsync("users:read");
        await using var twin = Host.StartTwin();
        foreach (var origin in new[] { Host.Origin, twin.Origin }) Assert.Equal(HttpStatusCode.OK, (await Browser.PostAsync(origin + Browser.Oauth + "token", machine, Grant)).StatusCode);

        await Host.WithDatabaseAsync(async db =>
        {
            (await db.Set<OAuthApplication>().SingleAsync(row => row.ClientId == machine.Id)).IsActive = false;
            return await db.SaveChangesAsync();
        });

        await RefusedAsync("invalid_client", machine, Grant);
        await Within.OneSecondAsync(async () => (await Browser.PostAsync(twin.Origin + Browser.Oauth + "token", machine, Grant)).StatusCode == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Introspection_shows_a_client_its_own_tokens_only()
    {
        var (machine, web) = (await Host.AddMachineAsync("users:read"), await Host.AddCodeClientAsync());
        var token = (await Browser.PostAsync(Browser.Oauth + "token", machine, Grant).JsonAsync()).Text("access_token");

        var own = await Browser.PostAsync(Browser.Oauth + "introspect", machine, ("token", token)).JsonAsync();
        Assert.Equal(("true", machine.Id, "users:read", Host.Origin), (own.Text("active"), own.Text("client_id"), own.Text("scope"), own.Text("iss")));
        Assert.Equal("{\"active\":false}", (await Browser.PostAsync(Browser.Oauth + "introspect", web, ("token", token)).JsonAsync()).ToJsonString());
        Assert.Equal("{\"active\":false}", (await Browser.PostAsync(Browser.Oauth + "introspect", machine, ("token", "garbage")).JsonAsync()).ToJsonString());
        Assert.InRange((int)(await Browser.PostAsync(Browser.Oauth + "introspect", ("token", token))).StatusCode, 400, 401);
    }

    [Fact]
    public async Task Revoked_access_token_is_refused_on_every_instance_within_a_second()
    {
        await using var twin = Host.StartTwin();
        var (machine, web) = (await Host.AddMachineAsync("users:read", "profile:read"), await Host.AddCodeClientAsync());
        var token = (await Browser.PostAsync(Browser.Oauth + "token", machine, Grant).JsonAsync()).Text("access_token");
        Assert.NotEqual(HttpStatusCode.Unauthorized, await Browser.MeAsync(token, twin.Origin));

        await Browser.PostAsync(Browser.Oauth + "revoke", web, ("token", token));
        Assert.NotEqual(HttpStatusCode.Unauthorized, await Browser.MeAsync(token));
        Assert.Equal(HttpStatusCode.OK, (await Browser.PostAsync(Browser.Oauth + "revoke", machine, ("token", token))).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(token));
        await Within.OneSecondAsync(async () => await Browser.MeAsync(token, twin.Origin) == HttpStatusCode.Unauthorized);
        Assert.Equal("false", (await Browser.PostAsync(Browser.Oauth + "introspect", machine, ("token", token)).JsonAsync()).Text("active"));
        Assert.Equal(HttpStatusCode.OK, (await Browser.PostAsync(Browser.Oauth + "revoke", machine, ("token", "garbage"))).StatusCode);
    }

    [Fact]
    public async Task Revoked_refresh_token_ends_the_grant()
    {
        var client = await Host.AddCodeClientAsync(isPublic: true, consent: false);
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read offline_access"), await Host.RegisterAsync())).Code();
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
        Assert.Equal(HttpStatusCode.OK, (await Browser.PostAsync(Browser.Oauth + "revoke", client, ("token", tokens.Text("refresh_token")))).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("access_token")));
        await RefusedAsync("invalid_grant", client, ("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token")));
    }

    [Fact]
    public async Task What_ended_a_token_by_its_client_or_user_holds_at_every_endpoint()
    {
        var (user, gateway) = (await Host.RegisterAsync(), await Host.AddExchangerAsync("profile:read"));
        foreach (var kind in new[] { RevocationKind.Client, RevocationKind.User })
        {
            var web = await Host.AddCodeClientAsync(consent: false);
            var code = (await Browser.AuthorizeAsync(Web.Authorize(web, scope: "openid profile:read"), user)).Code();
            var token = (await Browser.PostAsync(Browser.Oauth + "token", web, Web.Exchange(code)).JsonAsync()).Text("access_token");
            Assert.Equal(HttpStatusCode.OK, (await Browser.BearerAsync(Browser.Oauth + "userinfo", token)).StatusCode);

            await using (var scope = Host.Provider.CreateAsyncScope())
            {
                scope.ServiceProvider.GetRequiredService<RevocationWriter>().Add(kind, kind == RevocationKind.Client ? web.Id : user.Id.ToString());
                await scope.ServiceProvider.GetRequiredService<Infrastructure.Persistence.AppDbContext>().SaveChangesAsync();
            }

            Assert.Equal(HttpStatusCode.Unauthorized, (await Browser.BearerAsync(Browser.Oauth + "userinfo", token)).StatusCode);
            Assert.Equal("{\"active\":false}", (await Browser.PostAsync(Browser.Oauth + "introspect", web, ("token", token)).JsonAsync()).ToJsonString());
            await RefusedAsync("invalid_request", gateway, ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("subject_token", token), ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"));
        }
    }

    [Fact]
    public async Task Discovery_says_what_is_so()
    {
        var metadata = await Browser.GetAsync("/.well-known/openid-configuration").JsonAsync();

        Assert.Equal(Host.Origin, metadata.Text("issuer"));
        Assert.Equal(metadata.ToJsonString(), (await Browser.GetAsync("/.well-known/oauth-authorization-server").JsonAsync()).ToJsonString());
        Assert.Equal("[\"S256\"]", metadata["code_challenge_methods_supported"]!.ToJsonString());
        Assert.DoesNotContain("goapi", metadata["grant_types_supported"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("true", metadata.Text("authorization_response_iss_parameter_supported"));
        foreach (var name in new[] { "authorization", "token", "revocation", "introspection", "userinfo", "end_session", "pushed_authorization_request" })
            Assert.StartsWith(Host.Origin + Browser.Oauth, metadata.Text(name + "_endpoint"), StringComparison.Ordinal);
        var key = Assert.Single((await Browser.GetAsync("/.well-known/jwks").JsonAsync())["keys"]!.AsArray())!.AsObject();
        Assert.Equal(("EC", "ES256"), (key.Text("kty"), key.Text("alg")));
        Assert.Null(key["d"]);
    }

    [Fact]
    public async Task Addresses_are_made_of_the_public_one_whatever_host_the_request_names()
    {
        var device = await Host.AddDeviceAsync();
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        foreach (var (method, path, body) in new[]
        {
            (HttpMethod.Get, "/.well-known/openid-configuration", null), (HttpMethod.Get, "/.well-known/oauth-authorization-server", null),
            (HttpMethod.Post, Browser.Oauth + "device", $"client_id={device.Id}&scope=openid"),
        })
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Host = "evil.example";
            if (body is not null) request.Content = new StringContent(body, null, "application/x-www-form-urlencoded");
            var text = await (await http.SendAsync(request)).Content.ReadAsStringAsync();
            Assert.Contains(Host.Origin, text, StringComparison.Ordinal);
            Assert.DoesNotContain("evil.example", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task User_info_is_what_the_scopes_allow()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile"), user)).Code();
        var token = (await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync()).Text("access_token");
        var info = await (await Browser.BearerAsync(Browser.Oauth + "userinfo", token)).JsonAsync();

        Assert.Equal((user.Id.ToString(), "Ada Lovelace", "Ada"), (info.Text("sub"), info.Text("name"), info.Text("given_name")));
        Assert.Null(info["email"]);
        Assert.Equal(user.Email, (await (await Browser.BearerAsync(Browser.Oauth + "userinfo", (await Host.LogInAsync(user)).Text("access_token"))).JsonAsync()).Text("email"));
        var refused = await Browser.BearerAsync(Browser.Oauth + "userinfo", "x");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("invalid_token", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_out_asks_without_a_hint_and_with_one_ends_the_session_and_returns()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(consent: false));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read"), user)).Code();
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();

        var asked = await Browser.GetAsync(Browser.Oauth + "logout");
        Assert.Contains("Do you want to log out?", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Browser.GetAsync($"{Browser.Oauth}logout?id_token_hint={tokens.Text("id_token")}&post_logout_redirect_uri=https://evil.example/")).StatusCode);

        var gone = await Browser.GetAsync($"{Browser.Oauth}logout?id_token_hint={tokens.Text("id_token")}&post_logout_redirect_uri={TestClient.LogoutUri}&state=x");
        Assert.Equal(TestClient.LogoutUri + "?state=x", gone.Headers.Location!.ToString());
        Assert.StartsWith("/login", (await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("access_token")));

        await Browser.LogInAsync(user);
        var done = await Browser.SubmitAsync(await Browser.GetAsync(Browser.Oauth + "logout"), Browser.Oauth + "logout");
        Assert.Equal("/logged-out", done.Headers.Location!.ToString());
    }
}
