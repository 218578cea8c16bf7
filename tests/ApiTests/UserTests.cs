using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

public abstract class UserTests(GoApiHost host) : ApiTest(host)
{
    private const string Users = "/api/v1/users";

    [Fact]
    public async Task Registration_makes_a_user_an_entry_and_a_mail_with_a_working_token()
    {
        var email = $"Grace-{Guid.CreateVersion7():N}@Example.test";

        var answer = (await Anonymous.PostAsync($"{Users}/register", Registration(email, phone: "+442079460000"))).Is(201);

        Assert.Equal($"{Users}/{answer.Id}", answer.Header("Location"));
        Assert.Equal("\"1\"", answer.Header("ETag"));
        Assert.Equal(7, answer.Id.Version);
        Assert.Equal((email, "user", "active"), (answer.Field("email"), answer.Field("role"), answer.Field("status")));
        Assert.False(answer.Data.GetProperty("email_verified").GetBoolean());
        Assert.Equal("+442079460000", answer.Field("phone"));
        Assert.Matches(Contract.Moment(), answer.Field("created_at"));
        Assert.Matches(Contract.Moment(), answer.Field("updated_at"));
        Assert.DoesNotContain("password", answer.Text, StringComparison.OrdinalIgnoreCase);
        var entry = await AuditedAsync(answer, "users.register");
        Assert.Equal(("user", answer.Id.ToString()), (entry.Resource, entry.ResourceId));

        await EventuallyAsync(async () => Assert.Single(await OutboxAsync(answer)).State == OutboxState.Done, "the message is closed");
        var message = Assert.Single(await OutboxAsync(answer));
        Assert.Equal("users.user-registered.v1", message.Event);
        Assert.NotNull(message.ClosedAt);
        Assert.DoesNotContain(email, message.Payload, StringComparison.OrdinalIgnoreCase);

        JsonElement mail = default;
        await EventuallyAsync(
            async () => (mail = (await Anonymous.GetAsync("/dev/mailbox.json")).Is(200).Data.EnumerateArray().FirstOrDefault(one => one.GetProperty("to").GetString() == email)).ValueKind == JsonValueKind.Object
                || (await MailsAsync(email, "Verify")).Length > 0,
            "the mail is in the mailbox");
        if (mail.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(["id", "channel", "to", "subject", "text", "html", "created_at"], mail.EnumerateObject().Select(member => member.Name));
            Assert.Equal("email", mail.GetProperty("channel").GetString());
        }

        var verified = (await Anonymous.PostAsync($"{Users}/email/verify", new { token = TokenIn((await MailAsync(email, "Verify")).Text) })).Is(200);
        Assert.Equal(answer.Id, verified.Id);
        Assert.True(verified.Data.GetProperty("email_verified").GetBoolean());
    }

    [Fact]
    [Trait("Promise", "A1")]
    public async Task Password_is_hashed_anew_where_the_work_factor_has_risen_and_that_is_an_entry()
    {
        var user = await Host.RegisterAsync();
        await using var instance = Host.Start(("BCRYPT_WORK_FACTOR", "5"));

        var answer = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = GoApiHost.Password })).Is(200);

        Assert.StartsWith("$2a$05$", (await Host.WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.Id == user.Id).Select(row => row.PasswordHash).SingleAsync()))!.Replace("$2b$", "$2a$", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal((user.Id, user.Id.ToString()), Assert.Single((await AuditAsync(answer)).Where(entry => entry.Action == "users.password_rehash").Select(entry => (entry.ActorUserId, entry.ResourceId))));
        (await Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = GoApiHost.Password })).Is(200);
    }

    [Fact]
    public async Task Known_address_in_another_letter_case_is_a_conflict_and_nothing_is_saved()
    {
        var user = await Host.RegisterAsync();

        var answer = await Anonymous.PostAsync($"{Users}/register", Registration(user.Email.ToUpperInvariant()));

        answer.Is(409, "CONFLICT");
        Assert.Equal(["email"], answer.Fields);
        await LeftNothingAsync(answer);
        Assert.Equal(1, await CountAsync(user.Email.ToUpperInvariant()));
    }

    [Fact]
    public async Task One_of_ten_registrations_of_one_address_at_once_succeeds()
    {
        var email = $"race-{Guid.CreateVersion7():N}@example.test";

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Anonymous.PostAsync($"{Users}/register", Registration(email))));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.Is(409));
        await MailAsync(email, "Verify");
    }

    [Fact]
    public async Task All_faults_of_a_registration_are_named_at_once_and_nothing_is_saved()
    {
        var answer = await Anonymous.PostAsync($"{Users}/register", new { email = "no address", password = "short", last_name = "", phone = "12" });

        answer.Is(422, "VALIDATION_FAILED");
        Assert.Equal(["email", "first_name", "last_name", "password", "phone"], answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Theory]
    [InlineData("1234567")]
    [InlineData("password123")]
    [InlineData("my name is Lovelace")]
    [InlineData("äääääääääääääääääääääääääääääääääääää")]
    public async Task Weak_password_is_refused_and_nothing_is_saved(string password)
    {
        var answer = await Anonymous.PostAsync($"{Users}/register", Registration($"weak-{Guid.CreateVersion7():N}@example.test", password));

        answer.Is(422, "VALIDATION_FAILED");
        Assert.Equal(["password"], answer.Fields);
        Assert.DoesNotContain(password, answer.Text, StringComparison.Ordinal);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Text_is_trimmed_and_a_password_is_not()
    {
        var email = $"trim-{Guid.CreateVersion7():N}@example.test";
        const string password = "  correct-Horse-7-staple ";

        var answer = (await Anonymous.PostAsync($"{Users}/register", new { email = $"  {email} ", password, first_name = "\t Ada ", last_name = " Lovelace\n" })).Is(201);

        Assert.Equal((email, "Ada", "Lovelace"), (answer.Field("email"), answer.Field("first_name"), answer.Field("last_name")));
        (await Anonymous.PostAsync($"{Users}/login", new { email, password = password.Trim() })).Is(401);
        (await Anonymous.PostAsync($"{Users}/login", new { email = $" {email} ", password })).Is(200);
    }

    [Fact]
    public async Task Private_registration_answers_the_same_for_a_new_and_a_known_address_and_only_the_mail_tells()
    {
        await using var instance = Host.Start(("REGISTRATION_PRIVATE", "true"));
        var email = $"private-{Guid.CreateVersion7():N}@example.test";

        var made = (await instance.Anonymous.PostAsync($"{Users}/register", Registration(email))).Is(202);
        await MailAsync(email, "Verify");
        var repeated = (await instance.Anonymous.PostAsync($"{Users}/register", Registration(email.ToUpperInvariant()))).Is(202);

        Assert.Equal(JsonValueKind.Null, made.Data.ValueKind);
        Assert.Equal(JsonValueKind.Null, repeated.Data.ValueKind);
        Assert.Equal(made.Json.GetProperty("message").GetString(), repeated.Json.GetProperty("message").GetString());
        Assert.Null(made.Header("Location"));
        Assert.Equal(made.Headers.Keys.Order(), repeated.Headers.Keys.Order());
        await MailAsync(email, "account");
        await MailAsync(email, "Verify");
        Assert.Equal(1, await CountAsync(email.ToUpperInvariant()));
    }

    [Fact]
    public async Task Verification_token_works_once()
    {
        var user = await Host.RegisterAsync();
        var token = TokenIn((await MailAsync(user.Email, "Verify")).Text);

        var first = (await Anonymous.PostAsync($"{Users}/email/verify", new { token })).Is(200);
        var second = (await Anonymous.PostAsync($"{Users}/email/verify", new { token })).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["token"], second.Fields);
        await AuditedAsync(first, "users.verify_email");
        await LeftNothingAsync(second);
    }

    [Fact]
    public async Task Verification_token_works_once_for_ten_at_once()
    {
        var user = await Host.RegisterAsync();
        var token = TokenIn((await MailAsync(user.Email, "Verify")).Text);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Anonymous.PostAsync($"{Users}/email/verify", new { token })));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409, 422 }));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("%%% not base64 %%%")]
    public async Task Forged_verification_token_is_refused(string token)
    {
        var answer = (await Anonymous.PostAsync($"{Users}/email/verify", new { token })).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["token"], answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Mail_is_sent_again_while_there_is_something_to_verify_and_the_answer_never_tells()
    {
        var user = await Host.RegisterAsync();
        var token = TokenIn((await MailAsync(user.Email, "Verify")).Text);

        var resent = (await Anonymous.PostAsync($"{Users}/email/resend", new { email = user.Email.ToUpperInvariant() })).Is(202);
        await MailAsync(user.Email, "Verify", count: 2);
        (await Anonymous.PostAsync($"{Users}/email/verify", new { token })).Is(200);
        var verified = (await Anonymous.PostAsync($"{Users}/email/resend", new { email = user.Email })).Is(202);
        var unknown = (await Anonymous.PostAsync($"{Users}/email/resend", new { email = "nobody@example.test" })).Is(202);

        Assert.Single(await OutboxAsync(resent));
        await LeftNothingAsync(verified);
        await LeftNothingAsync(unknown);
        Assert.Equal(resent.Json.GetProperty("message").GetString(), unknown.Json.GetProperty("message").GetString());
        Assert.Equal(2, (await MailsAsync(user.Email, "Verify")).Length);
    }

    [Fact]
    public async Task Log_in_gives_tokens_and_the_user_and_is_audited()
    {
        var user = await Host.RegisterAsync();

        var answer = (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email.ToUpperInvariant(), password = GoApiHost.Password })).Is(200);

        Assert.Equal("Bearer", answer.Field("token_type"));
        Assert.InRange(answer.Data.GetProperty("expires_in").GetInt32(), 3_590, 3_600);
        Assert.Equal(user.Id, answer.Data.GetProperty("user").GetProperty("id").GetGuid());
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Contains(await AuditAsync(answer), entry => entry is { Action: "users.login", Status: AuditStatus.Success } && entry.ActorUserId == user.Id);
        var me = (await Host.Main.As(answer.Field("access_token")!).GetAsync($"{Users}/me")).Is(200);
        Assert.Equal(user.Id, me.Id);
        Assert.Equal(user.Id, me.Meta.GetProperty("actor").GetProperty("user_id").GetGuid());
        Assert.Equal("user", me.Meta.GetProperty("actor").GetProperty("role").GetString());
        Assert.NotNull(me.Field("last_login_at"));
    }

    [Fact]
    public async Task Unknown_wrong_suspended_and_locked_get_the_same_answer_and_an_entry_of_the_failure()
    {
        var (wrong, suspended, locked) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.RegisterAsync());
        await SetAsync(suspended, user => user.Status = GoApi.Domain.Users.UserStatus.Suspended);
        await LockAsync(locked);

        Answer[] answers =
        [
            await Anonymous.PostAsync($"{Users}/login", new { email = "nobody@example.test", password = GoApiHost.Password }),
            await Anonymous.PostAsync($"{Users}/login", new { email = wrong.Email, password = "wrong-Horse-7-staple" }),
            await Anonymous.PostAsync($"{Users}/login", new { email = suspended.Email, password = GoApiHost.Password }),
            await Anonymous.PostAsync($"{Users}/login", new { email = locked.Email, password = GoApiHost.Password }),
        ];

        Assert.All(answers, answer => answer.Is(401, "UNAUTHORIZED"));
        Assert.Single(answers.Select(WithoutMeta).Distinct());
        Assert.Single(answers.Select(answer => string.Join(',', answer.Headers.Keys.Order())).Distinct());
        foreach (var answer in answers)
        {
            await AuditedAsync(answer, "users.login", AuditStatus.Failure);
            Assert.Empty(await OutboxAsync(answer));
        }
    }

    [Fact]
    public async Task Ten_failures_lock_the_account_however_many_come_at_once()
    {
        var user = await Host.RegisterAsync();

        var guesses = await Task.WhenAll(Enumerable.Range(0, 20).Select(guess => Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = $"wrong-Horse-{guess}" })));

        Assert.All(guesses, guess => guess.Is(401, "UNAUTHORIZED"));
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Nine_failures_lock_nobody_out()
    {
        var user = await Host.RegisterAsync();

        await Task.WhenAll(Enumerable.Range(0, 9).Select(guess => Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = $"wrong-Horse-{guess}" })));

        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(200);
    }

    [Fact]
    public async Task Refresh_gives_a_new_pair_and_the_old_token_the_same_successor()
    {
        var user = await Host.UserAsync();

        var first = (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(200);
        var again = (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(200);

        Assert.NotEqual(user.AccessToken, first.Field("access_token"));
        Assert.NotEqual(user.RefreshToken, first.Field("refresh_token"));
        Assert.Equal(first.Field("refresh_token"), again.Field("refresh_token"));
        Assert.Equal(user.Id, (await Host.Main.As(first.Field("access_token")!).GetAsync($"{Users}/me")).Is(200).Id);
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = first.Field("refresh_token") })).Is(200);
    }

    [Fact]
    public async Task Ten_refreshes_at_once_get_one_successor()
    {
        var user = await Host.UserAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })));

        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409 }));
        Assert.Single(answers.Where(answer => answer.Status == 200).Select(answer => answer.Field("refresh_token")).Distinct());
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("eyJhbGciOiJub25lIn0.e30.")]
    public async Task Refresh_with_garbage_is_401_and_gives_nothing(string token)
    {
        var answer = (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = token })).Is(401, "UNAUTHORIZED");

        Assert.NotNull(answer.Header("WWW-Authenticate"));
        Assert.Empty(await OutboxAsync(answer));
    }

    [Fact]
    public async Task Access_token_is_no_refresh_token_and_the_other_way_round()
    {
        var user = await Host.UserAsync();

        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.AccessToken })).Is(401);
        (await Host.Main.As(user.RefreshToken).GetAsync($"{Users}/me")).Is(401);
    }

    [Fact]
    public async Task Log_out_ends_this_session_at_once_and_no_other()
    {
        var user = await Host.UserAsync();
        var other = await Host.LogInAsync(user);

        var answer = (await user.Api.PostAsync($"{Users}/logout")).Is(200);

        Assert.Equal(JsonValueKind.Null, answer.Data.ValueKind);
        Assert.Contains(await AuditAsync(answer), entry => entry.Action is "oauth.session_ended" or "users.logout" or "users.log_out");
        (await user.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(401);
        (await other.Api.GetAsync($"{Users}/me")).Is(200);
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = other.RefreshToken })).Is(200);
    }

    [Fact]
    public async Task Profile_is_replaced_by_put_and_what_is_not_sent_is_emptied()
    {
        var user = await Host.UserAsync();
        var before = (await user.Api.GetAsync($"{Users}/me")).Is(200);

        var answer = (await user.Api.PutAsync($"{Users}/me", new { first_name = " Grace ", last_name = "Hopper", bio = "Compilers", date_of_birth = "1906-12-09", country = "US", locale = "en-US", time_zone = "America/New_York", unknown = 1, role = "admin", email = "other@example.test" })).Is(200);

        Assert.Equal(("Grace", "Hopper", "Compilers", "1906-12-09"), (answer.Field("first_name"), answer.Field("last_name"), answer.Field("bio"), answer.Field("date_of_birth")));
        Assert.Equal((user.Email, "user"), (answer.Field("email"), answer.Field("role")));
        Assert.NotEqual(before.Header("ETag"), answer.Header("ETag"));
        var entry = await AuditedAsync(answer, "users.update_profile");
        Assert.Contains("\"bio\"", entry.Changes, StringComparison.Ordinal);
        Assert.Empty(await OutboxAsync(answer));

        var emptied = (await user.Api.PutAsync($"{Users}/me", new { first_name = "Grace", last_name = "Hopper" })).Is(200);
        Assert.Equal(JsonValueKind.Null, emptied.Data.GetProperty("bio").ValueKind);
    }

    [Fact]
    public async Task Merge_patch_changes_what_is_named_and_null_empties()
    {
        var user = await Host.UserAsync();
        (await user.Api.PutAsync($"{Users}/me", new { first_name = "Grace", last_name = "Hopper", bio = "Compilers", city = "New York" })).Is(200);

        var answer = (await user.Api.PatchAsync($"{Users}/me", new StringContent("""{"city":" Arlington ","bio":null,"unknown":{"a":[1]}}""", null, "application/merge-patch+json"))).Is(200);

        Assert.Equal(("Grace", "Arlington"), (answer.Field("first_name"), answer.Field("city")));
        Assert.Equal(JsonValueKind.Null, answer.Data.GetProperty("bio").ValueKind);
        await AuditedAsync(answer, "users.update_profile");
    }

    [Theory]
    [InlineData("""{"first_name":null}""", 422, "first_name")]
    [InlineData("""{"country":"Britain","time_zone":"Mars/Olympus"}""", 422, "country,time_zone")]
    [InlineData("""{"date_of_birth":"yesterday"}""", 400, "date_of_birth")]
    [InlineData("""["first_name"]""", 400, null)]
    public async Task Merge_patch_that_cannot_be_applied_changes_nothing(string patch, int status, string? fields)
    {
        var user = await Host.UserAsync();
        var before = await user.Api.GetAsync($"{Users}/me");

        var answer = (await user.Api.PatchAsync($"{Users}/me", new StringContent(patch, null, "application/merge-patch+json"))).Is(status);

        if (fields is not null) Assert.Equal(fields.Split(','), answer.Fields);
        await LeftNothingAsync(answer);
        Assert.Equal(before.Header("ETag"), (await user.Api.GetAsync($"{Users}/me")).Header("ETag"));
    }

    [Fact]
    public async Task Machine_has_no_profile()
    {
        var machine = await Host.MachineAsync("profile:read", "profile:write");

        (await machine.Api.GetAsync($"{Users}/me")).Is(404, "NOT_FOUND");
        await LeftNothingAsync((await machine.Api.PutAsync($"{Users}/me", new { first_name = "M", last_name = "M" })).Is(404));
    }

    private static object Registration(string email, string password = GoApiHost.Password, string? phone = null) =>
        new { email, password, first_name = "Ada", last_name = "Lovelace", phone };

    private static string WithoutMeta(Answer answer) => $"{answer.Json.GetProperty("message")}{answer.Json.GetProperty("errors")}{answer.Json.GetProperty("data")}";

    private Task<int> CountAsync(string normalized) => Host.WithDatabaseAsync(db => db.Set<AppUser>().CountAsync(row => row.NormalizedEmail == normalized));

    private Task<int> SetAsync(TestUser user, Action<AppUser> change) => Host.WithDatabaseAsync(async db =>
    {
        change(await db.Set<AppUser>().SingleAsync(row => row.Id == user.Id));
        return await db.SaveChangesAsync();
    });
}

public sealed class UserTestsEmbedded(EmbeddedHost host) : UserTests(host);

public sealed class UserTestsServices(ServicesHost host) : UserTests(host)
{
    [Fact]
    public async Task Log_out_is_known_to_another_instance_within_a_second()
    {
        await using var twin = Host.Start();
        var user = await Host.UserAsync();
        (await twin.As(user.AccessToken).GetAsync("/api/v1/users/me")).Is(200);

        (await user.Api.PostAsync("/api/v1/users/logout")).Is(200);

        await EventuallyAsync(async () => (await twin.As(user.AccessToken).GetAsync("/api/v1/users/me")).Status == 401, "the other instance refuses the token", seconds: 1.5);
    }
}
