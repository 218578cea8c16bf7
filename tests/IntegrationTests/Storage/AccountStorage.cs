using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.IntegrationTests.Storage;

public abstract class AccountStorage(DatabaseFixture database) : StorageTest(database)
{
    private readonly string email = $"Mixed.Case-{Guid.CreateVersion7():N}@Example.test";

    [Fact]
    public async Task Address_is_known_whatever_its_case_and_taken_once()
    {
        await AddUserAsync(email);
        Assert.True(await WithAsync((IUserAccounts accounts) => accounts.EmailExistsAsync(email.ToUpperInvariant(), default)));
        await Assert.ThrowsAsync<UniqueViolationException>(() => AddUserAsync(email.ToLowerInvariant()));
    }

    [Fact]
    public async Task Password_is_checked_and_the_tenth_wrong_one_locks_even_when_they_come_at_once()
    {
        var id = await AddUserAsync(email);
        Assert.False((await CheckAsync("correct-Horse-7-staple")).Failed(out _, out var account));
        Assert.Equal(id, account!.Id);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => CheckAsync("wrong")));
        Assert.True((await CheckAsync("correct-Horse-7-staple")).Failed(out var locked));
        Assert.Equal("UNAUTHORIZED", locked.Code);
    }

    [Fact]
    public async Task Unknown_suspended_and_wrong_have_one_answer()
    {
        var id = await AddUserAsync(email);
        await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(user => user.Id == id).ExecuteUpdateAsync(row => row.SetProperty(user => user.Status, UserStatus.Suspended)));

        Assert.True((await CheckAsync("correct-Horse-7-staple")).Failed(out var suspended));
        Assert.True((await WithAsync((IUserAccounts accounts) => accounts.CheckPasswordAsync("nobody@example.test", new Secret("x"), default))).Failed(out var unknown));
        Assert.Equal(suspended, unknown);
    }

    [Fact]
    public async Task Verification_token_works_once_and_a_damaged_one_never()
    {
        var id = await AddUserAsync(email);
        var token = (await WithAsync((IUserAccounts accounts) => accounts.MakeVerificationTokenAsync(id, default)))!.Value.Token;

        foreach (var damaged in new[] { "", "x", token[..^4], token + "AAAA", "AAAA" + token })
            Assert.True((await WithAsync((IUserAccounts accounts) => accounts.VerifyEmailAsync(damaged, default))).Failed(out _));
        Assert.False((await SaveAsync((IUserAccounts accounts) => accounts.VerifyEmailAsync(token, default))).Failed(out _));
        Assert.True((await SaveAsync((IUserAccounts accounts) => accounts.VerifyEmailAsync(token, default))).Failed(out _));
        Assert.Null(await WithAsync((IUserAccounts accounts) => accounts.FindUnverifiedAsync(email, default)));
    }

    [Fact]
    public async Task Profile_is_replaced_and_read_back_and_its_entry_shows_no_password()
    {
        var id = await AddUserAsync(email);
        var profile = new Profile("Grace", "Hopper", "+12025550143", "Bio", new DateOnly(1906, 12, 9), "f", "1 Road", "City", "State", "US", "12345", "en-US", "America/New_York");
        Assert.False((await SaveAsync((IUserAccounts accounts) => accounts.UpdateProfileAsync(id, profile, default))).Failed(out _));

        var found = (await WithAsync((IUserQueries users) => users.FindProfileAsync(id, default)))!;
        Assert.Equal(
            (profile.FirstName, profile.LastName, profile.Phone, profile.Bio, profile.DateOfBirth, profile.Gender),
            (found.FirstName, found.LastName, found.Phone, found.Bio, found.DateOfBirth, found.Gender));
        Assert.Equal(
            (profile.Address, profile.City, profile.State, profile.Country, profile.ZipCode, profile.Locale, profile.TimeZone),
            (found.Address, found.City, found.State, found.Country, found.ZipCode, found.Locale, found.TimeZone));
        Assert.Equal(2, found.Version);

        var entries = await WithAsync((AppDbContext db) => db.Set<AuditEntry>().Where(entry => entry.ResourceId == id.ToString()).OrderBy(entry => entry.Sequence).ToListAsync());
        Assert.Equal(2, entries.Count);
        Assert.Contains("\"password_hash\":{\"old\":null,\"new\":\"***\"}", entries[0].Changes, StringComparison.Ordinal);
        Assert.DoesNotContain("$2", entries[0].Changes, StringComparison.Ordinal);
        Assert.Contains("\"first_name\":{\"old\":{\"encrypted\":", entries[1].Changes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_is_given_for_active_accounts_only()
    {
        var id = await AddUserAsync(email);
        Assert.Equal((email, "Ada", null), await WithAsync((IUserDirectory users) => users.FindAddressAsync(id, default)));
        await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(user => user.Id == id).ExecuteUpdateAsync(row => row.SetProperty(user => user.Status, UserStatus.Anonymized)));
        Assert.Null(await WithAsync((IUserDirectory users) => users.FindAddressAsync(id, default)));
        Assert.Null(await WithAsync((IUserQueries users) => users.FindAsync(id, default)));
    }

    private Task<Domain.Kernel.Result<LoginAccount>> CheckAsync(string password) =>
        WithAsync((IUserAccounts accounts) => accounts.CheckPasswordAsync(email.ToLowerInvariant(), new Secret(password), default));
}

public sealed class AccountStorageOnSqlite(SqliteDatabase database) : AccountStorage(database), IClassFixture<SqliteDatabase>;

public sealed class AccountStorageOnPostgreSql(PostgreSqlDatabase database) : AccountStorage(database), IClassFixture<PostgreSqlDatabase>;
