using System.Net;
using System.Text.Json.Nodes;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedLogOut(EmbeddedHost host) : LogOutTests(host);

public sealed class ServicesLogOut(ServicesHost host) : LogOutTests(host);

/// <summary>OpenID Connect RP-Initiated Logout: what it does, and what it must not be made to do.</summary>
[Trait("Promise", "S4")]
public abstract class LogOutTests(OAuthHost host) : OAuthTest(host)
{
    private const string Path = Browser.Oauth + "logout";

    [Theory]
    [InlineData("https://client.example/bye/")]
    [InlineData("https://client.example/bye?next=x")]
    [InlineData("https://client.example/BYE")]
    [InlineData("https://CLIENT.example/bye")]
    [InlineData("https://client.example/bye#x")]
    [InlineData("https://client.example:443/bye")]
    [InlineData("https://client.example/x/../bye")]
    [InlineData("https://client.example@evil.example/bye")]
    [InlineData("https://evil.example/bye")]
    [InlineData("https://client.example/cb")]
    [InlineData("//client.example/bye")]
    [InlineData("javascript:alert(1)")]
    public async Task Address_to_return_to_is_compared_character_by_character(string address)
    {
        var (client, tokens) = await LoggedInAsync(await Host.RegisterAsync());
        foreach (var query in new[] { $"id_token_hint={tokens.Text("id_token")}", $"client_id={client.Id}", "" })
        {
            var answer = await Browser.GetAsync($"{Path}?{query}&post_logout_redirect_uri={Uri.EscapeDataString(address)}");
            Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
        }

        await IsLoggedInAsync(client, tokens);
    }

    [Fact]
    public async Task Hint_that_is_none_ends_nothing()
    {
        var (client, tokens) = await LoggedInAsync(await Host.RegisterAsync());
        var hint = tokens.Text("id_token");
        foreach (var forged in new[] { hint[..^4] + "AAAA", tokens.Text("access_token"), tokens.Text("refresh_token"), "x", $"{hint.Split('.')[0]}.{hint.Split('.')[1]}." })
        {
            Assert.Null((await Browser.GetAsync($"{Path}?id_token_hint={forged}&post_logout_redirect_uri={TestClient.LogoutUri}")).Headers.Location);
        }

        await IsLoggedInAsync(client, tokens);
    }

    [Fact]
    public async Task Hint_of_somebody_else_asks_and_ends_nothing_of_theirs()
    {
        var (_, theirs) = await LoggedInAsync(await Host.RegisterAsync());
        using var mine = Host.NewBrowser();
        var client = await Host.AddCodeClientAsync(consent: false);
        await mine.LogInAsync(await Host.RegisterAsync());

        var asked = await mine.GetAsync($"{Path}?id_token_hint={theirs.Text("id_token")}");
        Assert.Contains("Do you want to log out?", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        (await mine.GetAsync(Web.Authorize(client))).Headers.Location!.Code();

        Assert.Equal("/logged-out", (await mine.SubmitAsync(asked, Path)).Headers.Location!.ToString());
        Assert.StartsWith("/login", (await mine.GetAsync(Web.Authorize(client))).Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(theirs.Text("access_token")));
    }

    [Fact]
    public async Task Expired_hint_is_as_good_and_so_is_one_whose_session_has_ended()
    {
        var (client, tokens) = await LoggedInAsync(await Host.RegisterAsync());
        var forger = new Forger(Host.Provider.GetRequiredService<SigningKeys>().Current[0]);
        var expired = forger.Sign(Web.Part(tokens.Text("id_token"), 1), token => (token["iat"], token["exp"]) = (1, 2), "JWT");

        var gone = await Browser.GetAsync($"{Path}?id_token_hint={expired}&client_id={client.Id}&post_logout_redirect_uri={TestClient.LogoutUri}&state=a%20b%26c");
        Assert.Equal(TestClient.LogoutUri, gone.Headers.Location!.GetLeftPart(UriPartial.Path));
        Assert.Equal("a b&c", gone.Headers.Location!.Query("state"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("access_token")));
        Assert.Equal(TestClient.LogoutUri, (await Browser.GetAsync($"{Path}?id_token_hint={tokens.Text("id_token")}&post_logout_redirect_uri={TestClient.LogoutUri}")).Headers.Location!.ToString());
        // Nothing of an ID token is kept that could be gone.
        Assert.Equal(0, await Host.WithDatabaseAsync(db => db.Set<OAuthToken>().CountAsync(row => row.Application!.ClientId == client.Id && row.Type == OpenIddict.Abstractions.OpenIddictConstants.TokenTypeIdentifiers.IdentityToken)));
    }

    [Fact]
    public async Task Foreign_page_cannot_log_anybody_out_and_a_form_may_be_posted()
    {
        var (client, tokens) = await LoggedInAsync(await Host.RegisterAsync());
        foreach (var answer in new[]
        {
            await Browser.GetAsync(Path), await Browser.PostAsync(Path), await Browser.GetAsync($"{Path}?state=x"),
            await Browser.GetAsync($"{Path}?client_id={client.Id}&post_logout_redirect_uri={TestClient.LogoutUri}"),
            await Browser.PostAsync(Path, ("client_id", client.Id), ("post_logout_redirect_uri", TestClient.LogoutUri)),
        })
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("Do you want to log out?", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await IsLoggedInAsync(client, tokens);
        var posted = await Browser.PostAsync(Path, ("id_token_hint", tokens.Text("id_token")), ("post_logout_redirect_uri", TestClient.LogoutUri), ("state", "posted"));
        Assert.Equal(TestClient.LogoutUri + "?state=posted", posted.Headers.Location!.ToString());

        var (next, _) = await LoggedInAsync(await Host.RegisterAsync());
        var asked = await Browser.GetAsync($"{Path}?client_id={next.Id}&post_logout_redirect_uri={TestClient.LogoutUri}&state=x");
        Assert.Equal(TestClient.LogoutUri + "?state=x", (await Browser.SubmitAsync(asked, Path)).Headers.Location!.ToString());
        Assert.StartsWith("/login", (await Browser.GetAsync(Web.Authorize(next))).Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    private async Task<(TestClient Client, JsonObject Tokens)> LoggedInAsync(TestUser user)
    {
        var client = await Host.AddCodeClientAsync(consent: false);
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read offline_access"), user)).Code();
        return (client, await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync());
    }

    private async Task IsLoggedInAsync(TestClient client, JsonObject tokens)
    {
        (await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.Code();
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token")));
    }
}
