using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "S2")]
public abstract class EmailChangeTests(GoApiHost host) : ApiTest(host)
{
    private const string Users = "/api/v1/users";
    private const string Confirm = "Confirm your new e-mail address";
    private const string AboutTo = "is about to change";
    private const string Changed = "Your e-mail address was changed";

    [Fact]
    public async Task New_address_comes_into_use_when_its_mail_is_answered_and_the_old_one_is_told_both_times()
    {
        var (user, email) = (await Host.UserAsync(), NewEmail());

        var asked = (await RequestAsync(user, email)).Is(202);
        var token = TokenIn((await MailAsync(email, Confirm)).Text);
        await MailAsync(user.Email, AboutTo);
        var before = (await user.Api.GetAsync($"{Users}/me")).Is(200);
        Assert.Equal((user.Email, false), (before.Field("email"), before.Data.GetProperty("email_verified").GetBoolean()));

        var answer = (await VerifyAsync(token)).Is(200);

        Assert.Equal((email, true), (answer.Field("email"), answer.Data.GetProperty("email_verified").GetBoolean()));
        (await user.Api.GetAsync($"{Users}/me")).Is(200);
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(401);
        (await Anonymous.PostAsync($"{Users}/login", new { email = email.ToUpperInvariant(), password = GoApiHost.Password })).Is(200);
        await MailAsync(user.Email, Changed);
        Assert.Empty(await MailsAsync(email, Changed));
        Assert.Equal(user.Id, (await AuditedAsync(asked, "users.email_change_request")).ActorUserId);
        // The field is named, its values are the person's own (decision 0023).
        var changes = Assert.Single(await AuditAsync(answer), entry => entry.Action == "users.verify_email").Changes!;
        Assert.Contains("\"email\"", changes, StringComparison.Ordinal);
        Assert.DoesNotContain(email, changes, StringComparison.OrdinalIgnoreCase);
        Assert.All(await OutboxAsync(asked), message => Assert.DoesNotContain(token, message.Payload, StringComparison.Ordinal));
        Assert.All((await OutboxAsync(asked)).Concat(await OutboxAsync(answer)), message => Assert.DoesNotContain("@", message.Payload, StringComparison.Ordinal));
        // Nothing keeps the old address when it has been told.
        await EventuallyAsync(async () => !await ChangesOf(user).AnyAsync(), "the change is forgotten");
    }

    [Fact]
    public async Task Old_address_is_free_for_others_then()
    {
        var user = await Host.UserAsync();
        await ChangeAsync(user, NewEmail());

        (await Anonymous.PostAsync($"{Users}/register", new { email = user.Email, password = GoApiHost.Password, first_name = "Ada", last_name = "Byron" })).Is(201);
    }

    [Fact]
    public async Task Token_works_once_and_not_for_ten_at_once()
    {
        var (user, email) = (await Host.UserAsync(), NewEmail());
        (await RequestAsync(user, email)).Is(202);
        var token = TokenIn((await MailAsync(email, Confirm)).Text);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => VerifyAsync(token)));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409, 422 }));
        Assert.Equal(["token"], (await VerifyAsync(token)).Is(422, "VALIDATION_FAILED").Fields);
        await MailAsync(user.Email, Changed);
    }

    [Fact]
    public async Task Later_request_makes_the_earlier_token_void_also_for_the_same_address()
    {
        var (user, first) = (await Host.UserAsync(), NewEmail());
        (await RequestAsync(user, first)).Is(202);
        var old = TokenIn((await MailAsync(first, Confirm)).Text);
        (await RequestAsync(user, first)).Is(202);
        var again = TokenIn((await MailAsync(first, Confirm, count: 2)).Text);
        var second = NewEmail();
        (await RequestAsync(user, second)).Is(202);
        var good = TokenIn((await MailAsync(second, Confirm)).Text);

        foreach (var token in new[] { old, again }) await LeftNothingAsync((await VerifyAsync(token)).Is(422, "VALIDATION_FAILED"));
        Assert.Equal(second, (await VerifyAsync(good)).Is(200).Field("email"));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("reset")]
    [InlineData("suspension")]
    public async Task Token_is_void_after(string what)
    {
        var (user, email) = (await Host.UserAsync(), NewEmail());
        (await RequestAsync(user, email)).Is(202);
        var token = TokenIn((await MailAsync(email, Confirm)).Text);

        switch (what)
        {
            case "password":
                (await user.Api.PutAsync($"{Users}/me/password", new { old_password = GoApiHost.Password, new_password = "different-Horse-8-staple" })).Is(200);
                break;
            case "reset":
                (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = user.Email })).Is(202);
                var reset = TokenIn((await MailAsync(user.Email, "Set a new password")).Text);
                (await Anonymous.PostAsync($"{Users}/password/reset", new { token = reset, new_password = "different-Horse-8-staple" })).Is(200);
                break;
            default:
                await Host.WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.Id == user.Id).ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, UserStatus.Suspended)));
                break;
        }

        await LeftNothingAsync((await VerifyAsync(token)).Is(422, "VALIDATION_FAILED"));
    }

    [Fact]
    public async Task Token_that_is_forged_foreign_expired_or_of_another_purpose_is_refused()
    {
        var (user, email) = (await Host.UserAsync(), NewEmail());
        (await RequestAsync(user, email)).Is(202);
        var good = TokenIn((await MailAsync(email, Confirm)).Text);
        var (account, change) = (await Host.WithDatabaseAsync(db => db.Set<AppUser>().AsNoTracking().SingleAsync(row => row.Id == user.Id)), await ChangesOf(user).SingleAsync());
        var provider = Host.Main.Services.GetRequiredService<IDataProtectionProvider>();
        string[] bad =
        [
            "x", "%%%", good[..^4], good + "AAAA",
            new AccountTokens(provider, new At(TimeProvider.System.GetUtcNow().AddDays(-1).AddSeconds(-1))).Make(AccountTokenPurpose.EmailChange, account, change.Subject),
            new AccountTokens(provider, TimeProvider.System).Make(AccountTokenPurpose.PasswordReset, account, change.Subject),
            new AccountTokens(provider, TimeProvider.System).Make(AccountTokenPurpose.EmailChange, account),
            new AccountTokens(new EphemeralDataProtectionProvider(), TimeProvider.System).Make(AccountTokenPurpose.EmailChange, account, change.Subject),
        ];

        foreach (var token in bad) await LeftNothingAsync((await VerifyAsync(token)).Is(422, "VALIDATION_FAILED"));

        // It resets no password either.
        (await Anonymous.PostAsync($"{Users}/password/reset", new { token = good, new_password = "different-Horse-8-staple" })).Is(422, "VALIDATION_FAILED");
        (await VerifyAsync(good)).Is(200);
    }

    [Fact]
    public async Task Known_address_is_a_conflict_and_ones_own_is_invalid()
    {
        var (user, other) = (await Host.UserAsync(), await Host.RegisterAsync());

        var taken = (await RequestAsync(user, other.Email.ToUpperInvariant())).Is(409, "CONFLICT");
        var own = (await RequestAsync(user, user.Email.ToUpperInvariant())).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["email"], own.Fields);
        foreach (var answer in new[] { taken, own })
        {
            await AuditedAsync(answer, "users.email_change_request", AuditStatus.Failure);
            Assert.Empty(await OutboxAsync(answer));
        }
    }

    [Fact]
    public async Task Wrong_password_is_invalid_counted_and_tells_nothing_of_the_address()
    {
        var (user, other) = (await Host.UserAsync(), await Host.RegisterAsync());

        foreach (var email in new[] { NewEmail(), other.Email, user.Email })
        {
            var answer = (await RequestAsync(user, email, "wrong")).Is(422, "VALIDATION_FAILED");
            Assert.Equal(["password"], answer.Fields);
            await AuditedAsync(answer, "users.email_change_request", AuditStatus.Failure);
            Assert.Empty(await OutboxAsync(answer));
        }

        Assert.Equal(3, await FailuresAsync(user));
    }

    [Fact]
    public async Task Address_that_is_taken_between_request_and_answer_is_a_conflict()
    {
        var (user, email) = (await Host.UserAsync(), NewEmail());
        (await RequestAsync(user, email)).Is(202);
        var token = TokenIn((await MailAsync(email, Confirm)).Text);
        (await Anonymous.PostAsync($"{Users}/register", new { email = email.ToUpperInvariant(), password = GoApiHost.Password, first_name = "Ada", last_name = "Byron" })).Is(201);

        await LeftNothingAsync((await VerifyAsync(token)).Is(409, "CONFLICT"));
        Assert.Equal(user.Email, (await user.Api.GetAsync($"{Users}/me")).Field("email"));
    }

    [Fact]
    public async Task Of_two_accounts_that_want_one_address_one_gets_it()
    {
        var email = NewEmail();
        var (first, second) = (await Host.UserAsync(), await Host.UserAsync());
        (await RequestAsync(first, email)).Is(202);
        (await RequestAsync(second, email)).Is(202);
        await MailAsync(email, Confirm, count: 2);
        var tokens = (await MailsAsync(email, Confirm)).Select(mail => TokenIn(mail.Text)).ToArray();

        var answers = await Task.WhenAll(tokens.Select(VerifyAsync));

        Assert.Equal([200, 409], answers.Select(answer => answer.Status).Order());
    }

    [Fact]
    public async Task Second_change_does_not_do_away_with_the_notice_of_the_first()
    {
        var (user, email) = (await Host.UserAsync(), NewEmail());
        await ChangeAsync(user, email);
        (await RequestAsync(user, NewEmail())).Is(202);

        await MailAsync(user.Email, Changed);
        await MailAsync(email, AboutTo);
    }

    [Fact]
    public async Task Private_registration_answers_alike_and_only_the_owner_of_the_address_is_told()
    {
        await using var secretive = Host.Start(("REGISTRATION_PRIVATE", "true"));
        var (user, other, email) = (await Host.UserAsync(), await Host.RegisterAsync(), NewEmail());
        var api = secretive.As(user.AccessToken);

        var known = (await api.PostAsync($"{Users}/me/email", new { email = other.Email, password = GoApiHost.Password })).Is(202);
        var free = (await api.PostAsync($"{Users}/me/email", new { email, password = GoApiHost.Password })).Is(202);

        Assert.Equal(free.Json.GetProperty("message").GetString(), known.Json.GetProperty("message").GetString());
        Assert.Equal(free.Headers.Keys.Order(), known.Headers.Keys.Order());
        await MailAsync(email, Confirm);
        await MailAsync(other.Email, "You have an account");
        Assert.Empty(await MailsAsync(other.Email, Confirm));
        await MailAsync(user.Email, AboutTo);
    }

    [Fact]
    public async Task Nothing_else_in_the_body_changes_anything()
    {
        var (user, email) = (await Host.UserAsync(), NewEmail());

        (await user.Api.PostAsync($"{Users}/me/email", new { email, password = GoApiHost.Password, email_verified = true, role = "admin", status = "suspended", user_id = Guid.CreateVersion7() })).Is(202);

        var me = (await user.Api.GetAsync($"{Users}/me")).Is(200);
        Assert.Equal((user.Email, "user", "active"), (me.Field("email"), me.Field("role"), me.Field("status")));
        Assert.False(me.Data.GetProperty("email_verified").GetBoolean());
    }

    private async Task ChangeAsync(TestUser user, string email)
    {
        (await RequestAsync(user, email)).Is(202);
        (await VerifyAsync(TokenIn((await MailAsync(email, Confirm)).Text))).Is(200);
    }

    private static Task<Answer> RequestAsync(TestUser user, string email, string password = GoApiHost.Password) => user.Api.PostAsync($"{Users}/me/email", new { email, password });

    private Task<Answer> VerifyAsync(string token) => Anonymous.PostAsync($"{Users}/email/verify", new { token });

    private Changes ChangesOf(TestUser user) => new(Host, user.Id);

    private static string NewEmail() => $"new-{Guid.CreateVersion7():N}@example.test";

    private sealed record Changes(GoApiHost Host, Guid UserId)
    {
        public Task<bool> AnyAsync() => Host.WithDatabaseAsync(db => db.Set<UserEmailChange>().AnyAsync(change => change.UserId == UserId));

        public Task<UserEmailChange> SingleAsync() => Host.WithDatabaseAsync(db => db.Set<UserEmailChange>().AsNoTracking().SingleAsync(change => change.UserId == UserId));
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

public sealed class EmailChangeTestsEmbedded(EmbeddedHost host) : EmailChangeTests(host);

public sealed class EmailChangeTestsServices(ServicesHost host) : EmailChangeTests(host);
