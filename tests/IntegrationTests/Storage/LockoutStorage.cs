using System.Buffers.Text;
using System.Security.Cryptography;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Storage;

/// <summary>Who is locked out, for how long, and who is not, with the time in the test's hands.</summary>
[Trait("Promise", "S2")]
public abstract class LockoutStorage(DatabaseFixture database, FakeTimeProvider time) : StorageTest(database, time)
{
    private const string Password = "correct-Horse-7-staple";

    // Addresses of each test's own: failures of one are counted whichever accounts they are at.
    private readonly Place home = new(Address(), "Firefox");
    private readonly Place stranger = new(Address(), "curl");

    private readonly string email = $"u{Guid.CreateVersion7():N}@example.test";

    [Fact]
    public async Task Each_further_failure_doubles_the_lock_up_to_about_an_hour()
    {
        await AddUserAsync(email);
        for (var guess = 0; guess < 9; guess++) await GuessAsync();
        Assert.True(Succeeds(await LogInAsync(stranger, forget: false)));

        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 32 })
        {
            await GuessAsync();
            time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(stranger)));
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        // The time that has passed forgives: it does not grow for ever.
        await GuessAsync();
        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(stranger)));
        time.Advance(ThrottlePolicy.Longest);
        Assert.True(Succeeds(await LogInAsync(stranger)));
    }

    [Fact]
    public async Task Guesses_during_the_lock_do_not_make_it_longer()
    {
        await AddUserAsync(email);
        for (var guess = 0; guess < 10; guess++) await GuessAsync();
        time.Advance(TimeSpan.FromSeconds(59));
        for (var guess = 0; guess < 10; guess++) await GuessAsync();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Succeeds(await LogInAsync(stranger)));
    }

    [Fact]
    public async Task Time_forgives_a_failure_every_half_hour()
    {
        await AddUserAsync(email);
        for (var guess = 0; guess < 9; guess++) await GuessAsync();
        time.Advance(TimeSpan.FromHours(1));
        await GuessAsync();
        await GuessAsync();
        Assert.True(Succeeds(await LogInAsync(stranger)));
    }

    [Fact]
    public async Task Strangers_from_anywhere_lock_the_account_and_the_known_device_goes_on()
    {
        var id = await AddUserAsync(email);
        var device = await KnowAsync(id, home);
        for (var guess = 0; guess < 10; guess++) await GuessAsync(stranger with { IpAddress = $"203.0.113.{guess}" });

        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(stranger)));
        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(stranger with { UserAgent = home.UserAgent })));
        Assert.True(Succeeds(await LogInAsync(home)));
        Assert.True(Succeeds(await LogInAsync(new Place("192.0.2.44", "Firefox on the train", device))));
        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(new Place("192.0.2.44", "Firefox", Token()))));
    }

    [Fact]
    public async Task Known_device_has_ten_guesses_of_its_own_and_locks_nobody_else()
    {
        var id = await AddUserAsync(email);
        await KnowAsync(id, home);
        for (var guess = 0; guess < 10; guess++) await GuessAsync(home);

        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(home)));
        Assert.True(Succeeds(await LogInAsync(stranger)));
    }

    [Fact]
    public async Task Device_that_was_not_seen_for_half_a_year_is_not_known_any_more_and_is_deleted()
    {
        var id = await AddUserAsync(email);
        var device = await KnowAsync(id, home);
        time.Advance(KnownDevices.Kept);
        for (var guess = 0; guess < 10; guess++) await GuessAsync(home with { DeviceToken = device });
        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(stranger)));

        time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMilliseconds(1));
        foreach (var _ in new[] { 1, 2 }) await WithAsync(async (IEnumerable<IRetention> all) =>
        {
            foreach (var retention in all) await retention.CleanAsync(default);
            return 0;
        });
        Assert.Equal(0, await WithAsync((AppDbContext db) => db.Set<UserDevice>().CountAsync(row => row.UserId == id)));
        var forgotten = (time.GetUtcNow() - ThrottlePolicy.Forgotten).ToUnixTimeMilliseconds();
        Assert.Equal(0, await WithAsync((AppDbContext db) => db.Set<LogInThrottle>().CountAsync(row => row.LastFailureAt < forgotten)));
    }

    [Fact]
    public async Task Device_of_one_account_is_a_stranger_to_another()
    {
        var (mine, other) = (await AddUserAsync(), await AddUserAsync(email));
        var device = await KnowAsync(mine, home);
        await KnowAsync(other, new Place("192.0.2.1", "Chrome"));
        for (var guess = 0; guess < 10; guess++) await GuessAsync();

        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(home with { DeviceToken = device })));
    }

    [Fact]
    public async Task First_device_is_no_news_and_a_second_one_is()
    {
        var id = await AddUserAsync(email);
        await KnowAsync(id, home);
        await KnowAsync(id, home);
        Assert.Equal(0, await NewsAsync(id));

        Assert.NotNull(await KnowAsync(id, stranger));
        Assert.Equal(1, await NewsAsync(id));
        // The same program at the same place keeps nothing: it is known by that.
        Assert.Null(await KnowAsync(id, stranger));
        Assert.Equal(1, await NewsAsync(id));
    }

    [Fact]
    public async Task Device_that_moves_is_known_at_its_new_place()
    {
        var id = await AddUserAsync(email);
        var device = await KnowAsync(id, home);
        Assert.Equal(device, await KnowAsync(id, new Place("192.0.2.5", "Firefox 2", device)));

        var row = await WithAsync((AppDbContext db) => db.Set<UserDevice>().AsNoTracking().SingleAsync(row => row.UserId == id));
        Assert.Equal(("192.0.2.5", "Firefox 2"), (row.Network, row.UserAgent));
        Assert.Equal(0, await NewsAsync(id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%")]
    public async Task Nonsense_in_place_of_a_token_is_no_token_and_is_not_kept(string nonsense)
    {
        var id = await AddUserAsync(email);
        Assert.NotEqual(nonsense, await KnowAsync(id, home with { DeviceToken = nonsense }));
    }

    [Fact]
    public async Task No_account_keeps_more_than_fifty_devices()
    {
        var id = await AddUserAsync(email);
        for (var device = 0; device < 53; device++) await KnowAsync(id, new Place($"192.0.2.{device}", "Firefox"));

        Assert.Equal(50, await WithAsync((AppDbContext db) => db.Set<UserDevice>().CountAsync(row => row.UserId == id)));
    }

    [Fact]
    public async Task Address_that_tries_many_accounts_is_locked_and_known_devices_behind_it_are_not()
    {
        var id = await AddUserAsync(email);
        await KnowAsync(id, home);
        var other = $"u{Guid.CreateVersion7():N}@example.test";
        await AddUserAsync(other);

        for (var guess = 0; guess < 90; guess++) Failure(await CheckAsync(home with { UserAgent = "bot" }, $"nobody-{guess}@example.test", "wrong"));

        Assert.Equal(UserErrors.BadCredentials, Failure(await CheckAsync(home, other, Password)));
        Assert.True(Succeeds(await CheckAsync(stranger, other, Password)));
        Assert.True(Succeeds(await LogInAsync(home)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(Succeeds(await CheckAsync(home, other, Password)));
    }

    [Fact]
    public async Task Parallel_guesses_count_one_by_one()
    {
        await AddUserAsync(email);
        await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => GuessAsync()));
        Assert.True(Succeeds(await LogInAsync(stranger, forget: false)));
        Assert.Equal(UserErrors.BadCredentials, Failure(await CheckAsync(stranger, email, "wrong")));
        Assert.Equal(UserErrors.BadCredentials, Failure(await LogInAsync(stranger)));
    }

    [Fact]
    public async Task Clock_that_was_set_back_locks_nobody_for_ever()
    {
        await AddUserAsync(email);
        for (var guess = 0; guess < 10; guess++) await GuessAsync();
        await WithAsync((AppDbContext db) => db.Set<LogInThrottle>().ExecuteUpdateAsync(row => row
            .SetProperty(one => one.LockedUntil, one => one.LockedUntil + 86_400_000_000).SetProperty(one => one.LastFailureAt, one => one.LastFailureAt + 86_400_000_000)));

        Assert.True(Succeeds(await LogInAsync(stranger)));
    }

    [Fact]
    public async Task Log_in_is_not_completed_on_an_account_that_has_changed()
    {
        var id = await AddUserAsync(email);
        var account = Value(await CheckAsync(home, email, Password));
        var person = new SignedIn(id, account.Stamp, AuthenticationMethods.Password);
        Assert.True(Succeeds(await CompleteAsync(person)));

        Value(await SaveAsync((IPasswordResets resets) => resets.SetPasswordAsync(id, new Secret("different-Horse-8-staple"), default)));
        Assert.Equal(UserErrors.BadCredentials, Failure(await CompleteAsync(person)));

        var again = person with { Stamp = Value(await CheckAsync(home, email, "different-Horse-8-staple")).Stamp };
        await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(row => row.Id == id).ExecuteUpdateAsync(row => row.SetProperty(user => user.Status, UserStatus.Suspended)));
        Assert.Equal(UserErrors.BadCredentials, Failure(await CompleteAsync(again)));
    }

    private Task<Result<string?>> CompleteAsync(SignedIn person) => SaveAsync((IUserAccounts accounts) => accounts.CompleteLogInAsync(person, default));

    private Task GuessAsync() => GuessAsync(stranger);

    // From everywhere, so that no address is locked before the account is.
    private async Task GuessAsync(Place place) => Failure(await CheckAsync(place, email, "wrong-Horse-7-staple"));

    /// <param name="forget">False leaves the failures counted, as a second factor does.</param>
    private async Task<Result<LoginAccount>> LogInAsync(Place place, bool forget = true)
    {
        var before = await WithAsync((AppDbContext db) => db.Set<LogInThrottle>().AsNoTracking().ToListAsync());
        var result = await CheckAsync(place, email, Password);
        if (!forget)
        {
            await SaveAsync(async (AppDbContext db) =>
            {
                await db.Set<LogInThrottle>().ExecuteDeleteAsync();
                db.AddRange(before);
                return 0;
            });
        }

        return result;
    }

    private async Task<Result<LoginAccount>> CheckAsync(Place place, string address, string password)
    {
        await using var scope = NewScope();
        Become(scope, place);
        return await scope.ServiceProvider.GetRequiredService<IUserAccounts>().CheckPasswordAsync(address, new Secret(password), default);
    }

    private async Task<string?> KnowAsync(Guid id, Place place)
    {
        await using var scope = NewScope();
        Become(scope, place);
        var token = await scope.ServiceProvider.GetRequiredService<KnownDevices>().RecognizeAsync(id, default);
        await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        return token;
    }

    private Task<int> NewsAsync(Guid id) => WithAsync((AppDbContext db) =>
        db.Set<Infrastructure.Outbox.OutboxMessage>().CountAsync(row => row.Event == "users.new-device-used.v1" && row.Payload.Contains(id.ToString())));

    private static void Become(AsyncServiceScope scope, Place place) => scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(
        new Actor(null, null, null, new HashSet<string>(), null, place.IpAddress, place.UserAgent, "request-1", place.DeviceToken));

    private static string Address() => $"2001:db8:{RandomNumberGenerator.GetHexString(4, lowercase: true)}:{RandomNumberGenerator.GetHexString(4, lowercase: true)}::1";

    private static string Token() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static bool Succeeds<T>(Result<T> result) => !result.Failed(out _);

    private static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(error.Message) : value;

    private static Error Failure<T>(Result<T> result) => result.Failed(out var error) ? error : throw new InvalidOperationException("It succeeded.");

    private sealed record Place(string IpAddress, string UserAgent, string? DeviceToken = null);
}

public sealed class LockoutStorageOnSqlite(SqliteDatabase database) : LockoutStorage(database, new FakeTimeProvider(TimeProvider.System.GetUtcNow())), IClassFixture<SqliteDatabase>;

public sealed class LockoutStorageOnPostgreSql(PostgreSqlDatabase database) : LockoutStorage(database, new FakeTimeProvider(TimeProvider.System.GetUtcNow())), IClassFixture<PostgreSqlDatabase>;
