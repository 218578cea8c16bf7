using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Idempotency;
using GoApi.Infrastructure.Identity;
using GoApi.Tests.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "S2")]
public abstract class SecondFactorTests(GoApiHost host) : ApiTest(host)
{
    private const string Users = "/api/v1/users";
    private const string Totp = $"{Users}/me/mfa/totp";
    private const string RecoveryCodes = $"{Users}/me/mfa/recovery-codes";

    [Fact]
    public async Task Enrolment_shows_a_secret_in_three_ways_and_changes_nothing_yet()
    {
        var user = await Host.UserAsync();

        var answer = (await user.Api.PostAsync(Totp)).Is(200);

        Assert.Equal(["secret", "otpauth_uri", "qr_code"], answer.Data.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^[A-Z2-7]{32}$", answer.Field("secret"));
        Assert.Equal($"otpauth://totp/GoApi:{Uri.EscapeDataString(user.Email)}?secret={answer.Field("secret")}&issuer=GoApi&algorithm=SHA1&digits=6&period=30", answer.Field("otpauth_uri"));
        var png = Convert.FromBase64String(answer.Field("qr_code")!["data:image/png;base64,".Length..]);
        Assert.Equal([0x89, 0x50, 0x4e, 0x47], png[..4]);
        await AuditedAsync(answer, "users.mfa_enrol");
        Assert.Empty(await OutboxAsync(answer));
        Assert.False((await user.Api.GetAsync($"{Users}/me")).Data.GetProperty("mfa_enabled").GetBoolean());
        Assert.NotEmpty((await Host.LogInAsync(user)).AccessToken);
        Assert.DoesNotContain(answer.Field("secret")!, Encoding.Latin1.GetString(await SecretAsync(user)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_enrolment_takes_the_place_of_the_first()
    {
        var user = await Host.UserAsync();
        var first = new Authenticator((await user.Api.PostAsync(Totp)).Is(200).Field("secret")!);
        var second = new Authenticator((await user.Api.PostAsync(Totp)).Is(200).Field("secret")!);

        (await user.Api.PostAsync($"{Totp}/confirm", new { code = first.Code() })).Is(422, "VALIDATION_FAILED");
        (await user.Api.PostAsync($"{Totp}/confirm", new { code = second.Code() })).Is(200);
    }

    [Fact]
    public async Task Confirmation_turns_it_on_shows_ten_codes_and_tells_the_owner()
    {
        var user = await Host.UserAsync();
        var authenticator = new Authenticator((await user.Api.PostAsync(Totp)).Is(200).Field("secret")!);

        var answer = (await user.Api.PostAsync($"{Totp}/confirm", new { code = authenticator.Code() })).Is(200);

        var codes = Codes(answer);
        Assert.Equal(10, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches("^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$", code));
        Assert.True((await user.Api.GetAsync($"{Users}/me")).Data.GetProperty("mfa_enabled").GetBoolean());
        var entry = await AuditedAsync(answer, "users.mfa_enable");
        Assert.Equal("""{"two_factor_enabled":{"old":false,"new":true}}""", entry.Changes);
        Assert.Equal("users.mfa-enabled.v1", Assert.Single(await OutboxAsync(answer)).Event);
        await MailAsync(user.Email, "Multi-factor authentication is on");
        var hashes = await Host.WithDatabaseAsync(db => db.Set<UserRecoveryCode>().Where(row => row.UserId == user.Id).Select(row => row.CodeHash).ToListAsync());
        Assert.Equal(10, hashes.Count);
        Assert.All(hashes, hash => Assert.Equal(32, hash.Length));
    }

    [Fact]
    public async Task Wrong_code_confirms_nothing()
    {
        var user = await Host.UserAsync();
        var authenticator = new Authenticator((await user.Api.PostAsync(Totp)).Is(200).Field("secret")!);

        var answer = (await user.Api.PostAsync($"{Totp}/confirm", new { code = authenticator.WrongCode() })).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["code"], answer.Fields);
        await AuditedAsync(answer, "users.mfa_enable", AuditStatus.Failure);
        Assert.Empty(await OutboxAsync(answer));
        Assert.Equal(1, await FailuresAsync(user));
        Assert.False((await user.Api.GetAsync($"{Users}/me")).Data.GetProperty("mfa_enabled").GetBoolean());
    }

    [Fact]
    public async Task One_of_ten_confirmations_at_once_succeeds_and_its_codes_are_those_that_work()
    {
        var user = await Host.UserAsync();
        var authenticator = new Authenticator((await user.Api.PostAsync(Totp)).Is(200).Field("secret")!);
        var code = authenticator.Code();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => user.Api.PostAsync($"{Totp}/confirm", new { code })));

        var won = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409, 422 }));
        (await CompleteAsync(await ChallengeAsync(user), Codes(won)[0])).Is(200);
    }

    [Fact]
    public async Task States_that_forbid_a_step_are_conflicts_and_nothing_is_saved()
    {
        var user = await Host.UserAsync();
        (await user.Api.PostAsync($"{Totp}/confirm", new { code = "123456" })).Is(409, "CONFLICT");
        (await user.Api.SendAsync(HttpMethod.Delete, Totp, new { password = GoApiHost.Password })).Is(409, "CONFLICT");
        (await user.Api.PostAsync(RecoveryCodes, new { password = GoApiHost.Password })).Is(409, "CONFLICT");

        var (enrolled, authenticator, _) = await EnrolledAsync();
        await LeftNothingAsync((await enrolled.Api.PostAsync(Totp)).Is(409, "CONFLICT"));
        (await enrolled.Api.PostAsync($"{Totp}/confirm", new { code = authenticator.Code(1) })).Is(409, "CONFLICT");
    }

    [Fact]
    public async Task Log_in_takes_two_steps_and_the_token_says_how()
    {
        var (user, authenticator, _) = await EnrolledAsync();

        var first = (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(200);
        Assert.Equal(["mfa_required", "mfa_token", "methods"], first.Data.EnumerateObject().Select(member => member.Name));
        Assert.True(first.Data.GetProperty("mfa_required").GetBoolean());
        Assert.Equal(["totp", "recovery_code"], first.Data.GetProperty("methods").EnumerateArray().Select(method => method.GetString()));
        await AuditedAsync(first, "users.mfa_challenge");
        Assert.Null(await LastLogInAsync(user));

        var second = (await CompleteAsync(first.Field("mfa_token")!, authenticator.Code(1))).Is(200);
        Assert.Equal(["access_token", "refresh_token", "token_type", "expires_in", "user"], second.Data.EnumerateObject().Select(member => member.Name));
        Assert.True(second.Data.GetProperty("user").GetProperty("mfa_enabled").GetBoolean());
        Assert.Equal(["pwd", "otp", "mfa"], Methods(second));
        Assert.Contains(await AuditAsync(second), entry => entry is { Action: "users.login", Status: AuditStatus.Success } && entry.ActorUserId == user.Id);
        (await Host.Main.As(second.Field("access_token")!).GetAsync($"{Users}/me")).Is(200);
        Assert.NotNull(await LastLogInAsync(user));
        var refreshed = (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = second.Field("refresh_token") })).Is(200);
        Assert.Equal(["pwd", "otp", "mfa"], Methods(refreshed));
        Assert.Equal(["pwd"], Methods((await Anonymous.PostAsync($"{Users}/login", new { email = (await Host.RegisterAsync()).Email, password = GoApiHost.Password })).Is(200)));
    }

    [Fact]
    public async Task Document_names_both_answers_of_a_log_in_and_no_member_that_neither_has()
    {
        var schema = (await Host.Main.Contract.DocumentAsync).GetProperty("components").GetProperty("schemas").GetProperty("LogInStepAnswer");

        Assert.Equal(2, schema.GetProperty("anyOf").GetArrayLength());
        Assert.False(schema.TryGetProperty("discriminator", out _));
    }

    [Fact]
    public async Task Wrong_password_does_not_tell_whether_there_is_a_second_factor()
    {
        var (with, _, _) = await EnrolledAsync();
        var without = await Host.RegisterAsync();

        var answers = new[]
        {
            (await Anonymous.PostAsync($"{Users}/login", new { email = with.Email, password = "wrong-Horse-7-staple" })).Is(401, "UNAUTHORIZED"),
            (await Anonymous.PostAsync($"{Users}/login", new { email = without.Email, password = "wrong-Horse-7-staple" })).Is(401, "UNAUTHORIZED"),
        };

        Assert.Single(answers.Select(answer => $"{answer.Json.GetProperty("message")}{answer.Json.GetProperty("errors")}{answer.Json.GetProperty("data")}").Distinct());
        Assert.Single(answers.Select(answer => string.Join(',', answer.Headers.Keys.Order())).Distinct());
    }

    [Fact]
    public async Task Code_works_once_and_an_older_one_not_after_it()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var (used, next) = (authenticator.Code(), authenticator.Code(1));
        var token = await ChallengeAsync(user);

        // The confirmation has taken the first.
        await AuditedAsync((await CompleteAsync(token, used)).Is(401, "UNAUTHORIZED"), "users.login", AuditStatus.Failure);
        (await CompleteAsync(token, next)).Is(200);
        (await CompleteAsync(token, next)).Is(401, "UNAUTHORIZED");
        (await CompleteAsync(await ChallengeAsync(user), used)).Is(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Code_works_once_for_ten_at_once()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var tokens = new List<string>();
        for (var i = 0; i < 10; i++) tokens.Add(await ChallengeAsync(user));
        var code = authenticator.Code(1);

        var answers = await Task.WhenAll(tokens.Select(token => CompleteAsync(token, code)));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.Is(401, "UNAUTHORIZED"));
    }

    [Fact]
    public async Task Recovery_code_works_once_however_it_is_typed()
    {
        var (user, _, codes) = await EnrolledAsync();

        var answer = (await CompleteAsync(await ChallengeAsync(user), $" {codes[3].Replace("-", " ", StringComparison.Ordinal).ToUpperInvariant()} ")).Is(200);

        Assert.Equal(["pwd", "mfa"], Methods(answer));
        Assert.Contains(await AuditAsync(answer), entry => entry.Action == "users.recovery_code_used" && entry.ActorUserId == user.Id);
        (await CompleteAsync(await ChallengeAsync(user), codes[3])).Is(401, "UNAUTHORIZED");
        (await CompleteAsync(await ChallengeAsync(user), codes[4])).Is(200);
    }

    [Fact]
    public async Task Recovery_code_works_once_for_ten_at_once()
    {
        var (user, _, codes) = await EnrolledAsync();
        var token = await ChallengeAsync(user);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => CompleteAsync(token, codes[0])));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.Is(401, "UNAUTHORIZED"));
    }

    [Fact]
    public async Task Ten_wrong_codes_lock_the_account_and_the_right_password_between_them_forgets_none()
    {
        var (user, authenticator, codes) = await EnrolledAsync();
        for (var round = 0; round < 2; round++)
        {
            var token = await ChallengeAsync(user);
            for (var guess = 0; guess < 5; guess++) (await CompleteAsync(token, authenticator.WrongCode())).Is(401, "UNAUTHORIZED");
            if (round == 1)
            {
                var locked = (await CompleteAsync(token, authenticator.Code(1))).Is(401, "UNAUTHORIZED");
                Assert.Equal((await CompleteAsync(token, codes[0])).Text.Split("\"meta\"")[0], locked.Text.Split("\"meta\"")[0]);
            }
        }

        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(401, "UNAUTHORIZED");
        Assert.Equal(10, await Host.WithDatabaseAsync(db => db.Set<UserRecoveryCode>().CountAsync(row => row.UserId == user.Id)));
    }

    [Fact]
    public async Task Of_any_number_of_guesses_at_once_ten_are_looked_at()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var token = await ChallengeAsync(user);
        var wrong = authenticator.WrongCode();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CompleteAsync(token, wrong)));

        // Those over the limit were refused unseen.
        (await CompleteAsync(token, authenticator.Code(1))).Is(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Right_code_forgets_the_failures_before_it()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var token = await ChallengeAsync(user);
        for (var guess = 0; guess < 9; guess++) (await CompleteAsync(token, authenticator.WrongCode())).Is(401);

        (await CompleteAsync(token, authenticator.Code(1))).Is(200);

        Assert.Equal(0, await FailuresAsync(user));
    }

    [Fact]
    public async Task Token_that_is_forged_foreign_expired_or_of_another_purpose_is_refused()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var good = await ChallengeAsync(user);
        var account = await Host.WithDatabaseAsync(db => db.Set<AppUser>().AsNoTracking().SingleAsync(row => row.Id == user.Id));
        var early = new AccountTokens(Host.Main.Services.GetRequiredService<IDataProtectionProvider>(), new At(TimeProvider.System.GetUtcNow().AddMinutes(-5).AddSeconds(-1)));
        var now = new AccountTokens(Host.Main.Services.GetRequiredService<IDataProtectionProvider>(), TimeProvider.System);
        var foreign = new AccountTokens(new EphemeralDataProtectionProvider(), TimeProvider.System);
        string[] bad =
        [
            "garbage", "%%%", good[..^4], good + "AAAA", (good[0] == 'A' ? "B" : "A") + good[1..], user.AccessToken[..200],
            early.Make(AccountTokenPurpose.LogIn, account), foreign.Make(AccountTokenPurpose.LogIn, account), now.Make(AccountTokenPurpose.PasswordReset, account),
        ];

        foreach (var token in bad) await AuditedAsync((await CompleteAsync(token, authenticator.Code(1))).Is(401, "UNAUTHORIZED"), "users.login", AuditStatus.Failure);

        Assert.Equal(0, await FailuresAsync(user));
        (await CompleteAsync(good, authenticator.Code(1))).Is(200);
    }

    [Fact]
    public async Task Token_of_one_account_does_not_take_the_code_of_another()
    {
        var (user, _, _) = await EnrolledAsync();
        var (_, other, codes) = await EnrolledAsync();

        (await CompleteAsync(await ChallengeAsync(user), other.Code(1))).Is(401);
        (await CompleteAsync(await ChallengeAsync(user), codes[0])).Is(401);
    }

    [Fact]
    public async Task Token_is_void_once_the_account_has_changed()
    {
        var (user, authenticator, _) = await EnrolledAsync();
        var token = await ChallengeAsync(user);
        await SetAsync(user, row => row.Status = UserStatus.Suspended);
        (await CompleteAsync(token, authenticator.Code(1))).Is(401);
        await SetAsync(user, row => (row.Status, row.SecurityStamp) = (UserStatus.Active, "another"));
        (await CompleteAsync(token, authenticator.Code(1))).Is(401);

        token = await ChallengeAsync(user);
        (await user.Api.SendAsync(HttpMethod.Delete, Totp, new { password = GoApiHost.Password })).Is(200);
        (await CompleteAsync(token, authenticator.Code(1))).Is(401);
    }

    [Fact]
    public async Task Faults_of_the_second_step_are_named_at_once()
    {
        var answer = (await Anonymous.PostAsync($"{Users}/login/mfa", new { code = " " })).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["code", "mfa_token"], answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Turning_it_off_takes_the_password_and_leaves_nothing_of_it()
    {
        var (user, _, _) = await EnrolledAsync();

        var wrong = (await user.Api.SendAsync(HttpMethod.Delete, Totp, new { password = "wrong-Horse-7-staple" })).Is(422, "VALIDATION_FAILED");
        Assert.Equal(["password"], wrong.Fields);
        await AuditedAsync(wrong, "users.mfa_disable", AuditStatus.Failure);
        Assert.Equal(1, await FailuresAsync(user));
        (await user.Api.SendAsync(HttpMethod.Delete, Totp)).Is(400);
        (await user.Api.SendAsync(HttpMethod.Delete, Totp, new { })).Is(422);
        await ChallengeAsync(user);

        var answer = (await user.Api.SendAsync(HttpMethod.Delete, Totp, new { password = GoApiHost.Password })).Is(200);

        await AuditedAsync(answer, "users.mfa_disable");
        Assert.Equal("users.mfa-disabled.v1", Assert.Single(await OutboxAsync(answer)).Event);
        await MailAsync(user.Email, "Multi-factor authentication is off");
        Assert.NotEmpty((await Host.LogInAsync(user)).AccessToken);
        Assert.Equal(0, await Host.WithDatabaseAsync(db => db.Set<UserRecoveryCode>().CountAsync(row => row.UserId == user.Id)));
        Assert.Equal(0, await Host.WithDatabaseAsync(db => db.Set<UserTotp>().CountAsync(row => row.UserId == user.Id)));
    }

    [Fact]
    public async Task Locked_account_is_not_turned_off_with_the_right_password()
    {
        var (user, _, _) = await EnrolledAsync();
        for (var guess = 0; guess < 10; guess++) (await user.Api.SendAsync(HttpMethod.Delete, Totp, new { password = $"wrong-Horse-{guess}" })).Is(422);

        (await user.Api.SendAsync(HttpMethod.Delete, Totp, new { password = GoApiHost.Password })).Is(422, "VALIDATION_FAILED");
    }

    [Fact]
    public async Task New_recovery_codes_take_the_password_and_the_place_of_the_old_ones()
    {
        var (user, _, old) = await EnrolledAsync();
        (await user.Api.PostAsync(RecoveryCodes, new { password = "wrong-Horse-7-staple" })).Is(422, "VALIDATION_FAILED");

        var answer = (await user.Api.PostAsync(RecoveryCodes, new { password = GoApiHost.Password })).Is(200);

        Assert.Equal(10, Codes(answer).Except(old).Count());
        await AuditedAsync(answer, "users.mfa_recovery_codes");
        Assert.Equal("users.recovery-codes-renewed.v1", Assert.Single(await OutboxAsync(answer)).Event);
        await MailAsync(user.Email, "new recovery codes");
        (await CompleteAsync(await ChallengeAsync(user), old[0])).Is(401);
        (await CompleteAsync(await ChallengeAsync(user), Codes(answer)[0])).Is(200);
    }

    [Fact]
    public async Task Ten_renewals_at_once_leave_ten_codes_also_where_none_was_left()
    {
        var (user, _, _) = await EnrolledAsync();
        await Host.WithDatabaseAsync(db => db.Set<UserRecoveryCode>().Where(row => row.UserId == user.Id).ExecuteDeleteAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => user.Api.PostAsync(RecoveryCodes, new { password = GoApiHost.Password })));

        Assert.Contains(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409 }));
        Assert.Equal(10, await Host.WithDatabaseAsync(db => db.Set<UserRecoveryCode>().CountAsync(row => row.UserId == user.Id)));
    }

    [Fact]
    public async Task Repeated_request_with_a_key_shows_no_secret_a_second_time()
    {
        var user = await Host.UserAsync();
        var (enrolKey, confirmKey) = (("Idempotency-Key", Guid.CreateVersion7().ToString()), ("Idempotency-Key", Guid.CreateVersion7().ToString()));

        var enrolled = (await user.Api.PostAsync(Totp, null, enrolKey)).Is(200);
        var replayed = (await user.Api.PostAsync(Totp, null, enrolKey)).Is(409, "CONFLICT");
        var body = new { code = new Authenticator(enrolled.Field("secret")!).Code() };
        var confirmed = (await user.Api.PostAsync($"{Totp}/confirm", body, confirmKey)).Is(200);
        (await user.Api.PostAsync($"{Totp}/confirm", body, confirmKey)).Is(409, "CONFLICT");

        Assert.Contains(Totp, replayed.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        (await CompleteAsync(await ChallengeAsync(user), Codes(confirmed)[0])).Is(200);
        Assert.DoesNotContain(await Host.WithDatabaseAsync(db => db.Set<IdempotencyRecord>().AsNoTracking().Where(row => row.Status == 200).ToListAsync()), row => row.Location is null && row.Body is not null);
    }

    [Fact]
    public async Task Key_does_not_undo_the_counting_of_a_wrong_password()
    {
        var (user, _, _) = await EnrolledAsync();

        for (var guess = 0; guess < 10; guess++)
            (await user.Api.PostAsync(RecoveryCodes, new { password = $"wrong-Horse-{guess}" }, ("Idempotency-Key", Guid.CreateVersion7().ToString()))).Is(422);

        (await user.Api.PostAsync(RecoveryCodes, new { password = GoApiHost.Password })).Is(422, "VALIDATION_FAILED");
    }

    /// <summary>Somebody with a second factor, and the code of the current time step used up by its confirmation.</summary>
    private async Task<(TestUser User, Authenticator Authenticator, string[] Codes)> EnrolledAsync()
    {
        var user = await Host.UserAsync();
        var authenticator = new Authenticator((await user.Api.PostAsync(Totp)).Is(200).Field("secret")!);
        var confirmed = (await user.Api.PostAsync($"{Totp}/confirm", new { code = authenticator.Code() })).Is(200);
        await SetAsync(user, row => row.LastLoginAt = null);
        return (user, authenticator, Codes(confirmed));
    }

    private async Task<string> ChallengeAsync(TestUser user) =>
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(200).Field("mfa_token")!;

    private Task<Answer> CompleteAsync(string mfaToken, string code) => Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = mfaToken, code });

    private Task<DateTimeOffset?> LastLogInAsync(TestUser user) => Host.WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.Id == user.Id).Select(row => row.LastLoginAt).SingleAsync());

    private Task<byte[]> SecretAsync(TestUser user) => Host.WithDatabaseAsync(db => db.Set<UserTotp>().Where(row => row.UserId == user.Id).Select(row => row.Secret).SingleAsync());

    private Task<int> SetAsync(TestUser user, Action<AppUser> change) => Host.WithDatabaseAsync(async db =>
    {
        change(await db.Set<AppUser>().SingleAsync(row => row.Id == user.Id));
        return await db.SaveChangesAsync();
    });

    private static string[] Codes(Answer answer) => [.. answer.Data.GetProperty("codes").EnumerateArray().Select(code => code.GetString()!)];

    private static string?[] Methods(Answer answer) =>
        [.. JsonDocument.Parse(Base64Url.DecodeFromChars(answer.Field("access_token")!.Split('.')[1])).RootElement.GetProperty("amr").EnumerateArray().Select(method => method.GetString())];

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

public sealed class SecondFactorTestsEmbedded(EmbeddedHost host) : SecondFactorTests(host);

public sealed class SecondFactorTestsServices(ServicesHost host) : SecondFactorTests(host);
