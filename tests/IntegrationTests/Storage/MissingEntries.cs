using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Trail;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

/// <summary>A use case that forgets its entry has one all the same, and one that goes past the save is seen by the tests' watcher.</summary>
[Trait("Promise", "A1")]
public abstract class MissingEntries : IAsyncDisposable
{
    private readonly EntryWatcher watcher = new();
    private readonly ServiceProvider host;
    private readonly string request = $"forgetful-{Guid.CreateVersion7():N}";

    protected MissingEntries(DatabaseFixture database) => host = database.NewHost(services => services.AddSingleton<IInterceptor>(watcher));

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        watcher.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Save_without_an_entry_gets_that_of_its_use_case()
    {
        await RunAsync(async (db, _) =>
        {
            db.Add(NewToken());
            await db.SaveChangesAsync(Ct);
        });

        var entry = Assert.Single(await EntriesAsync());
        Assert.Equal(("orchards.plant", "orchard", AuditStatus.Success, null), (entry.Action, entry.Resource, entry.Status, entry.ResourceId));
        Assert.Empty(watcher.Take());
    }

    [Fact]
    public async Task Transaction_without_an_entry_gets_one_at_its_end_and_one_with_a_later_entry_gets_none()
    {
        await RunAsync(async (db, trail) =>
        {
            await using (var forgetful = await db.Database.BeginTransactionAsync(Ct))
            {
                db.Add(NewToken());
                await db.SaveChangesAsync(Ct);
                db.Add(NewToken());
                await db.SaveChangesAsync(Ct);
                await forgetful.CommitAsync(Ct);
            }

            await using var later = await db.Database.BeginTransactionAsync(Ct);
            db.Add(NewToken());
            await db.SaveChangesAsync(Ct);
            trail.Record("orchards.water", AuditStatus.Success, "orchard", null, null, null);
            await db.SaveChangesAsync(Ct);
            await later.CommitAsync(Ct);
        });

        Assert.Equal(["orchards.plant", "orchards.water"], (await EntriesAsync()).Select(entry => entry.Action));
        Assert.Empty(watcher.Take());
    }

    [Fact]
    public async Task What_is_undone_owes_nothing_and_pays_for_nothing()
    {
        await RunAsync(async (db, trail) =>
        {
            await using (await db.Database.BeginTransactionAsync(Ct))
            {
                trail.Record("orchards.water", AuditStatus.Success, "orchard", null, null, null);
                await db.SaveChangesAsync(Ct);
            }

            await using (var refused = await db.Database.BeginTransactionAsync(Ct))
            {
                await refused.CreateSavepointAsync("claimed", Ct);
                db.Add(NewToken());
                await db.SaveChangesAsync(Ct);
                await refused.RollbackToSavepointAsync("claimed", Ct);
                await refused.CommitAsync(Ct);
            }

            Assert.Empty(await EntriesAsync());
            db.ChangeTracker.Clear();
            await using var last = await db.Database.BeginTransactionAsync(Ct);
            db.Add(NewToken());
            await db.SaveChangesAsync(Ct);
            await last.CommitAsync(Ct);
        });

        Assert.Equal("orchards.plant", Assert.Single(await EntriesAsync()).Action);
        Assert.Empty(watcher.Take());
    }

    [Fact]
    public async Task Bookkeeping_has_no_entry()
    {
        await RunAsync(async (db, _) =>
        {
            db.Add(new ClientAssertion { Id = $"{Guid.CreateVersion7():N}", ExpiresAt = TimeProvider.System.GetUtcNow() });
            await db.SaveChangesAsync(Ct);
        });

        Assert.Empty(await EntriesAsync());
        Assert.Empty(watcher.Take());
    }

    [Fact]
    public async Task What_goes_past_the_save_is_seen_where_its_transaction_has_no_entry()
    {
        var token = NewToken();
        await RunAsync(async (db, trail) =>
        {
            db.Add(token);
            await db.SaveChangesAsync(Ct);
            Assert.Empty(watcher.Take());

            var mine = db.Set<OAuthToken>().Where(row => row.Id == token.Id);
            await mine.ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, "revoked"), Ct);
            Assert.Contains("oauth_tokens (orchards.plant", Assert.Single(watcher.Take()), StringComparison.Ordinal);

            await db.Database.ExecuteSqlAsync($"UPDATE oauth_tokens SET status = 'valid' WHERE id = {token.Id}", Ct);
            Assert.Single(watcher.Take());

            await using (var silent = await db.Database.BeginTransactionAsync(Ct))
            {
                await mine.ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, "revoked"), Ct);
                Assert.Empty(watcher.Take());
                await silent.CommitAsync(Ct);
            }

            Assert.Single(watcher.Take());

            // Nothing was changed, or nothing that needs an entry, or it has one.
            await db.Set<OAuthToken>().Where(row => row.Id == Guid.Empty).ExecuteDeleteAsync(Ct);
            await db.Set<AppUser>().ExecuteUpdateAsync(row => row.SetProperty(one => one.LastLoginAt, (DateTimeOffset?)null), Ct);
            await using var told = await db.Database.BeginTransactionAsync(Ct);
            await mine.ExecuteDeleteAsync(Ct);
            trail.Record("orchards.clear", AuditStatus.Success, "orchard", null, null, null);
            await db.SaveChangesAsync(Ct);
            await told.CommitAsync(Ct);
        });

        Assert.Empty(watcher.Take());
        Assert.True(watcher.Complete > 1);
    }

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal static OAuthToken NewToken() => new() { Id = Guid.CreateVersion7(), Status = "valid", Type = "access_token", ConcurrencyToken = "first" };

    /// <summary>As the pipeline runs a use case that nobody has thought about.</summary>
    private protected async Task RunAsync(Func<AppDbContext, IAuditTrail, Task> handle)
    {
        await using var scope = host.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.System(request));
        scope.ServiceProvider.GetRequiredService<CurrentUseCase>().Enter("orchards.plant");
        await handle(scope.ServiceProvider.GetRequiredService<AppDbContext>(), scope.ServiceProvider.GetRequiredService<IAuditTrail>());
    }

    private protected EntryWatcher Watcher => watcher;

    private protected IServiceProvider Services => host;

    private async Task<List<AuditEntry>> EntriesAsync()
    {
        await using var scope = host.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<AuditEntry>().AsNoTracking().Where(entry => entry.RequestId == request).OrderBy(entry => entry.Sequence).ToListAsync(Ct);
    }
}

public sealed class MissingEntriesOnSqlite(SqliteDatabase database) : MissingEntries(database), IClassFixture<SqliteDatabase>;

public sealed class MissingEntriesOnPostgreSql(PostgreSqlDatabase database) : MissingEntries(database), IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task Batch_without_an_entry_is_seen() => await RunAsync(async (db, trail) =>
    {
        var batch = Services.GetRequiredService<RowBatch>();
        db.Add(NewToken());
        await batch.WriteAsync(db, [.. db.ChangeTracker.Entries()], Ct);
        Assert.Contains("a batch of oauth_tokens", Assert.Single(Watcher.Take()), StringComparison.Ordinal);

        db.Add(NewToken());
        trail.Record("orchards.plant", AuditStatus.Success, "orchard", null, null, null);
        await batch.WriteAsync(db, [.. db.ChangeTracker.Entries()], Ct);
        Assert.Empty(Watcher.Take());
    });
}
