using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

public abstract partial class UserAdministrationTests(GoApiHost host) : ApiTest(host)
{
    protected const string Users = "/api/v1/users";

    private const string Name = """{"first_name":"Grace","last_name":"Hopper"}""";

    [Fact]
    [Trait("Promise", "A1")]
    public async Task Staff_read_a_user_and_of_reading_others_there_is_an_entry()
    {
        var (support, user) = (await Host.UserAsync(Role.Support), await Host.UserAsync());

        var answer = (await support.Api.GetAsync($"{Users}/{user.Id}")).Is(200);

        Assert.Equal((user.Email, "user", "active"), (answer.Field("email"), answer.Field("role"), answer.Field("status")));
        Assert.False(answer.Data.TryGetProperty("bio", out _));
        Assert.NotNull(answer.Header("ETag"));
        var entry = await AuditedAsync(answer, "users.read");
        Assert.Equal((support.Id, "user", user.Id.ToString()), (entry.ActorUserId, entry.Resource, entry.ResourceId));
        await LeftNothingAsync((await support.Api.GetAsync($"{Users}/{support.Id}")).Is(200));
        await SetAsync(user, row => row.Status = UserStatus.Anonymized);
        await LeftNothingAsync((await support.Api.GetAsync($"{Users}/{user.Id}")).Is(404, "NOT_FOUND"));
    }

    [Fact]
    [Trait("Promise", "A1")]
    public async Task List_is_filtered_searched_and_audited()
    {
        var admin = await Host.UserAsync(Role.Admin);
        var (first, second, third) = (await Host.RegisterAsync(), await Host.RegisterAsync(), await Host.RegisterAsync());
        var name = $"q{Guid.CreateVersion7():N}";
        await SetAsync(first, row => (row.FirstName, row.LastName, row.Role) = ("Zoë", $"O'{name} 100%_x", Role.Moderator));
        await SetAsync(second, row => (row.FirstName, row.LastName, row.Status) = ("Bo", $"{name.ToUpperInvariant()}-y", UserStatus.Suspended));
        await SetAsync(third, row => (row.LastName, row.Status) = (name, UserStatus.Anonymized));

        var all = await ListAsync(admin, $"search={name}");
        Assert.Equal([second.Id, first.Id], all.Ids);
        Assert.Equal(2, all.Pagination.GetProperty("total").GetInt64());
        var entry = await AuditedAsync(all, "users.list");
        Assert.Equal((admin.Id, "user", null, null), (entry.ActorUserId, entry.Resource, entry.ResourceId, entry.Changes));

        (string Query, Guid[] Found)[] searches =
        [
            ($"{name} zoË", [first.Id]),
            ($"zo {name}", [first.Id]),
            ($"{name[..20]} {second.Email.ToUpperInvariant()[10..30]}", [second.Id]),
            ($"{name} 100%_", [first.Id]),
            ($"{name} 100_", []),
            ($"{name} nobody", []),
            ($"{name}\" OR \"ada", []),
            ($"{name}*", []),
            (first.Email, [first.Id]),
        ];
        foreach (var (query, found) in searches) Assert.Equal((query, string.Join(' ', found)), (query, string.Join(' ', (await ListAsync(admin, $"search={Uri.EscapeDataString(query)}")).Ids)));

        Assert.Equal([first.Id], (await ListAsync(admin, $"search={name}&role=moderator")).Ids);
        Assert.Equal([second.Id], (await ListAsync(admin, $"search={name}&status=suspended")).Ids);
        Assert.Equal([first.Id], (await ListAsync(admin, $"search={name}&status=active")).Ids);
        var made = (await admin.Api.GetAsync($"{Users}/{second.Id}")).Field("created_at")!;
        Assert.Equal([second.Id], (await ListAsync(admin, $"search={name}&created_from={made}")).Ids);
        Assert.Equal([first.Id], (await ListAsync(admin, $"search={name}&created_to={made}")).Ids);
    }

    [Theory]
    [InlineData("created_at")]
    [InlineData("-created_at")]
    [InlineData("email")]
    [InlineData("-email")]
    [InlineData("last_name")]
    [InlineData("-last_name")]
    [InlineData("last_login_at")]
    [InlineData("-last_login_at")]
    public async Task Every_order_is_total_and_its_pages_neither_skip_nor_repeat(string sort)
    {
        var admin = await Host.UserAsync(Role.Admin);
        var mark = $"m{Guid.CreateVersion7():N}";
        string[] names = ["abel", "Zoe", "Abel", "éva", "zoe", "Bo|b"];
        var logins = new double?[] { null, 2, 1, null, 2, 3 };
        var now = TimeProvider.System.GetUtcNow();
        List<TestUser> users = [];
        foreach (var (name, login) in names.Zip(logins))
        {
            users.Add(await Host.RegisterAsync());
            await SetAsync(users[^1], row => (row.LastName, row.FirstName, row.LastLoginAt) = (name, mark, login is { } ago ? now.AddHours(-ago) : null));
        }

        // The same time, or name, twice: the id decides, or the address.
        int[] ascending = sort.TrimStart('-') switch { "last_name" => [0, 2, 5, 1, 4, 3], "last_login_at" => [0, 3, 5, 1, 4, 2], _ => [0, 1, 2, 3, 4, 5] };
        var expected = ascending.Select(index => users[index].Id);
        if (sort[0] == '-') expected = expected.Reverse();

        List<Guid> seen = [];
        var page = await ListAsync(admin, $"search={mark}&sort={sort}&limit=2");
        for (; ; page = await ListAsync(admin, $"search={mark}&sort={sort}&limit=2&cursor={page.NextCursor}"))
        {
            seen.AddRange(page.Ids);
            if (page.NextCursor is null) break;
        }

        Assert.Equal(expected, seen);
        Assert.Equal(seen[2..4], (await ListAsync(admin, $"search={mark}&sort={sort}&limit=2&page=2")).Ids);
    }

    [Theory]
    [InlineData("role=emperor", 422, "role")]
    [InlineData("status=anonymized", 422, "status")]
    [InlineData("sort=password_hash", 422, "sort")]
    [InlineData("search=a+b+c+d+e+f", 422, "search")]
    [InlineData("created_from=yesterday", 400, "created_from")]
    [InlineData("search=%00", 400, "")]
    [InlineData("search=%ED%A0%80abc", 400, "")]
    [InlineData("cursor=AAAA", 400, "cursor")]
    [InlineData("limit=101&role=x", 422, "limit", "role")]
    public async Task Bad_filter_is_refused_the_same_in_the_list_and_in_the_export(string query, int status, params string[] fields)
    {
        var admin = await Host.UserAsync(Role.Admin);

        var list = (await admin.Api.GetAsync($"{Users}?{query}")).Is(status);

        Assert.Equal(fields, list.Fields.Select(field => field ?? ""));
        await LeftNothingAsync(list);
        if (fields is ["cursor"] or ["limit", ..]) return;

        var export = (await admin.Api.GetAsync($"{Users}/export?format=csv&{query}")).Is(status);
        Assert.Equal(fields, export.Fields.Select(field => field ?? ""));
        await LeftNothingAsync(export);
    }

    [Theory]
    [InlineData("")]
    [InlineData("%20%20")]
    [InlineData("a")]
    [InlineData("a%20b")]
    [InlineData("%25")]
    [InlineData("_")]
    [InlineData("%5C")]
    [InlineData("%22")]
    [InlineData("---")]
    [InlineData("%F0%9F%91%A9%F0%9F%91%A9%F0%9F%91%A9")]
    [InlineData("%F4%8F%BF%BF")]
    [InlineData("%EF%BF%BE")]
    [InlineData("NEAR(a%20b)")]
    [InlineData("search_text:abc")]
    [InlineData("^abc%20AND%20NOT%20x")]
    public async Task Search_takes_any_text(string search) => (await ListAsync(await Host.UserAsync(Role.Admin), $"search={search}")).Is(200);

    [Fact]
    public async Task Short_word_finds_what_begins_with_it()
    {
        var admin = await Host.UserAsync(Role.Admin);
        var user = await Host.RegisterAsync();
        var mark = (char)(0x4E00 + Random.Shared.Next(0x5000));
        await SetAsync(user, row => (row.LastName, row.FirstName) = ($"{mark}x", "Bo"));

        Assert.Equal([user.Id], (await ListAsync(admin, $"search={mark}")).Ids);
        Assert.Equal([user.Id], (await ListAsync(admin, $"search={mark}X%20bo")).Ids);
        Assert.Empty((await ListAsync(admin, $"search={mark}y")).Ids);
        Assert.Empty((await ListAsync(admin, $"search={mark}%20zz")).Ids);
        await SetAsync(user, row => row.LastName = $"x{mark}");
        Assert.Empty((await ListAsync(admin, $"search={mark}")).Ids);
        var letters = user.Email[..2];
        Assert.Contains(user.Email, (await ListAsync(admin, $"search={letters}%20{mark}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Administrator_changes_name_and_number_and_nothing_else_whatever_the_body_holds()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        (await user.Api.PutAsync($"{Users}/me", new { first_name = "Ada", last_name = "Lovelace", bio = "Analyst", phone = "+442079460000" })).Is(200);
        await SetAsync(user, row => row.PhoneNumberConfirmed = true);
        var before = await RowAsync(user);

        var answer = (await admin.Api.PutAsync($"{Users}/{user.Id}", new
        {
            first_name = "Grace",
            last_name = "Hopper",
            phone = "+12025550143",
            role = "admin",
            status = "suspended",
            email = "x@example.test",
            email_verified = true,
            phone_verified = true,
            mfa_enabled = true,
            password = "x",
            id = Guid.Empty,
            bio = "x",
            version = 99,
        })).Is(200);

        Assert.Equal(("Grace", "Hopper", "+12025550143"), (answer.Field("first_name"), answer.Field("last_name"), answer.Field("phone")));
        Assert.False(answer.Data.GetProperty("phone_verified").GetBoolean());
        var after = await RowAsync(user);
        Assert.Equal(
            (before.Role, before.Status, before.Email, before.EmailConfirmed, before.TwoFactorEnabled, before.PasswordHash, before.Bio, before.Version + 1),
            (after.Role, after.Status, after.Email, after.EmailConfirmed, after.TwoFactorEnabled, after.PasswordHash, after.Bio, after.Version));
        var entry = await AuditedAsync(answer, "users.update");
        Assert.Equal((admin.Id, user.Id.ToString()), (entry.ActorUserId, entry.ResourceId));
        Assert.DoesNotContain("search_text", entry.Changes, StringComparison.Ordinal);
        Assert.Equal([user.Id], (await ListAsync(admin, $"search=hopper%20{user.Email}")).Ids);
        (await user.Api.GetAsync($"{Users}/me")).Is(200);
    }

    [Fact]
    public async Task Change_honours_the_version_and_names_all_faults()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.RegisterAsync());
        var tag = (await admin.Api.GetAsync($"{Users}/{user.Id}")).Header("ETag")!;
        (await admin.Api.PutAsync($"{Users}/{user.Id}", Name, ("If-Match", tag))).Is(200);

        foreach (var (path, body) in new[] { ("", Name), ("/status", """{"status":"suspended"}"""), ("/role", """{"role":"support"}""") })
            await LeftNothingAsync((await admin.Api.PutAsync($"{Users}/{user.Id}{path}", body, ("If-Match", tag))).Is(412, "PRECONDITION_FAILED"));
        await LeftNothingAsync((await admin.Api.DeleteAsync($"{Users}/{user.Id}/sessions", ("If-Match", tag))).Is(412));

        var faults = (await admin.Api.PutAsync($"{Users}/{user.Id}", new { first_name = "", last_name = new string('x', 101), phone = "12" })).Is(422, "VALIDATION_FAILED");
        Assert.Equal(["first_name", "last_name", "phone"], faults.Fields);
        Assert.Equal(["status"], (await admin.Api.PutAsync($"{Users}/{user.Id}/status", new { status = "anonymized" })).Is(422).Fields);
        Assert.Equal(["status"], (await admin.Api.PutAsync($"{Users}/{user.Id}/status", "{}")).Is(422).Fields);
        Assert.Equal(["role"], (await admin.Api.PutAsync($"{Users}/{user.Id}/role", new { role = "Admin" })).Is(422).Fields);
        Assert.Equal(("Grace", UserStatus.Active, Role.User), await RowAsync(user) is var row ? (row.FirstName, row.Status, row.Role) : default);
    }

    [Fact]
    [Trait("Promise", "S2")]
    public async Task Suspension_ends_all_sessions_at_once_and_can_be_lifted_and_the_person_is_told()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var other = await Host.LogInAsync(user);

        var answer = (await admin.Api.PutAsync($"{Users}/{user.Id}/status", new { status = "suspended", role = "admin" })).Is(200);

        Assert.Equal(("suspended", "user"), (answer.Field("status"), answer.Field("role")));
        foreach (var session in new[] { user, other })
        {
            (await session.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
            (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = session.RefreshToken })).Is(401, "UNAUTHORIZED");
        }

        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(401, "UNAUTHORIZED");
        var entries = await AuditAsync(answer);
        Assert.Equal("""{"status":{"old":"active","new":"suspended"}}""", Assert.Single(entries, entry => entry.Action == "users.set_status").Changes);
        Assert.Equal(2, entries.Count(entry => entry.Action == "oauth.session_ended"));
        Assert.Equal("users.user-suspended.v1", Assert.Single(await OutboxAsync(answer)).Event);
        await MailAsync(user.Email, "Your account is suspended");

        await LeftNothingAsync((await admin.Api.PutAsync($"{Users}/{user.Id}/status", new { status = "suspended" })).Is(200));
        var lifted = (await admin.Api.PutAsync($"{Users}/{user.Id}/status", new { status = "active" })).Is(200);

        await AuditedAsync(lifted, "users.set_status");
        Assert.Equal("users.user-reinstated.v1", Assert.Single(await OutboxAsync(lifted)).Event);
        await MailAsync(user.Email, "Your account works again");
        await LeftNothingAsync((await admin.Api.PutAsync($"{Users}/{user.Id}/status", new { status = "active" })).Is(200));
        (await user.Api.GetAsync($"{Users}/me")).Is(401);
        await Host.LogInAsync(user);
        await MailAsync(user.Email, "Your account is suspended");
    }

    [Fact]
    [Trait("Promise", "S3")]
    public async Task New_role_holds_at_once_and_the_session_goes_on_with_it()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync(Role.Support));
        (await user.Api.GetAsync(Users)).Is(200);

        var answer = (await admin.Api.PutAsync($"{Users}/{user.Id}/role", new { role = "moderator", status = "suspended" })).Is(200);

        Assert.Equal(("moderator", "active"), (answer.Field("role"), answer.Field("status")));
        (await user.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
        // At once, in the same second and with the same session.
        var refreshed = (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(200);
        var renewed = Host.Main.As(refreshed.Field("access_token")!);
        Assert.Equal("moderator", (await renewed.GetAsync($"{Users}/me")).Is(200).Field("role"));
        (await renewed.GetAsync("/api/v1/reviews/moderation")).Is(200);
        (await renewed.GetAsync(Users)).Is(403);
        var entry = await AuditedAsync(answer, "users.set_role");
        Assert.Equal("""{"role":{"old":"support","new":"moderator"}}""", entry.Changes);
        Assert.Equal("users.role-changed.v1", Assert.Single(await OutboxAsync(answer)).Event);
        Assert.Contains("moderator", (await MailAsync(user.Email, "You have another role")).Text, StringComparison.Ordinal);

        await LeftNothingAsync((await admin.Api.PutAsync($"{Users}/{user.Id}/role", new { role = "moderator" })).Is(200));
        (await renewed.GetAsync($"{Users}/me")).Is(200);
    }

    [Fact]
    [Trait("Promise", "S3")]
    public async Task Token_that_was_being_issued_with_the_earlier_role_is_refused_as_well()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync(Role.Support));
        var answer = (await admin.Api.PutAsync($"{Users}/{user.Id}/role", new { role = "user" })).Is(200);
        Assert.Equal("user", answer.Field("role"));
        // As a refresh would that has read the role before, and issues its token after.
        await Host.WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.Id == user.Id).ExecuteUpdateAsync(row => row.SetProperty(one => one.Role, Role.Support)));

        var late = (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(200);

        (await Host.Main.As(late.Field("access_token")!).GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Forced_sign_out_ends_all_sessions_and_nothing_else()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var other = await Host.LogInAsync(user);

        var answer = (await admin.Api.DeleteAsync($"{Users}/{user.Id}/sessions")).Is(200);

        foreach (var session in new[] { user, other })
        {
            (await session.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
            (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = session.RefreshToken })).Is(401, "UNAUTHORIZED");
        }

        var entries = await AuditAsync(answer);
        Assert.Equal(user.Id.ToString(), Assert.Single(entries, entry => entry.Action == "users.sign_out").ResourceId);
        Assert.Equal(2, entries.Count(entry => entry.Action == "oauth.session_ended"));
        await Host.LogInAsync(user);
    }

    [Fact]
    [Trait("Promise", "S2")]
    public async Task Forced_reset_voids_the_password_and_the_mail_leads_to_a_new_one()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = user.Email })).Is(202);
        var earlier = TokenIn((await MailAsync(user.Email, "Set a new password")).Text);

        var answer = (await admin.Api.PostAsync($"{Users}/{user.Id}/password/reset")).Is(202);

        (await user.Api.GetAsync($"{Users}/me")).Is(401, "UNAUTHORIZED");
        (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = user.RefreshToken })).Is(401);
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(401, "UNAUTHORIZED");
        (await Anonymous.PostAsync($"{Users}/password/reset", new { token = earlier, new_password = "different-Horse-8-staple" })).Is(422);
        Assert.Contains("\"password_hash\":{\"old\":\"***\",\"new\":null}", Assert.Single(await AuditAsync(answer), entry => entry.Action == "users.force_password_reset").Changes, StringComparison.Ordinal);
        Assert.Equal("users.password-reset-forced.v1", Assert.Single(await OutboxAsync(answer)).Event);
        var mail = await MailAsync(user.Email, "You need a new password");
        Assert.Contains("An administrator", mail.Text, StringComparison.Ordinal);

        (await Anonymous.PostAsync($"{Users}/password/reset", new { token = TokenIn(mail.Text), new_password = "different-Horse-8-staple" })).Is(200);
        (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = "different-Horse-8-staple" })).Is(200);

        await SetAsync(user, row => row.Status = UserStatus.Suspended);
        await LeftNothingAsync((await admin.Api.PostAsync($"{Users}/{user.Id}/password/reset")).Is(409, "CONFLICT"));
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PUT", "", Name)]
    [InlineData("PUT", "/status", """{"status":"active"}""")]
    [InlineData("PUT", "/role", """{"role":"admin"}""")]
    [InlineData("DELETE", "/sessions")]
    [InlineData("POST", "/password/reset")]
    public async Task Anonymised_account_is_404_and_stays_as_it_is(string method, string path, string? body = null)
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.RegisterAsync());
        await SetAsync(user, row => row.Status = UserStatus.Anonymized);
        var before = (await RowAsync(user)).Version;

        await LeftNothingAsync((await admin.Api.SendAsync(new HttpMethod(method), $"{Users}/{user.Id}{path}", body)).Is(404, "NOT_FOUND"));

        Assert.Equal(before, (await RowAsync(user)).Version);
    }

    [Fact]
    [Trait("Promise", "S10")]
    public async Task Export_is_CSV_that_no_spreadsheet_takes_for_formulas()
    {
        var (support, user, other) = (await Host.UserAsync(Role.Support), await Host.RegisterAsync(), await Host.RegisterAsync());
        var mark = $"e{Guid.CreateVersion7():N}";
        await SetAsync(user, row => (row.FirstName, row.LastName, row.PhoneNumber) = ("=HYPERLINK(\"x\";\"y\")", $"Zoë, {mark}", "+442079460000"));
        await SetAsync(other, row => (row.FirstName, row.LastName) = ("@SUM(1)\n", mark));

        var answer = (await support.Api.GetAsync($"{Users}/export?format=csv&search={mark}&sort=created_at")).Is(200);

        Assert.Equal("text/csv; charset=utf-8", answer.Header("Content-Type"));
        Assert.Matches("^attachment; filename=users-[0-9]{4}-[0-9]{2}-[0-9]{2}\\.csv$", answer.Header("Content-Disposition"));
        var lines = answer.Text.Split("\r\n");
        Assert.Equal("id,email,first_name,last_name,phone,role,status,email_verified,phone_verified,mfa_enabled,last_login_at,created_at,updated_at", lines[0]);
        Assert.StartsWith($"""{user.Id},{user.Email},"'=HYPERLINK(""x"";""y"")","Zoë, {mark}","'+442079460000",user,active,false,false,false,,""", lines[1], StringComparison.Ordinal);
        Assert.StartsWith($"{other.Id},{other.Email},\"'@SUM(1)\n\",{mark},,user,active,", lines[2], StringComparison.Ordinal);
        Assert.Equal(("", 4), (lines[3], lines.Length));
        Assert.Matches(Moment(), lines[1]);
        var entry = await AuditedAsync(answer, "users.export");
        Assert.Equal((support.Id, "user", null), (entry.ActorUserId, entry.Resource, entry.ResourceId));
        Assert.Equal(["format"], (await support.Api.GetAsync($"{Users}/export?format=xls")).Is(422, "VALIDATION_FAILED").Fields);
    }

    [Fact]
    public async Task Export_of_more_than_a_batch_has_each_once()
    {
        const int count = 1_203;
        var support = await Host.UserAsync(Role.Support);
        var mark = $"b{Guid.CreateVersion7():N}";
        var now = TimeProvider.System.GetUtcNow();
        await Host.WithDatabaseAsync(db =>
        {
            for (var number = 0; number < count; number++)
            {
                var email = $"{mark}-{number}@example.test";
                db.Add(new AppUser
                {
                    Id = Guid.CreateVersion7(now),
                    FirstName = "Ada",
                    LastName = "Lovelace",
                    Email = email,
                    UserName = email,
                    NormalizedEmail = email.ToUpperInvariant(),
                    NormalizedUserName = email.ToUpperInvariant(),
                    CreatedAt = now,
                    UpdatedAt = now,
                });
            }

            return db.SaveChangesAsync();
        });

        foreach (var sort in new[] { "-created_at", "last_name", "email", "last_login_at" })
        {
            var answer = (await support.Api.GetAsync($"{Users}/export?search={mark}&sort={sort}")).Is(200);
            var emails = answer.Text.Split("\r\n")[1..^1].Select(line => line.Split(',')[1]).ToArray();
            Assert.Equal(count, emails.Length);
            Assert.Distinct(emails);
        }
    }

    [Fact]
    public async Task Export_is_described_as_a_stream_with_errors_in_the_envelope()
    {
        var operation = (await Host.Main.Contract.OperationAsync("GET", $"{Users}/export"))!.Value;

        Assert.Equal("text/csv", Assert.Single(operation.GetProperty("responses").GetProperty("200").GetProperty("content").EnumerateObject()).Name);
        Assert.True(operation.GetProperty("responses").GetProperty("422").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.Contains(operation.GetProperty("parameters").EnumerateArray(), parameter => parameter.GetProperty("name").GetString() == "created_from");
    }

    protected static async Task<Answer> ListAsync(TestUser staff, string query) => (await staff.Api.GetAsync($"{Users}?{query}")).Is(200);

    private Task<AppUser> RowAsync(TestUser user) => Host.WithDatabaseAsync(db => db.Set<AppUser>().AsNoTracking().SingleAsync(row => row.Id == user.Id));

    private Task<int> SetAsync(TestUser user, Action<AppUser> change) => Host.WithDatabaseAsync(async db =>
    {
        change(await db.Set<AppUser>().SingleAsync(row => row.Id == user.Id));
        return await db.SaveChangesAsync();
    });

    [GeneratedRegex(@",,[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z,[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$")]
    private static partial Regex Moment();
}

public sealed class UserAdministrationTestsEmbedded(EmbeddedHost host) : UserAdministrationTests(host);

public sealed class UserAdministrationTestsServices(ServicesHost host) : UserAdministrationTests(host)
{
    [Theory]
    [InlineData("status", """{"status":"suspended"}""")]
    [InlineData("role", """{"role":"user"}""")]
    [Trait("Promise", "S3")]
    public async Task Change_is_known_to_another_instance_within_a_second(string what, string body)
    {
        await using var twin = Host.Start();
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync(Role.Support));
        (await twin.As(user.AccessToken).GetAsync($"{Users}/me")).Is(200);

        (await admin.Api.PutAsync($"{Users}/{user.Id}/{what}", body)).Is(200);

        await EventuallyAsync(async () => (await twin.As(user.AccessToken).GetAsync($"{Users}/me")).Status == 401, "the other instance refuses the token", seconds: 1.5);
    }
}
