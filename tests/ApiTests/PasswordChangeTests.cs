using GoApi.Application.Abstractions.Auditing;
using GoApi.Infrastructure.Identity;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "S2")]
public abstract class PasswordChangeTests(GoApiHost host) : ApiTest(host)
{
    private const string Users = "/api/v1/users";
    private const string NewPassword = "different-Horse-8-staple";

    [Fact]
    public async Task New_password_ends_all_other_sessions_at_once_and_the_owner_is_told()
    {
        var user = await Host.UserAsync();
        var other = await Host.LogInAsync(user);

        var answer = (await ChangeAsync(user, GoApiHost.Password, NewPassword)).Is(200);

        (await user.Api.GetAsync($"{Users}/me")).Is(200);
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(200);
        (await other.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = other.RefreshToken })).Is(401, "UNAUTHORIZED");
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(401);
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = NewPassword })).Is(200);
        var entries = await AuditAsync(answer);
        var change = Assert.Single(entries, entry => entry.Action == "users.password_change" && entry.Changes is not null);
        Assert.Contains("\"password_hash\":{\"old\":\"***\",\"new\":\"***\"}", change.Changes, StringComparison.Ordinal);
        Assert.Single(entries, entry => entry.Action == "oauth.session_ended");
        Assert.Equal("users.password-changed.v1", Assert.Single(await OutboxAsync(answer)).Event);
        await MailAsync(user.Email, "Your password was changed");
    }

    [Fact]
    public async Task New_password_makes_mailed_tokens_void()
    {
        var user = await Host.UserAsync();
        (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = user.Email })).Is(202);
        var token = TokenIn((await MailAsync(user.Email, "Set a new password")).Text);

        (await ChangeAsync(user, GoApiHost.Password, NewPassword)).Is(200);

        (await Anonymous.PostAsync($"{Users}/password/reset", new { token, new_password = "yet-another-Horse-9" })).Is(422, "VALIDATION_FAILED");
    }

    [Fact]
    public async Task Wrong_old_password_is_invalid_audited_and_counted_until_the_account_is_locked()
    {
        var user = await Host.UserAsync();

        var answer = (await ChangeAsync(user, "wrong", NewPassword)).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["old_password"], answer.Fields);
        var entry = await AuditedAsync(answer, "users.password_change", AuditStatus.Failure);
        Assert.Equal((user.Id, "VALIDATION_FAILED"), (entry.ActorUserId, entry.Error));
        Assert.Empty(await OutboxAsync(answer));
        Assert.Equal(1, await FailuresAsync(user));

        for (var guess = 0; guess < 9; guess++) (await ChangeAsync(user, $"wrong-{guess}", NewPassword)).Is(422);
        // The right one does not get through either.
        Assert.Equal(["old_password"], (await ChangeAsync(user, GoApiHost.Password, NewPassword)).Is(422).Fields);
    }

    [Theory]
    [InlineData("1234567")]
    [InlineData("password123")]
    [InlineData("my name is Lovelace")]
    [InlineData(GoApiHost.Password)]
    public async Task Weak_personal_or_unchanged_password_is_refused(string password)
    {
        var user = await Host.UserAsync();

        var answer = (await ChangeAsync(user, GoApiHost.Password, password)).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["new_password"], answer.Fields);
        await LeftNothingAsync(answer);
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(200);
    }

    [Fact]
    public async Task Nothing_else_in_the_body_changes_anything()
    {
        var user = await Host.UserAsync();

        (await user.Api.PutAsync($"{Users}/me/password", new
        {
            old_password = GoApiHost.Password,
            new_password = NewPassword,
            role = "admin",
            status = "suspended",
            email_verified = true,
            user_id = Guid.CreateVersion7(),
            email = "x@example.test",
        })).Is(200);

        var me = (await user.Api.GetAsync($"{Users}/me")).Is(200);
        Assert.Equal((user.Email, "user", "active"), (me.Field("email"), me.Field("role"), me.Field("status")));
        Assert.False(me.Data.GetProperty("email_verified").GetBoolean());
    }

    [Fact]
    public async Task Of_ten_changes_at_once_one_wins_and_none_fails_otherwise()
    {
        var user = await Host.UserAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(attempt => ChangeAsync(user, GoApiHost.Password, $"{NewPassword}-{attempt}")));

        var won = Assert.Single(Enumerable.Range(0, 10), attempt => answers[attempt].Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409, 422 }));
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = $"{NewPassword}-{won}" })).Is(200);
    }

    private static Task<Answer> ChangeAsync(TestUser user, string oldPassword, string newPassword) =>
        user.Api.PutAsync($"{Users}/me/password", new { old_password = oldPassword, new_password = newPassword });

    private Task<AppUser> AccountAsync(TestUser user) => Host.WithDatabaseAsync(db => db.Set<AppUser>().AsNoTracking().SingleAsync(row => row.Id == user.Id));
}

public sealed class PasswordChangeTestsEmbedded(EmbeddedHost host) : PasswordChangeTests(host);

public sealed class PasswordChangeTestsServices(ServicesHost host) : PasswordChangeTests(host);
