using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

[Trait("Promise", "A4")]
public abstract class AuditProtectionTests(DatabaseFixture database) : StorageTest(database)
{
    private const string Address = "192.0.2.77";

    [Fact]
    public async Task What_is_stored_does_not_show_what_is_read()
    {
        var person = await AddUserAsync();
        var entry = await StoredAsync(await WriteAsync(person, person));

        Assert.StartsWith("encrypted:", entry.IpAddress, StringComparison.Ordinal);
        Assert.DoesNotContain(Address, entry.IpAddress, StringComparison.Ordinal);
        Assert.Equal((Address, "Agent/1"), await ReadAsync(entry));
    }

    [Fact]
    public async Task Personal_values_of_changes_are_encrypted_and_their_names_and_other_values_are_not()
    {
        var person = await AddUserAsync();
        await SaveAsync(async (AppDbContext db) =>
        {
            var user = await db.Set<AppUser>().SingleAsync(row => row.Id == person);
            (user.City, user.Gender, user.Role) = ("Canterbury \"<ä>\"", null, Role.Support);
            return 0;
        });

        var entry = await WithAsync((AppDbContext db) => db.Set<AuditEntry>().Where(row => row.SubjectUserId == person).OrderBy(row => row.Sequence).LastAsync());
        Assert.Matches("""^\{"city":\{"old":null,"new":\{"encrypted":"[A-Za-z0-9+/=]+"\}\},"role":\{"old":"user","new":"support"\}\}$""", entry.Changes);
        Assert.Equal("""{"city":{"old":null,"new":"Canterbury \"<ä>\""},"role":{"old":"user","new":"support"}}""", AuditProtection.ChangesOf(entry, await KeysAsync(person))?.ToString());
        Assert.Equal("""{"city":{"old":null,"new":null},"role":{"old":"user","new":"support"}}""", AuditProtection.ChangesOf(entry, await KeysAsync())?.ToString());
    }

    [Fact]
    public async Task Text_of_another_entry_or_field_cannot_be_read_in_its_place()
    {
        var person = await AddUserAsync();
        var (one, other) = (await StoredAsync(await WriteAsync(person, person)), await StoredAsync(await WriteAsync(person, person)));

        (one.IpAddress, one.UserAgent) = (other.IpAddress, one.IpAddress);

        Assert.Equal((null, null), await ReadAsync(one));
    }

    [Fact]
    public async Task Entry_about_somebody_else_is_the_actors_and_belongs_to_the_others_history()
    {
        var (person, admin) = (await AddUserAsync(), await AddUserAsync());
        var entry = await StoredAsync(await WriteAsync(admin, person));

        Assert.Equal((admin, person), (entry.ActorUserId, entry.SubjectUserId));
        Assert.Null(AuditProtection.IpAddressOf(entry, await KeysAsync(person)));
        Assert.Equal(Address, AuditProtection.IpAddressOf(entry, await KeysAsync(admin)));
        Assert.False((await WithAsync((IAuditHistory history) => history.ListAsync(person, new PageRequest(null, null, null), default))).Failed(out _, out var page));
        Assert.Equal((entry.Id, null, null), (page!.Items[0].Id, page.Items[0].IpAddress, page.Items[0].UserAgent));
    }

    [Fact]
    public async Task Entry_of_nobody_is_stored_as_it_came()
    {
        var entry = await StoredAsync(await WriteAsync(null, null));

        Assert.Equal((null, Address), (entry.SubjectUserId, entry.IpAddress));
    }

    [Fact]
    public async Task Person_without_a_key_gets_one_key_however_many_ask_at_once()
    {
        var person = Guid.CreateVersion7();
        var entries = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WriteAsync(person, person)));

        foreach (var id in entries) Assert.Equal((Address, "Agent/1"), await ReadAsync(await StoredAsync(id)));
    }

    [Fact]
    public async Task Key_that_a_roll_back_has_undone_is_not_used_again()
    {
        var person = Guid.CreateVersion7();
        await using (var scope = NewScope())
        {
            await using var transaction = await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().BeginAsync(default);
            await WriteAsync(scope.ServiceProvider, person, person);
        }

        Assert.Empty(await KeysAsync(person));
        Assert.Equal((Address, "Agent/1"), await ReadAsync(await StoredAsync(await WriteAsync(person, person))));
    }

    [Fact]
    public async Task Destroyed_key_stays_destroyed_whoever_writes_later()
    {
        var person = await AddUserAsync();
        var before = await WriteAsync(person, person);
        await using (var scope = NewScope())
            await scope.ServiceProvider.GetRequiredService<PersonKeys>().DestroyAsync(scope.ServiceProvider.GetRequiredService<AppDbContext>(), person, default);

        var after = await WriteAsync(person, person);

        Assert.Empty(await KeysAsync(person));
        Assert.Equal((null, null), await ReadAsync(await StoredAsync(before)));
        Assert.Equal((null, null), await ReadAsync(await StoredAsync(after)));
    }

    private async Task<Guid> WriteAsync(Guid? actor, Guid? about)
    {
        await using var scope = NewScope();
        return await WriteAsync(scope.ServiceProvider, actor, about);
    }

    private static async Task<Guid> WriteAsync(IServiceProvider scope, Guid? actor, Guid? about)
    {
        scope.GetRequiredService<CurrentActor>().Become(new Actor(actor, null, null, new HashSet<string>(), null, Address, "Agent/1", $"{Guid.CreateVersion7()}"));
        scope.GetRequiredService<IAuditTrail>().Record("users.test", AuditStatus.Success, "user", about?.ToString());
        var entry = scope.GetRequiredService<AppDbContext>().ChangeTracker.Entries<AuditEntry>().Single().Entity;
        await scope.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        return entry.Id;
    }

    private Task<AuditEntry> StoredAsync(Guid id) => WithAsync((AppDbContext db) => db.Set<AuditEntry>().AsNoTracking().SingleAsync(entry => entry.Id == id));

    private async Task<(string? IpAddress, string? UserAgent)> ReadAsync(AuditEntry entry)
    {
        var keys = await KeysAsync(entry.CallerId!.Value);
        return (AuditProtection.IpAddressOf(entry, keys), AuditProtection.UserAgentOf(entry, keys));
    }

    private async Task<IReadOnlyDictionary<Guid, byte[]>> KeysAsync(params Guid[] persons)
    {
        await using var scope = NewScope();
        return await scope.ServiceProvider.GetRequiredService<AuditProtection>().KeysAsync(scope.ServiceProvider.GetRequiredService<AppDbContext>(), persons, default);
    }
}

public sealed class AuditProtectionOnSqlite(SqliteDatabase database) : AuditProtectionTests(database), IClassFixture<SqliteDatabase>;

public sealed class AuditProtectionOnPostgreSql(PostgreSqlDatabase database) : AuditProtectionTests(database), IClassFixture<PostgreSqlDatabase>;
