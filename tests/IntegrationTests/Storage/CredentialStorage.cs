using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Storage;

/// <summary>The second factor and the reset of passwords, with the time in the test's hands.</summary>
[Trait("Promise", "S2")]
public abstract class CredentialStorage(DatabaseFixture database, FakeTimeProvider time) : StorageTest(database, time)
{
    private const string Password = "correct-Horse-7-staple";

    private readonly string email = $"u{Guid.CreateVersion7():N}@example.test";

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Code_may_be_one_time_step_off(int steps, bool good)
    {
        var (id, authenticator, _) = await EnrolledAsync();
        time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(good, Succeeds(await CheckAsync(id, authenticator.At(time.GetUtcNow().AddSeconds(30 * steps)))));
    }

    [Fact]
    public async Task Code_that_was_used_is_never_good_again_nor_an_earlier_one()
    {
        var (id, authenticator, _) = await EnrolledAsync();
        time.Advance(TimeSpan.FromMinutes(10));
        var (earlier, code) = (authenticator.At(time.GetUtcNow().AddSeconds(-30)), authenticator.At(time.GetUtcNow()));

        Assert.True(Succeeds(await CheckAsync(id, code)));
        Assert.False(Succeeds(await CheckAsync(id, code)));
        Assert.False(Succeeds(await CheckAsync(id, earlier)));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(Succeeds(await CheckAsync(id, code)));
        Assert.True(Succeeds(await CheckAsync(id, authenticator.At(time.GetUtcNow()))));
    }

    [Fact]
    public async Task Of_eight_uses_at_once_one_succeeds()
    {
        var (id, authenticator, codes) = await EnrolledAsync();
        time.Advance(TimeSpan.FromMinutes(10));
        var code = authenticator.At(time.GetUtcNow());

        Assert.Single(await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CheckAsync(id, code))), Succeeds);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Single(await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CheckAsync(id, codes[0]))), Succeeds);
    }

    [Fact]
    public async Task Ten_guesses_lock_for_a_minute_and_no_more_than_ten_are_looked_at()
    {
        var (id, authenticator, codes) = await EnrolledAsync();
        time.Advance(TimeSpan.FromMinutes(10));
        for (var guess = 0; guess < 10; guess++) Assert.False(Succeeds(await CheckAsync(id, "0000000000")));

        Assert.False(Succeeds(await CheckAsync(id, authenticator.At(time.GetUtcNow()))));
        Assert.False(Succeeds(await CheckAsync(id, codes[0])));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(Succeeds(await CheckAsync(id, codes[0])));
    }

    [Fact]
    public async Task Secrets_rest_encrypted_for_their_owner_and_codes_hashed_for_theirs()
    {
        var (id, authenticator, codes) = await EnrolledAsync();
        var other = await AddUserAsync();
        var secret = await WithAsync((AppDbContext db) => db.Set<UserTotp>().AsNoTracking().SingleAsync(row => row.UserId == id));
        var hashes = await WithAsync((AppDbContext db) => db.Set<UserRecoveryCode>().AsNoTracking().Where(row => row.UserId == id).Select(row => row.CodeHash).ToListAsync());
        await SaveAsync((AppDbContext db) =>
        {
            // Somebody with rights in the database gives themselves another one's second factor.
            db.Add(new UserTotp { UserId = other, Secret = secret.Secret });
            db.AddRange(hashes.Select(hash => new UserRecoveryCode { UserId = other, CodeHash = hash }));
            return Task.FromResult(0);
        });

        Assert.NotEqual(20, secret.Secret.Length);
        Assert.False(Succeeds(await CheckAsync(other, codes[0])));
        await Assert.ThrowsAsync<UndecryptableException>(() => CheckAsync(other, authenticator.At(time.GetUtcNow())));
    }

    [Fact]
    public async Task Log_in_waits_five_minutes_for_its_code()
    {
        var (id, _, _) = await EnrolledAsync();
        var token = (await LogInAsync()).MfaToken!;

        time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(id, Value(await WithAsync((ISecondFactor factor) => factor.FindLogInAsync(token, default))).Id);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(UserErrors.LogInExpired, Failure(await WithAsync((ISecondFactor factor) => factor.FindLogInAsync(token, default))));
    }

    [Fact]
    public async Task Account_without_a_second_factor_logs_in_at_once_and_one_that_only_waits_as_well()
    {
        var id = await AddUserAsync(email);
        Assert.Null((await LogInAsync()).MfaToken);
        Value(await SaveAsync((ISecondFactor factor) => factor.EnrolAsync(id, default)));
        Assert.Null((await LogInAsync()).MfaToken);
    }

    [Fact]
    public async Task Right_password_does_not_forget_failures_while_a_code_is_still_to_come()
    {
        var (id, _, _) = await EnrolledAsync();
        for (var guess = 0; guess < 3; guess++) await CheckAsync(id, "000000");
        await LogInAsync();

        for (var guess = 0; guess < 7; guess++) await CheckAsync(id, "000000");
        Assert.True((await WithAsync((IUserAccounts accounts) => accounts.CheckPasswordAsync(email, new Secret(Password), default))).Failed(out var locked));
        Assert.Equal(UserErrors.BadCredentials, locked);
    }

    [Fact]
    public async Task Reset_is_good_for_an_hour_and_for_the_account_as_it_was()
    {
        var id = await AddUserAsync(email);
        Assert.Equal(id, await SaveAsync((IPasswordResets resets) => resets.RequestAsync(email.ToUpperInvariant(), default)));
        var (to, name, token, _) = (await WithAsync((IPasswordResets resets) => resets.MakeTokenAsync(id, default)))!.Value;

        Assert.Equal((email, "Ada"), (to, name));
        time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(new AccountOwner(id, email, "Ada", "Lovelace"), Value(await FindAsync(token)));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(UserErrors.BadToken, Failure(await FindAsync(token)));

        var next = (await WithAsync((IPasswordResets resets) => resets.MakeTokenAsync(id, default)))!.Value.Token;
        await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(row => row.Id == id).ExecuteUpdateAsync(row => row.SetProperty(user => user.NormalizedEmail, $"NEW-{email.ToUpperInvariant()}")));
        Assert.Equal(UserErrors.BadToken, Failure(await FindAsync(next)));
    }

    [Fact]
    public async Task Reset_changes_the_password_ends_the_lockout_and_proves_the_address()
    {
        var id = await AddUserAsync(email);
        for (var guess = 0; guess < 10; guess++) Failure(await WithAsync((IUserAccounts accounts) => accounts.CheckPasswordAsync(email, new Secret("wrong"), default)));
        var token = (await WithAsync((IPasswordResets resets) => resets.MakeTokenAsync(id, default)))!.Value.Token;

        Value(await SaveAsync((IPasswordResets resets) => resets.SetPasswordAsync(id, new Secret("different-Horse-8-staple"), default)));

        var account = Value(await WithAsync((IUserAccounts accounts) => accounts.CheckPasswordAsync(email, new Secret("different-Horse-8-staple"), default)));
        Assert.True(account.EmailVerified);
        Assert.Equal(UserErrors.BadToken, Failure(await FindAsync(token)));
    }

    [Theory]
    [InlineData(UserStatus.Suspended)]
    [InlineData(UserStatus.Anonymized)]
    public async Task Account_that_may_not_log_in_resets_nothing(UserStatus status)
    {
        var id = await AddUserAsync(email);
        var token = (await WithAsync((IPasswordResets resets) => resets.MakeTokenAsync(id, default)))!.Value.Token;
        await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(row => row.Id == id).ExecuteUpdateAsync(row => row.SetProperty(user => user.Status, status)));

        Assert.Null(await WithAsync((IPasswordResets resets) => resets.RequestAsync(email, default)));
        Assert.Null(await WithAsync((IPasswordResets resets) => resets.MakeTokenAsync(id, default)));
        Assert.Equal(UserErrors.BadToken, Failure(await FindAsync(token)));
    }

    [Fact]
    public async Task Password_is_confirmed_and_the_tenth_wrong_one_locks()
    {
        var id = await AddUserAsync(email);
        Assert.True(Succeeds(await ConfirmAsync(id, Password)));

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ConfirmAsync(id, "wrong")));
        Assert.Equal(UserErrors.WrongPassword, Failure(await ConfirmAsync(id, Password)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(Succeeds(await ConfirmAsync(id, Password)));
    }

    private async Task<(Guid Id, Authenticator Authenticator, IReadOnlyList<string> Codes)> EnrolledAsync()
    {
        var id = await AddUserAsync(email);
        var authenticator = new Authenticator(Value(await SaveAsync((ISecondFactor factor) => factor.EnrolAsync(id, default))).Secret);
        var codes = Value(await SaveAsync((ISecondFactor factor) => factor.ConfirmAsync(id, new Secret(authenticator.At(time.GetUtcNow())), default))).Codes;
        return (id, authenticator, codes);
    }

    private async Task<LoginAccount> LogInAsync() => Value(await WithAsync((IUserAccounts accounts) => accounts.CheckPasswordAsync(email, new Secret(Password), default)));

    private Task<Result<AuthenticationMethods>> CheckAsync(Guid id, string code) => WithAsync((ISecondFactor factor) => factor.CheckCodeAsync(id, new Secret(code), default));

    private Task<Result<Done>> ConfirmAsync(Guid id, string password) => WithAsync((IUserAccounts accounts) => accounts.ConfirmPasswordAsync(id, new Secret(password), default));

    private Task<Result<AccountOwner>> FindAsync(string token) => WithAsync((IPasswordResets resets) => resets.FindAsync(token, default));

    private static bool Succeeds<T>(Result<T> result) => !result.Failed(out _);

    private static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(error.Message) : value;

    private static Error Failure<T>(Result<T> result) => result.Failed(out var error) ? error : throw new InvalidOperationException("It succeeded.");
}

public sealed class CredentialStorageOnSqlite(SqliteDatabase database) : CredentialStorage(database, new FakeTimeProvider(TimeProvider.System.GetUtcNow())), IClassFixture<SqliteDatabase>;

public sealed class CredentialStorageOnPostgreSql(PostgreSqlDatabase database) : CredentialStorage(database, new FakeTimeProvider(TimeProvider.System.GetUtcNow())), IClassFixture<PostgreSqlDatabase>;
