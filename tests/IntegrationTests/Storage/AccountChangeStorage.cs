using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Storage;

public abstract class AccountChangeStorage(DatabaseFixture database, FakeTimeProvider time) : StorageTest(database, time)
{
    private const string Password = "correct-Horse-7-staple";
    private const string Phone = "+447400123456";

    private readonly string email = $"ada-{Guid.CreateVersion7():N}@example.test";
    private readonly string next = $"new-{Guid.CreateVersion7():N}@example.test";

    [Fact]
    public async Task Password_is_changed_with_the_old_one_only_and_mailed_tokens_are_void()
    {
        var id = await AddUserAsync(email);
        var token = (await WithAsync((IPasswordResets resets) => resets.MakeTokenAsync(id, default)))!.Value.Token;

        var before = await CountFailuresAsync();
        Assert.Equal(UserErrors.WrongOldPassword, Failure(await ChangePasswordAsync(id, "wrong")));
        Assert.Equal(before + 1, await CountFailuresAsync());
        Value(await ChangePasswordAsync(id, Password));

        Assert.False((await CheckAsync("different-Horse-8-staple")).Failed(out _));
        Assert.True((await CheckAsync(Password)).Failed(out _));
        Assert.True((await WithAsync((IPasswordResets resets) => resets.FindAsync(token, default))).Failed(out _));
    }

    [Fact]
    public async Task Two_changes_of_a_password_at_once_are_a_lost_race()
    {
        var id = await AddUserAsync(email);
        await using var first = NewScope();
        await using var second = NewScope();
        foreach (var scope in new[] { first, second })
            Value(await scope.ServiceProvider.GetRequiredService<ICredentialChanges>().ChangePasswordAsync(id, new Secret(Password), new Secret("different-Horse-8-staple"), default));

        await first.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default);

        await Assert.ThrowsAsync<ConcurrencyConflictException>(() => second.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default));
    }

    [Theory]
    [InlineData(UserStatus.Suspended)]
    [InlineData(UserStatus.Anonymized)]
    public async Task Account_that_may_not_log_in_changes_nothing(UserStatus status)
    {
        var id = await AddUserAsync(email);
        var token = await RequestAsync(id, next);
        await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(row => row.Id == id).ExecuteUpdateAsync(row => row.SetProperty(user => user.Status, status)));

        Assert.Equal(UserErrors.NotFound, Failure(await WithAsync((ICredentialChanges changes) => changes.FindOwnerAsync(id, default))));
        Assert.Equal(UserErrors.NotFound, Failure(await ChangePasswordAsync(id, Password)));
        Assert.Equal(UserErrors.NotFound, Failure(await RequestEmailAsync(id, next)));
        Assert.Equal(UserErrors.BadToken, Failure(await ConfirmAsync(token)));
        Assert.Equal(UserErrors.NotFound, Failure(await RequestPhoneAsync(id)));
        Assert.Equal(UserErrors.NotFound, Failure(await SaveAsync((IAvatars avatars) => avatars.SetAsync(id, AvatarKeys.Make(), default))));
    }

    [Fact]
    public async Task Address_is_changed_by_its_token_for_a_day_and_once()
    {
        var id = await AddUserAsync(email);
        var token = await RequestAsync(id, next);

        time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(id, Value(await WithAsync((ICredentialChanges changes) => changes.ConfirmEmailAsync(token, default))));
        time.Advance(TimeSpan.FromMilliseconds(1));
        // As any other text that is no token of a change.
        Assert.Null(Value(await ConfirmAsync(token)));

        var another = await RequestAsync(id, next);
        Assert.Equal(id, Value(await ConfirmAsync(another)));
        Assert.Equal(UserErrors.BadToken, Failure(await ConfirmAsync(another)));
        var user = await FindAsync(id);
        Assert.Equal((next, next, next.ToUpperInvariant(), next.ToUpperInvariant(), true), (user.Email, user.UserName, user.NormalizedEmail, user.NormalizedUserName, user.EmailConfirmed));
        var change = await WithAsync((AppDbContext db) => db.Set<UserEmailChange>().AsNoTracking().SingleAsync(row => row.UserId == id));
        Assert.Equal((id, email, "Ada", null), await WithAsync((IEmailChanges changes) => changes.FindOldAddressAsync(change.Id, default)));
        Assert.Null(await WithAsync((IEmailChanges changes) => changes.MakeTokenAsync(change.Id, default)));

        await SaveAsync(async (IEmailChanges changes) =>
        {
            await changes.ForgetAsync(change.Id, default);
            return 0;
        });
        Assert.Null(await WithAsync((IEmailChanges changes) => changes.FindOldAddressAsync(change.Id, default)));
    }

    [Fact]
    public async Task Known_address_is_refused_when_it_is_asked_for_and_when_it_is_confirmed_and_by_the_index_between()
    {
        var id = await AddUserAsync(email);
        var token = await RequestAsync(id, next);
        await using var late = NewScope();
        Value(await late.ServiceProvider.GetRequiredService<ICredentialChanges>().ConfirmEmailAsync(token, default));
        await AddUserAsync(next.ToUpperInvariant());

        await Assert.ThrowsAsync<UniqueViolationException>(() => late.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default));
        Assert.Equal(UserErrors.EmailTaken, Failure(await ConfirmAsync(token)));
        Assert.Equal(UserErrors.EmailTaken, Failure(await RequestEmailAsync(id, next)));
        Assert.Equal(UserErrors.SameEmail, Failure(await RequestEmailAsync(id, email.ToUpperInvariant())));
        Assert.Equal(UserErrors.WrongPassword, Failure(await RequestEmailAsync(id, next, "wrong")));
    }

    [Fact]
    public async Task Owner_of_a_known_address_is_written_to_by_id()
    {
        var id = await AddUserAsync(email);
        await SaveAsync(async (ICredentialChanges changes) =>
        {
            await changes.TellOwnerOfAddressAsync(email.ToUpperInvariant(), default);
            await changes.TellOwnerOfAddressAsync("nobody@example.test", default);
            return 0;
        });

        var message = await WithAsync((AppDbContext db) => db.Set<OutboxMessage>().AsNoTracking().SingleAsync(row => row.Event == "users.registration-repeated.v1" && row.Payload.Contains(id.ToString())));
        Assert.DoesNotContain("@", message.Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_is_the_same_whenever_it_is_made_and_works_for_ten_minutes_and_once()
    {
        var id = await AddUserAsync(email);
        Value(await RequestPhoneAsync(id, "+44 7400 123456"));
        var nonce = await NonceAsync(id);
        var (phone, code, _) = (await MakeCodeAsync(id, nonce))!.Value;
        Assert.Equal((Phone, code, null), (await MakeCodeAsync(id, nonce))!.Value);
        Assert.Equal(Phone, phone);
        Assert.Matches(@"^\d{6}\z", code);
        Assert.Null(await MakeCodeAsync(id, Guid.CreateVersion7()));

        time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Value(await ConfirmPhoneAsync(id, code));
        Assert.Equal(UserErrors.WrongPhoneCode, Failure(await ConfirmPhoneAsync(id, code)));
        Assert.Null(await MakeCodeAsync(id, nonce));
        var user = await FindAsync(id);
        Assert.Equal((Phone, true), (user.PhoneNumber, user.PhoneNumberConfirmed));

        Value(await RequestPhoneAsync(id));
        var later = (await MakeCodeAsync(id, await NonceAsync(id)))!.Value.Code;
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(UserErrors.WrongPhoneCode, Failure(await ConfirmPhoneAsync(id, later)));
    }

    [Fact]
    public async Task Of_parallel_guesses_five_are_looked_at()
    {
        var id = await AddUserAsync(email);
        Value(await RequestPhoneAsync(id));
        var code = (await MakeCodeAsync(id, await NonceAsync(id)))!.Value.Code;
        var wrong = code == "000000" ? "000001" : "000000";

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ConfirmPhoneAsync(id, wrong)));

        Assert.Equal(5, await WithAsync((AppDbContext db) => db.Set<UserPhoneChange>().Where(row => row.UserId == id).Select(row => row.Attempts).SingleAsync()));
        Assert.Equal(UserErrors.WrongPhoneCode, Failure(await ConfirmPhoneAsync(id, code)));
    }

    [Fact]
    public async Task Messages_are_one_a_minute_and_five_in_any_hour()
    {
        var id = await AddUserAsync(email);
        for (var message = 0; message < 5; message++)
        {
            Value(await RequestPhoneAsync(id));
            Assert.Equal(TimeSpan.FromMinutes(message < 4 ? 1 : 56), Failure(await RequestPhoneAsync(id)).RetryAfter);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(TimeSpan.FromMinutes(55), Failure(await RequestPhoneAsync(id)).RetryAfter);
        time.Advance(TimeSpan.FromMinutes(55));
        Value(await RequestPhoneAsync(id));
        Assert.Equal(TimeSpan.FromMinutes(1), Failure(await RequestPhoneAsync(id)).RetryAfter);
    }

    [Fact]
    public async Task Two_requests_at_once_are_a_lost_race()
    {
        var id = await AddUserAsync(email);
        Value(await RequestPhoneAsync(id));
        time.Advance(TimeSpan.FromMinutes(1));
        await using var first = NewScope();
        await using var second = NewScope();
        foreach (var scope in new[] { first, second }) Value(await scope.ServiceProvider.GetRequiredService<IPhoneChanges>().RequestAsync(id, Phone, default));

        await first.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default);

        await Assert.ThrowsAsync<ConcurrencyConflictException>(() => second.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default));
    }

    [Theory]
    [InlineData("07400123456")]
    [InlineData("+999123456789")]
    [InlineData("+19002341234")]
    public async Task What_is_no_number_to_send_to_is_refused(string phone) => Assert.Equal(UserErrors.BadPhone, Failure(await RequestPhoneAsync(await AddUserAsync(email), phone)));

    [Fact]
    public async Task Picture_that_is_replaced_is_discarded_by_its_key()
    {
        var (id, first, second) = (await AddUserAsync(email), AvatarKeys.Make(), AvatarKeys.Make());

        foreach (var key in new[] { first, second, null, null }) Value(await SaveAsync((IAvatars avatars) => avatars.SetAsync(id, key, default)));

        foreach (var key in new[] { first, second })
            Assert.Equal(1, await WithAsync((AppDbContext db) => db.Set<OutboxMessage>().CountAsync(row => row.Event == "users.avatar-discarded.v1" && row.Payload.Contains(key))));
        Assert.Null((await FindAsync(id)).AvatarKey);
    }

    [Fact]
    public async Task What_nobody_answered_is_deleted_after_a_week()
    {
        var id = await AddUserAsync(email);
        await RequestAsync(id, next);
        Value(await RequestPhoneAsync(id));
        await using var scope = NewScope();
        using var housekeeping = new Housekeeping(scope.ServiceProvider.GetRequiredService<IServiceScopeFactory>(), time, NullLogger<Housekeeping>.Instance);

        time.Advance(TimeSpan.FromDays(7));
        await housekeeping.CleanAsync(default);
        Assert.Equal((1, 1), (await CountAsync<UserEmailChange>(row => row.UserId == id), await CountAsync<UserPhoneChange>(row => row.UserId == id)));
        time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));
        await housekeeping.CleanAsync(default);
        Assert.Equal((0, 0), (await CountAsync<UserEmailChange>(row => row.UserId == id), await CountAsync<UserPhoneChange>(row => row.UserId == id)));
    }

    private Task<int> CountAsync<T>(System.Linq.Expressions.Expression<Func<T, bool>> which) where T : class => WithAsync((AppDbContext db) => db.Set<T>().CountAsync(which));

    private Task<Result<Done>> ChangePasswordAsync(Guid id, string oldPassword) =>
        SaveAsync((ICredentialChanges changes) => changes.ChangePasswordAsync(id, new Secret(oldPassword), new Secret("different-Horse-8-staple"), default));

    private Task<Result<Done>> RequestEmailAsync(Guid id, string address, string password = Password) =>
        SaveAsync((ICredentialChanges changes) => changes.RequestEmailAsync(id, address, new Secret(password), default));

    private async Task<string> RequestAsync(Guid id, string address)
    {
        Value(await RequestEmailAsync(id, address));
        var change = await WithAsync((AppDbContext db) => db.Set<UserEmailChange>().AsNoTracking().SingleAsync(row => row.UserId == id && row.ConfirmedAt == null));
        return (await WithAsync((IEmailChanges changes) => changes.MakeTokenAsync(change.Id, default)))!.Value.Token;
    }

    private Task<Result<Guid?>> ConfirmAsync(string token) => SaveAsync((ICredentialChanges changes) => changes.ConfirmEmailAsync(token, default));

    private Task<Result<Done>> RequestPhoneAsync(Guid id, string phone = Phone) => SaveAsync((IPhoneChanges phones) => phones.RequestAsync(id, phone, default));

    private Task<(string Phone, string Code, string? Locale)?> MakeCodeAsync(Guid id, Guid nonce) => WithAsync((IPhoneChanges phones) => phones.MakeCodeAsync(id, nonce, default));

    private Task<Guid> NonceAsync(Guid id) => WithAsync((AppDbContext db) => db.Set<UserPhoneChange>().Where(row => row.UserId == id).Select(row => row.Nonce).SingleAsync());

    private Task<Result<Done>> ConfirmPhoneAsync(Guid id, string code) => SaveAsync((IPhoneChanges phones) => phones.ConfirmAsync(id, new Secret(code), default));

    private Task<AppUser> FindAsync(Guid id) => WithAsync((AppDbContext db) => db.Set<AppUser>().AsNoTracking().SingleAsync(row => row.Id == id));

    // Of everybody: whose they are a keyed hash says.
    private Task<int> CountFailuresAsync() => WithAsync((AppDbContext db) => db.Set<LogInThrottle>().Where(row => row.Subject.StartsWith("account:")).SumAsync(row => row.Failures));

    private Task<Result<LoginAccount>> CheckAsync(string password) => WithAsync((IUserAccounts accounts) => accounts.CheckPasswordAsync(email, new Secret(password), default));

    private static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(error.Message) : value;

    private static Error Failure<T>(Result<T> result) => result.Failed(out var error) ? error : throw new InvalidOperationException("It succeeded.");
}

public sealed class AccountChangeStorageOnSqlite(SqliteDatabase database) : AccountChangeStorage(database, new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()))), IClassFixture<SqliteDatabase>;

public sealed class AccountChangeStorageOnPostgreSql(PostgreSqlDatabase database) : AccountChangeStorage(database, new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()))), IClassFixture<PostgreSqlDatabase>;
