using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using GoApi.Tests.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "S2")]
public abstract class PasswordResetTests(GoApiHost host) : ApiTest(host)
{
    protected const string Users = "/api/v1/users";
    protected const string NewPassword = "different-Horse-8-staple";

    private const string Mail = "Set a new password";

    [Fact]
    public async Task Mailed_token_sets_the_password_ends_all_sessions_at_once_and_the_owner_is_told()
    {
        var user = await Host.UserAsync();
        var other = await Host.LogInAsync(user);
        var asked = (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = user.Email.ToUpperInvariant() })).Is(202);
        var token = TokenIn((await MailAsync(user.Email, Mail)).Text);

        var answer = (await Anonymous.PostAsync($"{Users}/password/reset", new { token, new_password = NewPassword })).Is(200);

        foreach (var session in new[] { user, other })
        {
            (await session.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
            (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = session.RefreshToken })).Is(401, "UNAUTHORIZED");
        }

        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(401);
        var again = (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = NewPassword })).Is(200);
        (await Host.Main.As(again.Field("access_token")!).GetAsync($"{Users}/me")).Is(200);
        Assert.True(again.Data.GetProperty("user").GetProperty("email_verified").GetBoolean());
        Assert.Equal(user.Id, (await AuditedAsync(asked, "users.password_forgot")).ActorUserId);
        var entries = await AuditAsync(answer);
        var change = Assert.Single(entries, entry => entry.Action == "users.password_reset");
        Assert.Contains("\"password_hash\":{\"old\":\"***\",\"new\":\"***\"}", change.Changes, StringComparison.Ordinal);
        Assert.Equal(2, entries.Count(entry => entry.Action == "oauth.session_ended"));
        Assert.Equal("users.password-reset.v1", Assert.Single(await OutboxAsync(answer)).Event);
        Assert.DoesNotContain(token, Assert.Single(await OutboxAsync(asked)).Payload, StringComparison.Ordinal);
        await MailAsync(user.Email, "Your password was changed");
    }

    [Fact]
    public async Task Address_that_nobody_may_log_in_with_gets_the_same_answer_and_no_mail()
    {
        var (known, suspended) = (await Host.RegisterAsync(), await Host.RegisterAsync());
        await SetAsync(suspended, row => row.Status = UserStatus.Suspended);

        var asked = (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = known.Email })).Is(202);
        Answer[] others =
        [
            (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = suspended.Email })).Is(202),
            (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = "nobody@example.test" })).Is(202),
        ];

        foreach (var answer in others)
        {
            Assert.Equal(asked.Json.GetProperty("message").GetString(), answer.Json.GetProperty("message").GetString());
            Assert.Equal(asked.Headers.Keys.Order(), answer.Headers.Keys.Order());
            Assert.Empty(await OutboxAsync(answer));
            // The same work: an entry of the attempt.
            await AuditedAsync(answer, "users.password_forgot", AuditStatus.Failure);
        }

        await MailAsync(known.Email, Mail);
        Assert.Empty(await MailsAsync(suspended.Email, Mail));
        (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = "no address" })).Is(422, "VALIDATION_FAILED");
    }

    [Fact]
    public async Task Token_works_once_and_every_earlier_one_is_void_with_it()
    {
        var user = await Host.RegisterAsync();
        var (first, second) = (await TokenAsync(user), await TokenAsync(user, count: 2));
        (await ResetAsync(second, NewPassword)).Is(200);

        foreach (var token in new[] { second, first })
        {
            var refused = (await ResetAsync(token, "yet-another-Horse-9")).Is(422, "VALIDATION_FAILED");
            Assert.Equal(["token"], refused.Fields);
            await LeftNothingAsync(refused);
        }

        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = NewPassword })).Is(200);
    }

    [Fact]
    public async Task Token_works_once_for_ten_at_once()
    {
        var user = await Host.RegisterAsync();
        var token = await TokenAsync(user);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(attempt => ResetAsync(token, $"{NewPassword}-{attempt}")));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409, 422 }));
        var won = Array.FindIndex(answers, answer => answer.Status == 200);
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = $"{NewPassword}-{won}" })).Is(200);
        await MailAsync(user.Email, "Your password was changed");
    }

    [Theory]
    [InlineData("1234567")]
    [InlineData("password123")]
    [InlineData("my name is Lovelace")]
    public async Task Weak_password_is_refused_and_the_token_stays_good(string password)
    {
        var user = await Host.RegisterAsync();
        var token = await TokenAsync(user);

        var answer = (await ResetAsync(token, password)).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["new_password"], answer.Fields);
        await LeftNothingAsync(answer);
        (await ResetAsync(token, NewPassword)).Is(200);
    }

    [Fact]
    public async Task Token_that_is_forged_foreign_expired_or_of_another_purpose_is_refused()
    {
        var user = await Host.RegisterAsync();
        var verification = TokenIn((await MailAsync(user.Email, "Verify")).Text);
        var good = await TokenAsync(user);
        var account = await Host.WithDatabaseAsync(db => db.Set<AppUser>().AsNoTracking().SingleAsync(row => row.Id == user.Id));
        var provider = Host.Main.Services.GetRequiredService<IDataProtectionProvider>();
        string[] bad =
        [
            "x", "%%%", good[..^4], good + "AAAA", verification,
            new AccountTokens(provider, new At(TimeProvider.System.GetUtcNow().AddHours(-1).AddSeconds(-1))).Make(AccountTokenPurpose.PasswordReset, account),
            new AccountTokens(provider, TimeProvider.System).Make(AccountTokenPurpose.LogIn, account),
            new AccountTokens(new EphemeralDataProtectionProvider(), TimeProvider.System).Make(AccountTokenPurpose.PasswordReset, account),
        ];

        foreach (var token in bad) await LeftNothingAsync((await ResetAsync(token, NewPassword)).Is(422, "VALIDATION_FAILED"));

        await SetAsync(user, row => row.Status = UserStatus.Suspended);
        (await ResetAsync(good, NewPassword)).Is(422, "VALIDATION_FAILED");
    }

    [Fact]
    public async Task Reset_ends_a_lockout_and_leaves_the_second_factor_on()
    {
        var user = await Host.UserAsync();
        var authenticator = new Authenticator((await user.Api.PostAsync($"{Users}/me/mfa/totp")).Is(200).Field("secret")!);
        (await user.Api.PostAsync($"{Users}/me/mfa/totp/confirm", new { code = authenticator.Code() })).Is(200);
        var challenge = (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(200).Field("mfa_token");
        await LockAsync(user);

        (await ResetAsync(await TokenAsync(user), NewPassword)).Is(200);

        (await Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = challenge, code = authenticator.Code(1) })).Is(401, "UNAUTHORIZED");
        var login = (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = NewPassword })).Is(200);
        Assert.True(login.Data.GetProperty("mfa_required").GetBoolean());
        (await Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = login.Field("mfa_token"), code = authenticator.Code(1) })).Is(200);
    }

    protected async Task<string> TokenAsync(TestUser user, int count = 1)
    {
        (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = user.Email })).Is(202);
        return TokenIn((await MailAsync(user.Email, Mail, count)).Text);
    }

    protected Task<Answer> ResetAsync(string token, string password) => Anonymous.PostAsync($"{Users}/password/reset", new { token, new_password = password });

    private Task<int> SetAsync(TestUser user, Action<AppUser> change) => Host.WithDatabaseAsync(async db =>
    {
        change(await db.Set<AppUser>().SingleAsync(row => row.Id == user.Id));
        return await db.SaveChangesAsync();
    });

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

public sealed class PasswordResetTestsEmbedded(EmbeddedHost host) : PasswordResetTests(host);

public sealed class PasswordResetTestsServices(ServicesHost host) : PasswordResetTests(host)
{
    [Fact]
    [Trait("Promise", "S3")]
    public async Task Reset_is_known_to_another_instance_within_a_second()
    {
        await using var twin = Host.Start();
        var user = await Host.UserAsync();
        var token = await TokenAsync(user);
        (await twin.As(user.AccessToken).GetAsync($"{Users}/me")).Is(200);

        (await ResetAsync(token, NewPassword)).Is(200);

        await EventuallyAsync(async () => (await twin.As(user.AccessToken).GetAsync($"{Users}/me")).Status == 401, "the other instance refuses the token", seconds: 1.5);
    }
}
