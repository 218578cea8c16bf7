using System.Net;
using System.Text.Json.Nodes;
using GoApi.Domain.Users;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedTokenExchange(EmbeddedHost host) : TokenExchangeTests(host);

public sealed class ServicesTokenExchange(ServicesHost host) : TokenExchangeTests(host);

/// <summary>RFC 8693.</summary>
[Trait("Promise", "S3")]
public abstract class TokenExchangeTests(OAuthHost host) : OAuthTest(host)
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";

    [Fact]
    public async Task Token_of_a_user_becomes_one_that_can_less_and_names_who_acts()
    {
        var (user, gateway) = (await Host.RegisterAsync(Role.Support), await Host.AddExchangerAsync("profile:read", "tickets:manage", "users:read"));
        var subject = (await Host.LogInAsync(user)).Text("access_token");
        var answer = await Browser.PostAsync(Browser.Oauth + "token", gateway, Exchange(subject, ("scope", "profile:read tickets:manage")));
        var tokens = await answer.JsonAsync();
        var (before, claims) = (Web.Part(subject, 1), Web.Part(tokens.Text("access_token"), 1));

        Assert.Equal((AccessToken, "Bearer"), (tokens.Text("issued_token_type"), tokens.Text("token_type")));
        Assert.Null(tokens["refresh_token"]);
        Assert.Null(tokens["id_token"]);
        Assert.Equal("at+jwt", Web.Part(tokens.Text("access_token"), 0).Text("typ"));
        Assert.Equal((user.Id.ToString(), gateway.Id, before.Text("sid"), "support"), (claims.Text("sub"), claims.Text("client_id"), claims.Text("sid"), claims.Text("role")));
        Assert.Equal("profile:read tickets:manage", string.Join(' ', claims.Text("scope").Split(' ').Order()));
        Assert.Equal(gateway.Id, claims["act"]!["sub"]!.ToString());
        Assert.NotEqual(before.Text("jti"), claims.Text("jti"));
        Assert.True(claims["exp"]!.GetValue<long>() <= before["exp"]!.GetValue<long>());
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token")));
        Assert.Contains("oauth.token_exchanged", await Host.AuditActionsAsync(user.Id));
    }

    [Fact]
    public async Task Without_a_scope_it_is_what_both_have()
    {
        var gateway = await Host.AddExchangerAsync("profile:read", "settings:manage");
        var claims = Web.Part((await ExchangeAsync(gateway, await Host.RegisterAsync())).Text("access_token"), 1);
        Assert.Equal("openid profile:read", string.Join(' ', claims.Text("scope").Split(' ').Order()));
    }

    [Fact]
    public async Task Second_exchange_keeps_the_chain_of_actors()
    {
        var (first, second) = (await Host.AddExchangerAsync("profile:read"), await Host.AddExchangerAsync("profile:read"));
        var tokens = await ExchangeAsync(first, await Host.RegisterAsync());
        var chain = Web.Part((await Browser.PostAsync(Browser.Oauth + "token", second, Exchange(tokens.Text("access_token"))).JsonAsync()).Text("access_token"), 1)["act"]!;
        Assert.Equal((second.Id, first.Id), (chain["sub"]!.ToString(), chain["act"]!["sub"]!.ToString()));
    }

    [Fact]
    public async Task Actor_token_must_be_the_clients_own()
    {
        var (gateway, other) = (await Host.AddExchangerAsync("profile:read"), await Host.AddExchangerAsync("profile:read"));
        var subject = (await Host.LogInAsync(await Host.RegisterAsync())).Text("access_token");
        var (own, foreign) = (await OwnAsync(gateway), await OwnAsync(other));

        var tokens = await Browser.PostAsync(Browser.Oauth + "token", gateway, Exchange(subject, ("actor_token", own), ("actor_token_type", AccessToken))).JsonAsync();
        Assert.Equal(gateway.Id, Web.Part(tokens.Text("access_token"), 1)["act"]!["sub"]!.ToString());
        await RefusedAsync("invalid_request", gateway, Exchange(subject, ("actor_token", foreign), ("actor_token_type", AccessToken)));
        await RefusedAsync("invalid_request", gateway, Exchange(subject, ("actor_token", own)));
    }

    [Fact]
    public async Task Nobody_gets_more_than_the_subject_token_and_the_client_have()
    {
        var (user, gateway) = (await Host.RegisterAsync(), await Host.AddExchangerAsync("profile:read", "users:manage"));
        var subject = (await Host.LogInAsync(user)).Text("access_token");

        await RefusedAsync("invalid_scope", gateway, Exchange(subject, ("scope", "users:manage")));
        await RefusedAsync("invalid_scope", gateway, Exchange(subject, ("scope", "profile:read users:manage")));
        await RefusedAsync("invalid_scope", await Host.AddExchangerAsync("users:manage"), Exchange(subject, ("scope", "users:manage")));
        // What was narrowed is not widened again.
        var narrow = (await Browser.PostAsync(Browser.Oauth + "token", gateway, Exchange(subject, ("scope", "profile:read"))).JsonAsync()).Text("access_token");
        await RefusedAsync("invalid_scope", await Host.AddExchangerAsync("profile:read", "profile:write"), Exchange(narrow, ("scope", "profile:write")));
    }

    [Fact]
    public async Task What_is_no_access_token_of_a_user_is_refused()
    {
        var (user, gateway, client) = (await Host.RegisterAsync(), await Host.AddExchangerAsync("profile:read"), await Host.AddCodeClientAsync(consent: false));
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client), user)).Code();
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();

        foreach (var (token, type) in new[]
        {
            (tokens.Text("id_token"), "urn:ietf:params:oauth:token-type:id_token"), (tokens.Text("id_token"), AccessToken),
            (tokens.Text("refresh_token"), "urn:ietf:params:oauth:token-type:refresh_token"), (tokens.Text("refresh_token"), AccessToken),
            (await OwnAsync(gateway), AccessToken), ("rubbish", AccessToken), ("", AccessToken), ("a\0b", AccessToken),
            (tokens.Text("access_token"), "urn:ietf:params:oauth:token-type:saml2"), (tokens.Text("access_token"), ""),
        })
        {
            var answer = await Browser.PostAsync(Browser.Oauth + "token", gateway, [("grant_type", Grant), ("subject_token", token), ("subject_token_type", type)]);
            var error = await answer.JsonAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest && error.Text("error") == "invalid_request", $"{type} {token}: {error}");
            Assert.Null(error["access_token"]);
        }

        await RefusedAsync("invalid_request", gateway, Exchange(tokens.Text("access_token"), ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")));
        await RefusedAsync("unauthorized_client", client, Exchange(tokens.Text("access_token")));
    }

    [Fact]
    public async Task What_ends_the_session_ends_what_came_of_it()
    {
        var (user, gateway) = (await Host.RegisterAsync(), await Host.AddExchangerAsync("profile:read"));
        var subject = (await Host.LogInAsync(user)).Text("access_token");
        var traded = (await Browser.PostAsync(Browser.Oauth + "token", gateway, Exchange(subject)).JsonAsync()).Text("access_token");
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(traded));

        using (var http = new HttpClient { BaseAddress = new Uri(Host.Origin) })
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", subject);
            Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/api/v1/users/logout", null)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(traded));
        Assert.NotNull((await Browser.PostAsync(Browser.Oauth + "token", gateway, Exchange(subject)).JsonAsync())["error"]);
    }

    private async Task<JsonObject> ExchangeAsync(TestClient client, TestUser user) =>
        await Browser.PostAsync(Browser.Oauth + "token", client, Exchange((await Host.LogInAsync(user)).Text("access_token"))).JsonAsync();

    private async Task<string> OwnAsync(TestClient client) =>
        (await Browser.PostAsync(Browser.Oauth + "token", client, ("grant_type", "client_credentials")).JsonAsync()).Text("access_token");

    private static (string, string)[] Exchange(string subject, params (string, string)[] more) =>
        [("grant_type", Grant), ("subject_token", subject), ("subject_token_type", AccessToken), .. more];
}
