using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>Where somebody is logged in, and how that ends.</summary>
public abstract class SessionTests(GoApiHost host) : ApiTest(host)
{
    private const string Users = "/api/v1/users";
    private const string Sessions = $"{Users}/me/sessions";
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    [Fact]
    public async Task Sessions_say_which_device_where_and_when_newest_first()
    {
        var user = await Host.UserAsync();
        var browser = await LogInAsync(user, ("User-Agent", Firefox));

        var list = (await browser.GetAsync(Sessions)).Is(200);

        Assert.Equal([true, false], list.Data.EnumerateArray().Select(session => session.GetProperty("current").GetBoolean()));
        var mine = list.Data[0];
        Assert.Equal(("Firefox on Linux", Firefox), (mine.GetProperty("device").GetString(), mine.GetProperty("user_agent").GetString()));
        Assert.Equal("127.0.0.1", mine.GetProperty("ip_address").GetString());
        Assert.Equal(("program", "goapi-first-party"), (mine.GetProperty("kind").GetString(), mine.GetProperty("client").GetProperty("client_id").GetString()));
        Assert.InRange(mine.GetProperty("created_at").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow());
        Assert.True(mine.GetProperty("last_seen_at").GetDateTimeOffset() >= mine.GetProperty("created_at").GetDateTimeOffset());
        Assert.Equal("An unknown device", list.Data[1].GetProperty("device").GetString());
        Assert.Equal(2, list.Pagination.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Refresh_is_when_a_session_was_last_seen()
    {
        var user = await Host.UserAsync();
        await Host.WithDatabaseAsync(db => db.Set<OAuthToken>().Where(token => token.Subject == user.Id.ToString())
            .ExecuteUpdateAsync(row => row.SetProperty(token => token.CreationDate, token => token.CreationDate!.Value.AddDays(-3))));
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(200);

        var session = (await user.Api.GetAsync(Sessions)).Is(200).Data[0];

        Assert.InRange(session.GetProperty("last_seen_at").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddSeconds(1));
    }

    [Fact]
    public async Task Sessions_are_a_list_of_pages()
    {
        var user = await Host.UserAsync();
        for (var session = 0; session < 3; session++) await LogInAsync(user);

        var first = (await user.Api.GetAsync($"{Sessions}?limit=3")).Is(200);
        var rest = (await user.Api.GetAsync($"{Sessions}?limit=3&cursor={first.NextCursor}")).Is(200);

        Assert.Equal((3, 1, null), (first.Ids.Length, rest.Ids.Length, rest.NextCursor));
        Assert.Equal(4, first.Ids.Concat(rest.Ids).Distinct().Count());
        (await user.Api.GetAsync($"{Sessions}?limit=0")).Is(422, "VALIDATION_FAILED");
        (await user.Api.GetAsync($"{Sessions}?cursor=nonsense")).Is(400, "BAD_REQUEST");
    }

    [Fact]
    public async Task Ended_session_is_refused_at_once_with_all_that_it_has_and_is_not_listed()
    {
        var user = await Host.UserAsync();
        var other = await Host.LogInAsync(user);
        var id = Current((await other.Api.GetAsync(Sessions)).Is(200));

        var ended = (await user.Api.DeleteAsync($"{Sessions}/{id}")).Is(200);

        Assert.Contains(await AuditAsync(ended), entry => entry is { Action: "oauth.session_ended", Status: AuditStatus.Success } && entry.ActorUserId == user.Id);
        (await other.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = other.RefreshToken })).Is(401, "UNAUTHORIZED");
        Assert.DoesNotContain(id, (await user.Api.GetAsync(Sessions)).Is(200).Ids);
        (await user.Api.DeleteAsync($"{Sessions}/{id}")).Is(404, "NOT_FOUND");
    }

    [Fact]
    public async Task Session_of_somebody_else_is_404_and_goes_on()
    {
        var (owner, other) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var id = Current((await owner.Api.GetAsync(Sessions)).Is(200));

        var answer = (await other.Api.DeleteAsync($"{Sessions}/{id}")).Is(404, "NOT_FOUND");

        await LeftNothingAsync(answer);
        (await owner.Api.GetAsync($"{Users}/me")).Is(200);
        Assert.DoesNotContain(id, (await other.Api.GetAsync(Sessions)).Ids);
    }

    [Fact]
    public async Task All_others_end_and_the_one_that_asks_goes_on()
    {
        var user = await Host.UserAsync();
        var (second, third) = (await Host.LogInAsync(user), await Host.LogInAsync(user));

        (await second.Api.DeleteAsync(Sessions)).Is(200);

        (await second.Api.GetAsync($"{Users}/me")).Is(200);
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = second.RefreshToken })).Is(200);
        foreach (var ended in new[] { user, third })
        {
            (await ended.Api.GetAsync($"{Users}/me")).Is(401);
            (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = ended.RefreshToken })).Is(401);
        }

        Assert.Single((await second.Api.GetAsync(Sessions)).Is(200).Ids);
    }

    [Fact]
    public async Task New_device_is_told_and_a_known_one_is_not()
    {
        var user = await Host.UserAsync();

        var first = await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password }, ("User-Agent", Firefox));
        var cookie = first.Is(200).Header("Set-Cookie")!.Split(';')[0];
        Assert.Matches("^device=[A-Za-z0-9_-]{43}$", cookie);
        Assert.Contains("httponly", first.Header("Set-Cookie")!, StringComparison.OrdinalIgnoreCase);
        var mail = await MailAsync(user.Email, "A new device");
        Assert.Contains("Firefox on Linux, from 127.0.0.1", mail.Text, StringComparison.Ordinal);

        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password }, ("User-Agent", Firefox))).Is(200);
        var moved = await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password }, ("User-Agent", "Firefox of tomorrow"), ("Cookie", cookie));
        Assert.StartsWith(cookie, moved.Is(200).Header("Set-Cookie"), StringComparison.Ordinal);
        Assert.Empty(await OutboxAsync(moved));
        Assert.Single(await MailsAsync(user.Email, "A new device"));
    }

    private async Task<Caller> LogInAsync(TestUser user, params (string Name, string Value)[] headers)
    {
        var token = (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password }, headers)).Is(200).Field("access_token")!;
        return Host.Main.As(token);
    }

    private static Guid Current(Answer list) => list.Data.EnumerateArray().Single(session => session.GetProperty("current").GetBoolean()).GetProperty("id").GetGuid();
}

public sealed class SessionTestsEmbedded(EmbeddedHost host) : SessionTests(host);

public sealed class SessionTestsServices(ServicesHost host) : SessionTests(host);
