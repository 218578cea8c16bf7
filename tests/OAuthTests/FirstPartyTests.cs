using System.Net;
using System.Security.Cryptography;
using System.Text;
using GoApi.Domain.Users;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedFirstParty(EmbeddedHost host) : FirstPartyTests(host);

public sealed class ServicesFirstParty(ServicesHost host) : FirstPartyTests(host);

[Trait("Promise", "S3")]
public abstract class FirstPartyTests(OAuthHost host) : OAuthTest(host)
{
    [Fact]
    public async Task Log_in_gives_an_access_token_of_RFC_9068()
    {
        var user = await Host.RegisterAsync(Role.Support);
        var tokens = await Host.LogInAsync(user);
        var header = Web.Part(tokens.Text("access_token"), 0);
        var claims = Web.Part(tokens.Text("access_token"), 1);

        Assert.Equal(("at+jwt", "ES256"), (header.Text("typ"), header.Text("alg")));
        Assert.Equal((Host.Origin, Host.Origin, user.Id.ToString()), (claims.Text("iss"), claims.Text("aud"), claims.Text("sub")));
        Assert.Equal(("goapi-first-party", "support"), (claims.Text("client_id"), claims.Text("role")));
        Assert.Equal(Scope.OfFirstPartyLogin(Role.Support).Order(), claims.Text("scope").Split(' ').Order());
        Assert.Equal(7, Guid.Parse(claims.Text("sid")).Version);
        Assert.Equal(3600, claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>());
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token")));
    }

    [Fact]
    public async Task Tokens_are_rows_of_the_same_tables_and_no_token_is_stored_in_the_clear()
    {
        var tokens = await Host.LogInAsync(await Host.RegisterAsync());
        var (claims, refresh) = (Web.Part(tokens.Text("access_token"), 1), tokens.Text("refresh_token"));

        var session = Guid.Parse(claims.Text("sid"));
        var rows = await Host.WithDatabaseAsync(db => db.Set<OAuthToken>().Include(row => row.Application).Where(row => row.Authorization!.Id == session).ToListAsync());
        Assert.Equal(2, rows.Count);
        Assert.Contains(rows, row => row.Id.ToString() == claims.Text("jti"));
        Assert.All(rows, row => Assert.Equal("goapi-first-party", row.Application!.ClientId));
        Assert.All(rows, row => Assert.NotEqual(refresh, row.ReferenceId));
        Assert.Contains(rows, row => row.ReferenceId == Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(refresh))));
    }

    [Fact]
    [Trait("Promise", "A1")]
    public async Task Log_in_refresh_and_log_out_have_entries_and_no_secrets_in_them()
    {
        var user = await Host.RegisterAsync();
        var tokens = await Host.LogInAsync(user);
        var next = (await Host.RefreshAsync(tokens.Text("refresh_token"))).Data!;
        await LogOutAsync(next.Text("access_token"));

        Assert.Equal(["users.login", "oauth.token_issued", "oauth.token_refreshed", "oauth.session_ended"], await Host.AuditActionsAsync(user.Id));
        var entries = await Host.WithDatabaseAsync(db => db.Set<Infrastructure.Auditing.AuditEntry>().Where(entry => entry.ActorUserId == user.Id).ToListAsync());
        Assert.All(entries, entry => Assert.NotNull(entry.IpAddress));
        Assert.DoesNotContain(entries, entry => entry.ResourceId == tokens.Text("refresh_token") || entry.Changes is not null);
    }

    [Fact]
    public async Task Refresh_rotates_and_stays_in_the_session()
    {
        var tokens = await Host.LogInAsync(await Host.RegisterAsync());
        var (status, next) = await Host.RefreshAsync(tokens.Text("refresh_token"));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEqual(tokens.Text("refresh_token"), next!.Text("refresh_token"));
        Assert.Equal(Web.Part(tokens.Text("access_token"), 1).Text("sid"), Web.Part(next!.Text("access_token"), 1).Text("sid"));
    }

    [Fact]
    public async Task Twenty_first_uses_at_once_get_one_successor()
    {
        var tokens = await Host.LogInAsync(await Host.RegisterAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Host.RefreshAsync(tokens.Text("refresh_token"))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var successor = Assert.Single(answers.Select(answer => answer.Data!.Text("refresh_token")).Distinct());
        Assert.Equal(HttpStatusCode.OK, (await Host.RefreshAsync(successor)).Status);
    }

    [Fact]
    public async Task First_uses_at_once_on_two_instances_get_one_successor()
    {
        await using var twin = Host.StartTwin();
        var tokens = await Host.LogInAsync(await Host.RegisterAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Host.RefreshAsync(tokens.Text("refresh_token"), n % 2 == 0 ? twin.Origin : null)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(answer => answer.Data!.Text("refresh_token")).Distinct());
    }

    [Fact]
    public async Task Reuse_within_the_grace_gets_the_same_successor_and_after_it_ends_the_session()
    {
        var user = await Host.RegisterAsync();
        var tokens = await Host.LogInAsync(user);
        var next = (await Host.RefreshAsync(tokens.Text("refresh_token"))).Data!;
        Assert.Equal(next.Text("refresh_token"), (await Host.RefreshAsync(tokens.Text("refresh_token"))).Data!.Text("refresh_token"));

        await AgeRedeemedAsync(Guid.Parse(Web.Part(tokens.Text("access_token"), 1).Text("sid")));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.RefreshAsync(tokens.Text("refresh_token"))).Status);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.RefreshAsync(next.Text("refresh_token"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(next.Text("access_token")));
        Assert.Contains("oauth.token_reused", await Host.AuditActionsAsync(user.Id));

        // However often it is tried, the owner is told once.
        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.RefreshAsync(tokens.Text("refresh_token"))).Status);
        var told = await Host.WithDatabaseAsync(db => db.Set<Infrastructure.Outbox.OutboxMessage>()
            .Where(row => row.Consumer == "users.tell-owner-of-token-reuse").Select(row => row.Payload).ToListAsync());
        Assert.Single(told, payload => payload.Contains(user.Id.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refresh_takes_the_role_as_it_is_now()
    {
        var user = await Host.RegisterAsync();
        var tokens = await Host.LogInAsync(user);
        await Host.SetUserAsync(user.Id, role: Role.Support);
        var claims = Web.Part((await Host.RefreshAsync(tokens.Text("refresh_token"))).Data!.Text("access_token"), 1);

        Assert.Equal("support", claims.Text("role"));
        Assert.Contains(Permission.TicketsManage, claims.Text("scope").Split(' '));
    }

    [Fact]
    public async Task Suspended_user_gets_nothing_for_a_refresh_token()
    {
        var user = await Host.RegisterAsync();
        var tokens = await Host.LogInAsync(user);
        await Host.SetUserAsync(user.Id, UserStatus.Suspended);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.RefreshAsync(tokens.Text("refresh_token"))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAA\0AAAAAAAAAAAAAAAA")]
    [InlineData("a.b.c")]
    public async Task What_is_no_refresh_token_is_refused(string token) =>
        Assert.InRange((int)(await Host.RefreshAsync(token)).Status, 400, 422);

    [Fact]
    public async Task Log_out_is_known_to_every_instance_within_a_second()
    {
        await using var twin = Host.StartTwin();
        var tokens = await Host.LogInAsync(await Host.RegisterAsync());
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token"), twin.Origin));

        await LogOutAsync(tokens.Text("access_token"));

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("access_token")));
        await Within.OneSecondAsync(async () => await Browser.MeAsync(tokens.Text("access_token"), twin.Origin) == HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.RefreshAsync(tokens.Text("refresh_token"))).Status);
    }

    [Fact]
    public async Task Instances_share_keys()
    {
        await using var twin = Host.StartTwin();
        var tokens = await Host.LogInAsync(await Host.RegisterAsync(), twin.Origin);

        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(tokens.Text("access_token")));
        Assert.Equal(1, await Host.WithDatabaseAsync(db => db.Set<SigningKey>().CountAsync()));
    }

    [Fact]
    public async Task Internal_grant_and_its_client_are_not_reachable_over_HTTP()
    {
        var machine = await Host.AddMachineAsync("users:read");
        var tokens = await Host.LogInAsync(await Host.RegisterAsync());
        var firstParty = new TestClient("goapi-first-party", null);

        await RefusedAsync("unsupported_grant_type", firstParty, ("grant_type", "urn:goapi:grant:first-party"));
        await RefusedAsync("unsupported_grant_type", machine, ("grant_type", "urn:goapi:grant:first-party"));
        await RefusedAsync("invalid_client", firstParty, ("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token")));
        var other = await Host.AddCodeClientAsync();
        await RefusedAsync("invalid_grant", other, ("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token")));
        Assert.Equal(HttpStatusCode.OK, (await Host.RefreshAsync(tokens.Text("refresh_token"))).Status);
    }

    private async Task LogOutAsync(string accessToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", accessToken);
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/api/v1/users/logout", null)).StatusCode);
    }

    private Task<int> AgeRedeemedAsync(Guid session) => Host.WithDatabaseAsync(db => db.Set<OAuthToken>()
        .Where(row => row.Authorization!.Id == session && row.RedemptionDate != null)
        .ExecuteUpdateAsync(row => row.SetProperty(token => token.RedemptionDate, DateTime.UnixEpoch)));
}
