using System.Net;
using System.Text.Json.Nodes;
using GoApi.Domain.Users;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedAuthorizedProgram(EmbeddedHost host) : AuthorizedProgramTests(host);

public sealed class ServicesAuthorizedProgram(ServicesHost host) : AuthorizedProgramTests(host);

/// <summary>What a user has let in, and how they put it out again.</summary>
[Trait("Promise", "S3")]
public abstract class AuthorizedProgramTests(OAuthHost host) : OAuthTest(host)
{
    private const string Path = "/api/v1/users/me/authorizations";

    [Fact]
    public async Task Program_is_listed_with_what_it_may_and_put_out_with_everything_that_it_has()
    {
        await using var twin = Host.StartTwin();
        var (user, other, client, machine) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.AddCodeClientAsync(), await Host.AddCodeClientAsync());
        var tokens = await LetInAsync(Browser, client, user);
        using var second = Host.NewBrowser();
        var elsewhere = await LetInAsync(second, client, user);
        using var third = Host.NewBrowser();
        var ofOther = await LetInAsync(third, client, other);
        var mine = (await Host.LogInAsync(user)).Text("access_token");
        await LetInAsync(Browser, machine, user);

        var list = (await Browser.BearerAsync(Path, mine).JsonAsync())["data"]!.AsArray();
        Assert.Equal(2, list.Count);
        var program = list.Single(one => one!["client"]!["client_id"]!.ToString() == client.Id)!;
        Assert.Equal(("Pear & Partners", 2), (program["client"]!["name"]!.ToString(), program["sessions"]!.GetValue<int>()));
        Assert.Contains("Write and change reviews in your name", program["scopes"]!.AsArray().Select(scope => scope!["description"]!.ToString()));

        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(Guid.CreateVersion7().ToString(), mine));
        Assert.Equal(HttpStatusCode.OK, await DeleteAsync(program["id"]!.ToString(), mine));

        foreach (var token in new[] { tokens, elsewhere })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(token.Text("access_token")));
            await Within.OneSecondAsync(async () => await Browser.MeAsync(token.Text("access_token"), twin.Origin) == HttpStatusCode.Unauthorized);
            await RefusedAsync("invalid_grant", client, ("grant_type", "refresh_token"), ("refresh_token", token.Text("refresh_token")));
        }

        // It has to ask again, other programs and other people have what they had, and so has our own log-in.
        Assert.StartsWith("/consent", (await Browser.GetAsync(Web.Authorize(client))).Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(ofOther.Text("access_token")));
        Assert.Equal(machine.Id, Assert.Single((await Browser.BearerAsync(Path, mine).JsonAsync())["data"]!.AsArray())!["client"]!["client_id"]!.ToString());
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(program["id"]!.ToString(), mine));
        Assert.Contains("oauth.consent_revoked", await Host.AuditActionsAsync(user.Id));
        Assert.DoesNotContain("oauth.token_reused", await Host.AuditActionsAsync(user.Id));
    }

    [Fact]
    public async Task Program_of_somebody_else_is_not_found_and_stays()
    {
        var (user, other, client) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        var tokens = await LetInAsync(Browser, client, user);
        var id = (await Browser.BearerAsync(Path, (await Host.LogInAsync(user)).Text("access_token")).JsonAsync())["data"]![0]!["id"]!.ToString();

        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(id, (await Host.LogInAsync(other)).Text("access_token")));
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token")));
    }

    [Fact]
    public async Task Less_than_was_agreed_to_is_not_asked_again_and_more_is()
    {
        var (user, client) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync());
        await LetInAsync(Browser, client, user);
        (await Browser.GetAsync(Web.Authorize(client, scope: "openid"))).Headers.Location!.Code();
        Assert.StartsWith("/consent", (await Browser.GetAsync(Web.Authorize(client, scope: "openid profile:read reviews:write profile"))).Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_without_the_scope_puts_nobody_out()
    {
        var (user, client) = (await Host.RegisterAsync(Role.User), await Host.AddCodeClientAsync());
        var tokens = await LetInAsync(Browser, client, user);
        var list = await Browser.BearerAsync(Path, tokens.Text("access_token"));
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await DeleteAsync((await list.JsonAsync())["data"]![0]!["id"]!.ToString(), tokens.Text("access_token")));
    }

    private async Task<JsonObject> LetInAsync(Browser browser, TestClient client, TestUser user)
    {
        var code = (await browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read reviews:write offline_access"), user)).Code();
        return await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
    }

    private async Task<HttpStatusCode> DeleteAsync(string id, string token)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return (await http.DeleteAsync($"{Path}/{id}")).StatusCode;
    }
}
