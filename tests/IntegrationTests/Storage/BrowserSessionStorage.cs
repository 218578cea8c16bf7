using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.IntegrationTests.Storage;

[Trait("Promise", "S3")]
public abstract class BrowserSessionStorage : StorageTest
{
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    private readonly FakeTimeProvider time;

    // In whole milliseconds, which both databases keep.
    protected BrowserSessionStorage(DatabaseFixture database) : this(database, new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(Now.ToUnixTimeMilliseconds())))
    {
    }

    private BrowserSessionStorage(DatabaseFixture database, FakeTimeProvider time) : base(database, time) => this.time = time;

    [Fact]
    public async Task Session_is_listed_with_its_device_until_nobody_was_seen_for_its_life()
    {
        var (user, began) = (await AddUserAsync(), time.GetUtcNow());
        var id = await BeginAsync(user);

        var listed = Assert.Single(await ListAsync(user));
        Assert.Equal((id, SessionKind.Browser, "Firefox on Linux", "203.0.113.7", false), (listed.Id, listed.Kind, listed.Device, listed.IpAddress, listed.Current));
        Assert.Equal("goapi-first-party", listed.Client.ClientId);
        Assert.Equal(began, listed.LastSeenAt);

        time.Advance(BrowserSessions.Life);
        Assert.Empty(await ListAsync(user));
        Assert.False(await WithAsync((ISessionQueries queries) => queries.IsOfAsync(id, user, default)));
    }

    [Fact]
    public async Task Whoever_was_seen_is_listed_on_and_whoever_has_ended_is_not_revived()
    {
        var user = await AddUserAsync();
        var (seen, ended) = (await BeginAsync(user), await BeginAsync(user));
        await EndAsync(ended);
        time.Advance(BrowserSessions.Life - TimeSpan.FromMinutes(1));

        foreach (var id in new[] { seen, ended })
            await WithAsync((BrowserSessions sessions) => DoneAsync(sessions.NoteAsync(id, default)));
        time.Advance(TimeSpan.FromHours(1));

        var listed = Assert.Single(await ListAsync(user));
        Assert.Equal((seen, time.GetUtcNow().AddHours(-1)), (listed.Id, listed.LastSeenAt));
        Assert.True((await FindAsync(ended)).LastSeenAt < listed.LastSeenAt);
    }

    [Fact]
    public async Task Session_of_nobody_else_can_be_found_by_its_id()
    {
        var (user, other) = (await AddUserAsync(), await AddUserAsync());
        var id = await BeginAsync(user);

        Assert.True(await WithAsync((ISessionQueries queries) => queries.IsOfAsync(id, user, default)));
        Assert.False(await WithAsync((ISessionQueries queries) => queries.IsOfAsync(id, other, default)));
    }

    [Fact]
    public async Task End_is_known_as_long_as_a_cookie_lives_and_takes_along_what_is_bound_to_it()
    {
        var user = await AddUserAsync();
        var (session, other) = (await BeginAsync(user), await BeginAsync(user));
        var (bound, offline, elsewhere) = (await AddProgramAsync(user, session), await AddProgramAsync(user, null), await AddProgramAsync(user, other));

        await EndAsync(session);

        Assert.Equal([Statuses.Revoked, Statuses.Revoked, Statuses.Valid, Statuses.Valid, Statuses.Valid], await StatesAsync(session, bound, offline, elsewhere, other));
        Assert.Equal([(session, RevocationKind.Browser), (bound, RevocationKind.Session)], await RevocationsAsync(session, bound, offline, elsewhere, other));
        var kept = await WithAsync((AppDbContext db) => db.Set<TokenRevocation>().SingleAsync(row => row.Subject == session.ToString()));
        Assert.True(kept.ExpiresAt >= time.GetUtcNow() + BrowserSessions.Life);
        Assert.Equal([session, bound], await EntriesAsync(user));
    }

    [Fact]
    public async Task New_log_in_of_the_same_person_takes_over_what_programs_have()
    {
        var user = await AddUserAsync();
        var before = await BeginAsync(user);
        var bound = await AddProgramAsync(user, before);

        var after = await BeginAsync(user, before);

        Assert.Equal([Statuses.Revoked, Statuses.Valid, Statuses.Valid], await StatesAsync(before, bound, after));
        Assert.Equal([(before, RevocationKind.Browser)], await RevocationsAsync(before, bound, after));
        await EndAsync(after);
        Assert.Equal([Statuses.Revoked, Statuses.Revoked], await StatesAsync(bound, after));
    }

    [Fact]
    public async Task Log_in_of_somebody_else_in_the_same_browser_ends_it_with_all_that_it_has()
    {
        var (user, other) = (await AddUserAsync(), await AddUserAsync());
        var before = await BeginAsync(user);
        var bound = await AddProgramAsync(user, before);

        var after = await BeginAsync(other, before);

        Assert.Equal([Statuses.Revoked, Statuses.Revoked, Statuses.Valid], await StatesAsync(before, bound, after));
        Assert.Equal([(before, RevocationKind.Browser), (bound, RevocationKind.Session)], await RevocationsAsync(before, bound, after));
    }

    [Fact]
    public async Task All_end_but_the_one_that_asks_even_where_it_came_from_a_browser()
    {
        var (user, other) = (await AddUserAsync(), await AddUserAsync());
        var (session, others) = (await BeginAsync(user), await BeginAsync(other));
        var (asking, bound) = (await AddProgramAsync(user, session), await AddProgramAsync(user, session));

        await WithAsync((ISessions sessions) => DoneAsync(sessions.EndAllAsync(user, asking, default)));

        Assert.Equal([Statuses.Revoked, Statuses.Valid, Statuses.Revoked, Statuses.Valid], await StatesAsync(session, asking, bound, others));
        Assert.Equal([(session, RevocationKind.Browser), (bound, RevocationKind.Session)], await RevocationsAsync(session, asking, bound, others));
    }

    private async Task<Guid> BeginAsync(Guid user, Guid? replaced = null)
    {
        await using var scope = NewScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(new Actor(null, null, null, new HashSet<string>(), null, "203.0.113.7", Firefox, "request"));
        var id = await scope.ServiceProvider.GetRequiredService<IBrowserSessions>().BeginAsync(user, replaced, default);
        await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        // The next id is a later one.
        time.Advance(TimeSpan.FromMilliseconds(1));
        return id;
    }

    private async Task<Guid> AddProgramAsync(Guid user, Guid? browser)
    {
        var session = new OAuthAuthorization
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            Type = AuthorizationTypes.AdHoc,
            Status = Statuses.Valid,
            Subject = user.ToString(),
            CreationDate = time.GetUtcNow().UtcDateTime,
            BrowserSessionId = browser,
        };
        await SaveAsync((AppDbContext db) => Task.FromResult(db.Add(session)));
        time.Advance(TimeSpan.FromMilliseconds(1));
        return session.Id;
    }

    private Task<bool> EndAsync(Guid session) => WithAsync((ISessions sessions) => DoneAsync(sessions.EndAsync(session, default)));

    private static async Task<bool> DoneAsync(Task work)
    {
        await work;
        return true;
    }

    private async Task<IReadOnlyList<SessionDto>> ListAsync(Guid user)
    {
        var page = await WithAsync((ISessionQueries queries) => queries.ListAsync(user, null, new PageRequest(null, null, null), default));
        return page.Failed(out var error, out var sessions) ? throw new InvalidOperationException(error.Message) : sessions.Items;
    }

    private Task<OAuthAuthorization> FindAsync(Guid id) => WithAsync((AppDbContext db) => db.Set<OAuthAuthorization>().SingleAsync(row => row.Id == id));

    private async Task<string?[]> StatesAsync(params Guid[] ids)
    {
        var rows = await WithAsync((AppDbContext db) => db.Set<OAuthAuthorization>().Where(row => ids.Contains(row.Id)).ToDictionaryAsync(row => row.Id, row => row.Status));
        return [.. ids.Select(id => rows[id])];
    }

    private async Task<(Guid, RevocationKind)[]> RevocationsAsync(params Guid[] ids)
    {
        var subjects = ids.Select(id => id.ToString()).ToArray();
        var rows = await WithAsync((AppDbContext db) => db.Set<TokenRevocation>().Where(row => subjects.Contains(row.Subject)).ToListAsync());
        return [.. rows.Select(row => (Guid.Parse(row.Subject), row.Kind)).Order()];
    }

    private Task<List<Guid>> EntriesAsync(Guid user) => WithAsync(async (AppDbContext db) =>
        (await db.Set<GoApi.Infrastructure.Auditing.AuditEntry>().Where(entry => entry.ActorUserId == user && entry.Action == "oauth.session_ended").Select(entry => entry.ResourceId).ToListAsync())
            .ConvertAll(id => Guid.Parse(id!)).Order().ToList());
}

public sealed class BrowserSessionStorageOnPostgreSql(PostgreSqlDatabase database) : BrowserSessionStorage(database), IClassFixture<PostgreSqlDatabase>;

public sealed class BrowserSessionStorageOnSqlite(SqliteDatabase database) : BrowserSessionStorage(database), IClassFixture<SqliteDatabase>;
