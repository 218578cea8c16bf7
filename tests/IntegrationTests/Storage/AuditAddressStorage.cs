using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Storage;

/// <summary>What entries are found by whose address is asked for goes with the person, whoever still writes about them.</summary>
[Trait("Promise", "A4")]
public abstract class AuditAddressStorage(DatabaseFixture database, FakeTimeProvider time) : StorageTest(database, time)
{
    private readonly DatabaseFixture shared = database;
    private readonly string address = $"2001:db8::{Random.Shared.Next(1, 0x10000):x}:{Random.Shared.Next(1, 0x10000):x}";

    [Fact]
    public async Task Instance_that_still_remembers_the_key_leaves_nothing_for_ever()
    {
        await using var other = NewInstance();
        var (person, stays) = (await AddUserAsync(), await AddUserAsync());
        await WriteAsync(other, person);
        var kept = new[] { await WriteAsync(other, stays), await WriteAsync(other, null) };
        await EraseAsync(person);
        Assert.Equal(kept, await FoundAsync());

        var late = await WriteAsync(other, person);
        Guid[] found = [.. kept, late];
        Assert.Equal(found, await FoundAsync());
        // While it can still be remembered, nothing is settled.
        time.Advance(PersonKeys.Remembered);
        await CleanAsync();
        Assert.Contains(late, await FoundAsync());

        time.Advance(PersonKeys.Remembered);
        await CleanAsync();
        Assert.Equal(kept, await FoundAsync());
        Assert.Null(await WithAsync((AppDbContext db) => db.Set<PersonKey>().Where(key => key.UserId == person).Select(key => key.SweepAfter).SingleAsync()));

        await WriteAsync(other, person);
        Assert.Equal(kept, await FoundAsync());
    }

    [Fact]
    public async Task Erasure_that_is_repeated_is_swept_up_after_anew()
    {
        var person = await AddUserAsync();
        foreach (var _ in new[] { 1, 2 })
        {
            await EraseAsync(person);
            time.Advance(PersonKeys.Remembered / 2);
        }

        var due = await WithAsync((AppDbContext db) => db.Set<PersonKey>().Where(key => key.UserId == person).Select(key => key.SweepAfter).SingleAsync());
        Assert.True(due > time.GetUtcNow() + PersonKeys.Remembered / 2);
    }

    [Fact]
    public async Task Who_finds_no_key_writes_an_entry_and_no_address()
    {
        var person = await AddUserAsync();
        await EraseAsync(person);
        await using var other = NewInstance();

        var entry = await WriteAsync(other, person);

        Assert.DoesNotContain(entry, await FoundAsync());
        Assert.NotNull(await WithAsync((AppDbContext db) => db.Set<AuditEntry>().SingleOrDefaultAsync(row => row.Id == entry)));
    }

    // It remembers keys of its own.
    private ServiceProvider NewInstance() => shared.NewHost(services => services.AddSingleton<TimeProvider>(time));

    private async Task<Guid> WriteAsync(ServiceProvider instance, Guid? person)
    {
        time.Advance(TimeSpan.FromMilliseconds(1));
        await using var scope = instance.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(new Actor(person, null, null, new HashSet<string>(), null, address, null, $"{Guid.CreateVersion7()}"));
        scope.ServiceProvider.GetRequiredService<IAuditTrail>().Record("users.test", AuditStatus.Success, "thing");
        var entry = scope.ServiceProvider.GetRequiredService<AppDbContext>().ChangeTracker.Entries<AuditEntry>().Single().Entity.Id;
        await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        return entry;
    }

    private async Task EraseAsync(Guid person)
    {
        await using var scope = NewScope();
        await scope.ServiceProvider.GetServices<IPersonalData>().OfType<AuditPersonalData>().Single().EraseAsync(person, default);
    }

    private async Task CleanAsync()
    {
        await using var scope = NewScope();
        await scope.ServiceProvider.GetServices<IRetention>().OfType<AuditAddressRetention>().Single().CleanAsync(default);
    }

    // In the order of their entries.
    private async Task<Guid[]> FoundAsync()
    {
        await using var scope = NewScope();
        var rows = scope.ServiceProvider.GetRequiredService<AuditProtection>().From(scope.ServiceProvider.GetRequiredService<AppDbContext>(), address);
        return await rows!.Select(row => row.EntryId).OrderBy(id => id).ToArrayAsync();
    }
}

public sealed class AuditAddressOnSqlite(SqliteDatabase database) : AuditAddressStorage(database, new FakeTimeProvider(Now)), IClassFixture<SqliteDatabase>;

public sealed class AuditAddressOnPostgreSql(PostgreSqlDatabase database) : AuditAddressStorage(database, new FakeTimeProvider(Now)), IClassFixture<PostgreSqlDatabase>;
