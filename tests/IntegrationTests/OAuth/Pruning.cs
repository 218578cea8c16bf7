using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.IntegrationTests.OAuth;

public abstract class Pruning(DatabaseFixture database)
{
    private const int Dead = 2 * OAuthPruning.BatchSize + 300;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static DateTime Gone => (Now - OAuthPruning.Kept).UtcDateTime.AddMinutes(-1);

    private static DateTime Alive => Now.UtcDateTime.AddMinutes(10);

    [Fact]
    public async Task What_is_dead_goes_in_batches_shared_by_the_instances_and_what_is_alive_stays()
    {
        await using var first = Host();
        await using var second = Host();
        var (kept, deadSession, liveSession, justExpired) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await WithAsync(first, async db =>
        {
            var (dead, live) = (Session(deadSession), Session(liveSession));
            db.AddRange(dead, live);
            for (var n = 0; n < Dead; n++) db.Add(Token(Guid.CreateVersion7(), Gone, n == 0 ? dead : null));
            // A session lives as long as one of its tokens, whatever else of it is gone.
            db.AddRange(Token(Guid.CreateVersion7(), Gone, live), Token(kept, Alive, live), Token(justExpired, Now.UtcDateTime.AddMinutes(-1), null));
            db.AddRange(Revocation(Now.AddMinutes(-1)), Revocation(Now.AddMinutes(10)));
            return await db.SaveChangesAsync();
        });

        var counts = await Task.WhenAll(Pruner(first).PruneAsync(CancellationToken.None), Pruner(second).PruneAsync(CancellationToken.None));
        // What one of them had locked the other left alone: the next run finds what is left.
        var total = counts.Sum() + await Pruner(first).PruneAsync(CancellationToken.None);

        Assert.Equal(Dead + 1 + 1, total);
        Assert.Equal(0, await WithAsync(first, db => db.Set<OAuthToken>().CountAsync(token => token.ExpirationDate <= Gone)));
        Assert.Equal(2, await WithAsync(first, db => db.Set<OAuthToken>().CountAsync(token => token.Id == kept || token.Id == justExpired)));
        Assert.Equal([liveSession], await WithAsync(first, db => db.Set<OAuthAuthorization>().Where(row => row.Id == deadSession || row.Id == liveSession).Select(row => row.Id).ToListAsync()));
        Assert.Equal(1, await WithAsync(first, db => db.Set<TokenRevocation>().CountAsync()));
        Assert.Equal(0, await Pruner(first).PruneAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Sweep_finds_sessions_that_were_left_behind_and_leaves_consents()
    {
        await using var host = Host();
        var old = (Now - OAuthPruning.Abandoned).UtcDateTime.AddMinutes(-1);
        var (abandoned, young, consent, ended, withToken) = (Session(Guid.CreateVersion7(), old), Session(Guid.CreateVersion7()),
            Session(Guid.CreateVersion7(), old, AuthorizationTypes.Permanent), Session(Guid.CreateVersion7(), old, AuthorizationTypes.Permanent, Statuses.Revoked), Session(Guid.CreateVersion7(), old));
        await WithAsync(host, db =>
        {
            db.AddRange(abandoned, young, consent, ended, withToken, Token(Guid.CreateVersion7(), Alive, withToken));
            return db.SaveChangesAsync();
        });

        Assert.Equal(2, await Pruner(host).SweepAsync(CancellationToken.None));

        Guid[] all = [abandoned.Id, young.Id, consent.Id, ended.Id, withToken.Id];
        Assert.Equal(new[] { young.Id, consent.Id, withToken.Id }.Order(), (await WithAsync(host, db => db.Set<OAuthAuthorization>().Where(row => all.Contains(row.Id)).Select(row => row.Id).ToListAsync())).Order());
    }

    [Fact]
    public async Task Browser_sessions_go_when_nobody_was_seen_for_their_life_and_a_while_more()
    {
        await using var host = Host();
        var end = Now - BrowserSessions.Life - OAuthPruning.Kept;
        var (gone, ended, seen, program) = (Browser(end.AddMinutes(-1)), Browser(end.AddMinutes(-1), Statuses.Revoked), Browser(end.AddMinutes(1)), Session(Guid.CreateVersion7(), Now.UtcDateTime.AddDays(-9)));
        var many = Enumerable.Range(0, OAuthPruning.BatchSize).Select(_ => Browser(end.AddDays(-1))).ToList();
        await WithAsync(host, db =>
        {
            db.AddRange([gone, ended, seen, program, .. many]);
            return db.SaveChangesAsync();
        });

        Assert.Equal(many.Count + 2, await Pruner(host).PruneAsync(CancellationToken.None));

        Guid[] all = [gone.Id, ended.Id, seen.Id, program.Id];
        Assert.Equal(new[] { seen.Id, program.Id }.Order(), (await WithAsync(host, db => db.Set<OAuthAuthorization>().Where(row => all.Contains(row.Id)).Select(row => row.Id).ToListAsync())).Order());
        await WithAsync(host, db => db.Set<OAuthAuthorization>().Where(row => all.Contains(row.Id)).ExecuteDeleteAsync());
    }

    private ServiceProvider Host() => database.NewHost(services => services.AddSingleton<OAuthPruning>());

    private static OAuthPruning Pruner(ServiceProvider host) => host.GetRequiredService<OAuthPruning>();

    private static OAuthToken Token(Guid id, DateTime expires, OAuthAuthorization? session) =>
        new() { Id = id, Type = TokenTypeIdentifiers.AccessToken, Status = Statuses.Valid, CreationDate = expires.AddHours(-1), ExpirationDate = expires, Authorization = session };

    private static OAuthAuthorization Session(Guid id, DateTime? created = null, string type = AuthorizationTypes.AdHoc, string status = Statuses.Valid) =>
        new() { Id = id, Type = type, Status = status, CreationDate = created ?? Now.UtcDateTime };

    private static OAuthAuthorization Browser(DateTimeOffset seen, string status = Statuses.Valid) =>
        new() { Id = Guid.CreateVersion7(), Type = SessionTypes.Browser, Status = status, CreationDate = Now.UtcDateTime.AddDays(-2), LastSeenAt = seen };

    private static TokenRevocation Revocation(DateTimeOffset expires) =>
        new() { Id = Guid.CreateVersion7(), Kind = RevocationKind.Token, Subject = Guid.CreateVersion7().ToString(), RevokedAt = Now, ExpiresAt = expires };

    private static async Task<T> WithAsync<T>(ServiceProvider host, Func<AppDbContext, Task<T>> work)
    {
        await using var scope = host.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }
}

public sealed class PruningOnPostgreSql(PostgreSqlDatabase database) : Pruning(database), IClassFixture<PostgreSqlDatabase>;

public sealed class PruningOnSqlite(SqliteDatabase database) : Pruning(database), IClassFixture<SqliteDatabase>;
