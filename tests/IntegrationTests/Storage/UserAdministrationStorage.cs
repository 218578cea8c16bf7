using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Persistence.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GoApi.IntegrationTests.Storage;

public abstract class UserAdministrationStorage(DatabaseFixture database) : StorageTest(database)
{
    private static readonly UserFilter All = new(null, null, null, null, null, null);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Twenty_demotions_and_suspensions_at_once_leave_one_administrator(int count)
    {
        await WithAsync((AppDbContext db) => db.Set<AppUser>().ExecuteUpdateAsync(row => row.SetProperty(user => user.Role, Role.User)));
        var administrators = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => AddAdministratorAsync()));

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => LeaveAsync(administrators[number % count], number % 2 == 0)));

        var left = await WithAsync((AppDbContext db) => db.Set<AppUser>().CountAsync(user => user.Role == Role.Admin && user.Status == UserStatus.Active));
        Assert.Equal(1, left);
        Assert.Equal(Enumerable.Repeat("CONFLICT", results.OfType<Error>().Count()), results.OfType<Error>().Select(error => error.Code));
        // Whoever is left, the rule holds one by one as well.
        foreach (var id in administrators) await LeaveAsync(id, suspend: true);
        foreach (var id in administrators) await LeaveAsync(id, suspend: false);
        Assert.Equal(1, await WithAsync((AppDbContext db) => db.Set<AppUser>().CountAsync(user => user.Role == Role.Admin && user.Status == UserStatus.Active)));
    }

    [Fact]
    public async Task Search_keeps_up_with_every_change()
    {
        var mark = $"s{Guid.CreateVersion7():N}";
        var id = await AddUserAsync($"{mark}@example.test");
        Assert.Equal([id], await FindAsync(mark));
        Assert.Empty(await FindAsync($"{mark} Éclair"));

        Assert.False((await SaveAsync((IUserAccounts accounts) => accounts.UpdateProfileAsync(id, Named("Jean", "L'ÉCLAIR"), default))).Failed(out _));
        Assert.Equal([id], await FindAsync($"éclair {mark}"));
        Assert.Empty(await FindAsync($"lovelace {mark}"));

        await SaveAsync(async (AppDbContext db) => (await db.Set<AppUser>().SingleAsync(user => user.Id == id)).Email = $"{mark}2@example.test");
        Assert.Equal([id], await FindAsync($"{mark}2@"));
        Assert.Empty(await FindAsync($"{mark}@"));

        await SaveAsync(async (AppDbContext db) => db.Remove(await db.Set<AppUser>().SingleAsync(user => user.Id == id)));
        Assert.Empty(await FindAsync(mark));
    }

    [Fact]
    public async Task Search_still_fits_the_rows_when_the_database_was_made_smaller()
    {
        var (first, second) = (await AddUserAsync(), await AddUserAsync());
        var mark = $"v{Guid.CreateVersion7():N}";
        await SaveAsync((IUserAccounts accounts) => accounts.UpdateProfileAsync(second, Named("Ada", mark), default));
        await SaveAsync(async (AppDbContext db) => db.Remove(await db.Set<AppUser>().SingleAsync(user => user.Id == first)));

        await WithAsync((AppDbContext db) => db.Database.ExecuteSqlRawAsync(db.Database.IsNpgsql() ? "VACUUM FULL users" : "VACUUM"));

        Assert.Equal([second], await FindAsync(mark));
    }

    [Fact]
    public async Task Page_and_stream_of_one_filter_hold_the_same()
    {
        var mark = $"p{Guid.CreateVersion7():N}";
        List<Guid> ids = [];
        foreach (var name in new[] { "c", "a", "b" }) ids.Add(await AddUserAsync($"{name}-{mark}@example.test"));

        var filter = All with { Search = mark, Sort = "email" };
        var streamed = await WithAsync(async (IUserQueries users) =>
        {
            List<Guid> found = [];
            await foreach (var user in users.StreamAsync(filter, default)) found.Add(user.Id);
            return found;
        });
        Assert.Equal([ids[1], ids[2], ids[0]], streamed);
        Assert.Equal(streamed, await FindAsync(mark, "email"));
    }

    private static Profile Named(string first, string last) => new(first, last, null, null, null, null, null, null, null, null, null, null, null);

    private async Task<Guid> AddAdministratorAsync()
    {
        var id = await AddUserAsync();
        await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(user => user.Id == id).ExecuteUpdateAsync(row => row.SetProperty(user => user.Role, Role.Admin)));
        return id;
    }

    // The use cases as a request runs them, each in a scope of its own. Null where it was done.
    private async Task<Error?> LeaveAsync(Guid id, bool suspend)
    {
        await using var scope = NewScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.System("test"));
        var result = suspend
            ? await scope.ServiceProvider.GetRequiredService<IUseCase<SetUserStatus, UserDto>>().HandleAsync(new SetUserStatus("suspended") { Id = id }, default)
            : await scope.ServiceProvider.GetRequiredService<IUseCase<SetUserRole, UserDto>>().HandleAsync(new SetUserRole("user") { Id = id }, default);
        return result.Failed(out var error) ? error : null;
    }

    private Task<Guid[]> FindAsync(string search, string? sort = null) => WithAsync(async (IUserQueries users) =>
    {
        var result = await users.ListAsync(All with { Search = search, Sort = sort }, new PageRequest(null, null, null), default);
        Assert.False(result.Failed(out _, out var page));
        return page!.Items.Select(user => user.Id).ToArray();
    });
}

public sealed class UserAdministrationStorageOnSqlite(SqliteDatabase database) : UserAdministrationStorage(database), IClassFixture<SqliteDatabase>;

public sealed class UserAdministrationStorageOnPostgreSql(PostgreSqlDatabase database) : UserAdministrationStorage(database), IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task Migration_says_what_to_do_where_the_extension_cannot_be_created()
    {
        var migration = new MigrationBuilder("Npgsql.EntityFrameworkCore.PostgreSQL");
        UserSearchSql.UpPostgreSql(migration);
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        // All of it is undone at the end, the role as well.
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Database.ExecuteSqlRawAsync("DROP EXTENSION pg_trgm CASCADE; CREATE ROLE goapi_without_rights; SET LOCAL ROLE goapi_without_rights");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => db.Database.ExecuteSqlRawAsync(((SqlOperation)migration.Operations.Single()).Sql));

        Assert.Equal(UserSearchSql.MissingExtension, refused.SqlState);
        Assert.Contains("CREATE EXTENSION pg_trgm", refused.MessageText, StringComparison.Ordinal);
    }
}
