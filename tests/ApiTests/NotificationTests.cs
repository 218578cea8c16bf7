using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Seeding;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.ApiTests;

public abstract class NotificationTests(GoApiHost host) : ApiTest(host)
{
    private const string Path = "/api/v1/notifications";

    private readonly string title = $"Maintenance {Guid.CreateVersion7():N}";

    [Fact]
    public async Task Message_comes_over_every_channel_and_the_ledger_says_so()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var phone = await GivePhoneAsync(user);

        var answer = (await SendAsync(admin, user, ["sms", "email", "in_app"])).Is(202);

        Assert.Equal(1, answer.Data.GetProperty("accepted").GetInt32());
        var batchId = BatchOf(answer);
        var entry = await AuditedAsync(answer, "notifications.send");
        Assert.Equal((admin.Id, "notification_batch", batchId.ToString()), (entry.ActorUserId, entry.Resource, entry.ResourceId));

        var one = await InboxAsync(user, title);
        Assert.Equal(("From two to three.", "notifications.message", "general", false), (Text(one, "content"), Text(one, "type"), Text(one, "category"), one.GetProperty("is_read").GetBoolean()));
        Assert.Equal(["in_app", "email", "sms"], one.GetProperty("channels").EnumerateArray().Select(channel => channel.GetString()!));

        var (mail, text) = (await MailboxAsync(user.Email, title), await MailboxAsync(phone));
        Assert.Equal(("email", title, "sms"), (Text(mail, "channel"), Text(mail, "subject"), Text(text, "channel")));
        Assert.Contains("From two to three.", Text(mail, "html"), StringComparison.Ordinal);
        Assert.Contains("From two to three.", Text(text, "text"), StringComparison.Ordinal);

        var ledger = await SettledAsync(admin, batchId, 3);
        Assert.Equal(("delivered", "sent", "sent"), (Status(ledger["in_app"]), Status(ledger["email"]), Status(ledger["sms"])));
        Assert.Equal((null, user.Email, phone), (Text(ledger["in_app"], "to"), Text(ledger["email"], "to"), Text(ledger["sms"], "to")));
        Assert.Empty(ledger["in_app"].GetProperty("attempts").EnumerateArray());
        var attempt = Assert.Single(ledger["email"].GetProperty("attempts").EnumerateArray());
        Assert.Equal((1, "sent"), (attempt.GetProperty("number").GetInt32(), Text(attempt, "outcome")));
        Assert.Equal(Text(ledger["email"], "provider_id"), Text(attempt, "provider_id"));
        Assert.Equal(JsonValueKind.Null, ledger["email"].GetProperty("next_attempt_at").ValueKind);

        var batch = (await admin.Api.GetAsync($"{Path}/batches/{batchId}")).Is(200);
        Assert.Equal(("expanded", 1, 1, 0), (batch.Field("status"), Number(batch, "accepted"), Number(batch, "expanded"), Number(batch, "skipped")));
        Assert.Equal((0, 3, 0, 0), Counts(batch));
        Assert.Contains(batchId, (await admin.Api.GetAsync($"{Path}/batches?limit=100")).Is(200).Ids);
    }

    [Fact]
    [Trait("Promise", "A1")]
    public async Task Ledger_is_filtered_and_of_reading_it_there_is_an_entry()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var batchId = BatchOf((await SendAsync(admin, user, ["in_app", "email"])).Is(202));
        var ledger = await SettledAsync(admin, batchId, 2);
        var (inApp, mail) = (ledger["in_app"].GetProperty("id").GetGuid(), ledger["email"].GetProperty("id").GetGuid());

        (string Query, Guid[] Found)[] filters =
        [
            ("status=sent", [mail]), ("status=delivered", [inApp]), ("status=dead", []), ("status=pending", []), ("status=queued", []), ("status=sending", []), ("status=failed", []),
            ("channel=email", [mail]), ("channel=sms", []), ($"user_id={user.Id}", [mail, inApp]), ($"user_id={admin.Id}", []), ("ambiguous=true", []), ("ambiguous=false", [mail, inApp]),
        ];
        foreach (var (query, found) in filters)
            Assert.Equal((query, string.Join(' ', found.Order())), (query, string.Join(' ', (await admin.Api.GetAsync($"{Path}/deliveries?batch_id={batchId}&{query}")).Is(200).Ids.Order())));

        var list = (await admin.Api.GetAsync($"{Path}/deliveries?limit=1")).Is(200);
        Assert.Equal(admin.Id, (await AuditedAsync(list, "notifications.list_deliveries")).ActorUserId);
        var read = (await admin.Api.GetAsync($"{Path}/deliveries/{mail}")).Is(200);
        Assert.Equal(mail.ToString(), (await AuditedAsync(read, "notifications.read_delivery")).ResourceId);
        Assert.Equal(["status"], (await admin.Api.GetAsync($"{Path}/deliveries?status=lost")).Is(422).Fields);
        Assert.Equal(["channel"], (await admin.Api.GetAsync($"{Path}/deliveries?channel=fax")).Is(422).Fields);
    }

    [Fact]
    public async Task Inbox_is_filtered_read_and_emptied()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var template = $"test.{Guid.CreateVersion7():N}";
        (await admin.Api.PutAsync($"{Path}/templates/{template}", new { subject = title, text = "Text" })).Is(200);
        var first = await NotifyAsync(user);
        (await admin.Api.PostAsync(Path, new { user_ids = new[] { user.Id }, channels = new[] { "in_app", "email" }, template })).Is(202);
        var second = (await InboxAsync(user, title)).GetProperty("id").GetGuid();

        await FindsAsync("", 2, second, first);
        await FindsAsync("unread=true", 2, second, first);
        await FindsAsync("unread=false", 2);
        await FindsAsync($"type={template}", 2, second);
        await FindsAsync("channel=email", 2, second);
        await FindsAsync("channel=in_app", 2, second, first);
        await FindsAsync("channel=sms", 2);
        Assert.Equal(["channel"], (await user.Api.GetAsync($"{Path}?channel=fax")).Is(422).Fields);

        var read = (await user.Api.PutAsync($"{Path}/{first}/read")).Is(200);
        Assert.True(read.Data.GetProperty("is_read").GetBoolean());
        await AuditedAsync(read, "notifications.read");
        Assert.Equal(read.Field("read_at"), (await user.Api.PutAsync($"{Path}/{first}/read")).Is(200).Field("read_at"));
        await FindsAsync("unread=true", 1, second);
        await FindsAsync("unread=false", 1, first);

        Assert.Equal(1, Number((await user.Api.PutAsync($"{Path}/read-all")).Is(200), "read"));
        await LeftNothingAsync((await user.Api.PutAsync($"{Path}/read-all")).Is(200));
        await FindsAsync("unread=true", 0);

        await AuditedAsync((await user.Api.DeleteAsync($"{Path}/{first}")).Is(200), "notifications.delete");
        (await user.Api.GetAsync($"{Path}/{first}")).Is(404, "NOT_FOUND");
        await FindsAsync("", 0, second);

        async Task FindsAsync(string query, int unread, params Guid[] found)
        {
            var inbox = (await user.Api.GetAsync($"{Path}?{query}")).Is(200);
            Assert.Equal((query, unread, string.Join(' ', found)), (query, inbox.Meta.GetProperty("unread").GetInt32(), string.Join(' ', inbox.Ids)));
        }
    }

    [Fact]
    public async Task Whole_role_is_gone_through_in_parts_and_each_gets_one()
    {
        await using var installation = await Host.InstallAsync();
        var admin = await installation.AdminAsync();
        await using (var scope = installation.Instance.Services.CreateAsyncScope())
        {
            var connection = scope.ServiceProvider.GetRequiredService<AppDbContext>().Database.GetDbConnection();
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await ManyUsers.FillAsync(connection, 1_100, isPostgreSql: Host.Settings["DB_HOST"].Length > 0, TestContext.Current.CancellationToken);
        }

        // Of 1,100 two are of the support, and two suspended.
        var answer = (await admin.PostAsync(Path, new { role = "user", channels = new[] { "in_app" }, title, content = "To all." })).Is(202);
        Assert.Equal(1_096, Number(answer, "accepted"));
        await EventuallyAsync(async () => (await admin.GetAsync($"{Path}/batches/{BatchOf(answer)}")).Is(200).Field("status") == "expanded", "everybody has been gone through");

        var batch = (await admin.GetAsync($"{Path}/batches/{BatchOf(answer)}")).Is(200);
        Assert.Equal((1_096, 0, (0, 1_096, 0, 0)), (Number(batch, "expanded"), Number(batch, "skipped"), Counts(batch)));
        await using var other = installation.Instance.Services.CreateAsyncScope();
        var inboxes = other.ServiceProvider.GetRequiredService<AppDbContext>().Set<Notification>();
        Assert.Equal((1_096, 1_096), (await inboxes.CountAsync(TestContext.Current.CancellationToken), await inboxes.Select(row => row.UserId).Distinct().CountAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task What_has_a_time_waits_for_it()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var at = TimeProvider.System.GetUtcNow().AddSeconds(2);

        var batchId = BatchOf((await admin.Api.PostAsync(Path, new { user_ids = new[] { user.Id }, channels = new[] { "in_app", "email" }, title, content = "Now.", send_at = at })).Is(202));

        var waiting = (await admin.Api.GetAsync($"{Path}/batches/{batchId}")).Is(200);
        Assert.Equal(("scheduled", (0, 0, 0, 0)), (waiting.Field("status"), Counts(waiting)));
        var came = await InboxAsync(user, title);
        Assert.True(came.GetProperty("created_at").GetDateTimeOffset() >= at);
        Assert.True((await MailAsync(user.Email, title)).CreatedAt >= at);
    }

    [Fact]
    public async Task What_is_cancelled_before_its_time_is_not_sent()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var at = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var batchId = BatchOf((await admin.Api.PostAsync(Path, new { user_ids = new[] { user.Id }, channels = new[] { "in_app", "email" }, title, content = "Never.", send_at = at })).Is(202));

        var cancelled = (await admin.Api.PostAsync($"{Path}/batches/{batchId}/cancel")).Is(200);

        Assert.Equal("cancelled", cancelled.Field("status"));
        await AuditedAsync(cancelled, "notifications.cancel_batch");
        (await admin.Api.PostAsync($"{Path}/batches/{batchId}/cancel")).Is(409, "CONFLICT");
        await EventuallyAsync(() => Host.WithDatabaseAsync(db => db.Set<OutboxMessage>().AnyAsync(row => row.Id == batchId && row.State == OutboxState.Done)), "its time has come");
        Assert.Empty((await user.Api.GetAsync(Path)).Is(200).Ids);
        Assert.Empty((await admin.Api.GetAsync($"{Path}/deliveries?batch_id={batchId}")).Is(200).Ids);
        Assert.Empty(await MailsAsync(user.Email, title));
    }

    [Fact]
    public async Task What_somebody_does_not_want_over_a_channel_is_not_sent_over_it()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var before = (await user.Api.GetAsync($"{Path}/preferences")).Is(200);
        Assert.Equal(15, Preferences(before).Count);
        Assert.All(Preferences(before).Values, Assert.True);

        var answer = (await PreferAsync(user, ("general", "email", false), ("orders", "sms", false))).Is(200);
        Assert.Equal(["notifications.set_preferences"], (await AuditAsync(answer)).Select(entry => entry.Action).Distinct());
        (await PreferAsync(user, ("orders", "sms", true), ("security", "email", true))).Is(200);
        var after = Preferences((await user.Api.GetAsync($"{Path}/preferences")).Is(200));
        Assert.Equal([("general", "email")], after.Where(one => !one.Value).Select(one => one.Key));
        Assert.True(after[("orders", "sms")]);

        var batchId = BatchOf((await SendAsync(admin, user, ["in_app", "email"])).Is(202));
        Assert.Equal(["in_app"], (await SettledAsync(admin, batchId, 1)).Keys);
        Assert.Equal(["in_app"], (await InboxAsync(user, title)).GetProperty("channels").EnumerateArray().Select(channel => channel.GetString()!));
        // To be had over no channel, the recipient is left out.
        var none = BatchOf((await SendAsync(admin, user, ["email", "sms"])).Is(202));
        await EventuallyAsync(async () => (await admin.Api.GetAsync($"{Path}/batches/{none}")).Is(200).Field("status") == "expanded", "the batch is done");
        var skipped = (await admin.Api.GetAsync($"{Path}/batches/{none}")).Is(200);
        Assert.Equal((1, 1, (0, 0, 0, 0)), (Number(skipped, "expanded"), Number(skipped, "skipped"), Counts(skipped)));
        Assert.Empty(await MailsAsync(user.Email, title));
    }

    [Theory]
    [InlineData("""{}""", "preferences")]
    [InlineData("""{"preferences":[{"category":"general","channel":"email","enabled":true},{"category":"security","channel":"email","enabled":false}]}""", "preferences[1].enabled")]
    [InlineData("""{"preferences":[null,{}]}""", "preferences[0]", "preferences[1].category", "preferences[1].channel", "preferences[1].enabled")]
    [InlineData("""{"preferences":[{"category":"Of course","channel":"fax","enabled":true}]}""", "preferences[0].category", "preferences[0].channel")]
    public async Task Preferences_name_every_field_at_fault(string body, params string[] fields)
    {
        var user = await Host.UserAsync();
        var answer = (await user.Api.PutAsync($"{Path}/preferences", body)).Is(422, "VALIDATION_FAILED");
        Assert.Equal(fields, answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Theory]
    [InlineData("""{}""", "channels", "content", "template", "title", "user_ids")]
    [InlineData("""{"user_ids":[],"channels":[],"title":" ","content":""}""", "channels", "content", "title", "user_ids")]
    [InlineData("""{"user_ids":["0197c1a0-0000-7000-8000-000000000000"],"role":"emperor","channels":["fax","in_app",null],"title":"T","content":"C","category":"A B"}""", "category", "channels[0]", "channels[2]", "role", "user_ids")]
    [InlineData("""{"role":"user","channels":["in_app"],"title":"T","content":"C","variables":{},"send_at":"2999-01-01T00:00:00Z"}""", "send_at", "variables")]
    [InlineData("""{"role":"user","channels":["in_app"],"template":"reviews.approved","variables":[1],"category":"orders"}""", "category", "variables")]
    [InlineData("""{"role":"user","channels":["in_app"],"template":"reviews.approved","title":"T"}""", "template")]
    [InlineData("""{"role":"user","channels":["in_app"],"template":"no.such.template"}""", "template")]
    public async Task Message_that_cannot_be_sent_names_every_field_at_fault(string body, params string[] fields)
    {
        var admin = await Host.UserAsync(Role.Admin);
        var answer = (await admin.Api.PostAsync(Path, body)).Is(422, "VALIDATION_FAILED");
        Assert.Equal(fields, answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Recipients_who_are_nobody_or_suspended_are_named_by_their_place()
    {
        var (admin, user, gone) = (await Host.UserAsync(Role.Admin), await Host.UserAsync(), await Host.RegisterAsync());
        (await admin.Api.PutAsync($"/api/v1/users/{gone.Id}/status", new { status = "suspended" })).Is(200);

        var answer = (await admin.Api.PostAsync(Path, new { user_ids = new[] { user.Id, Guid.CreateVersion7(), gone.Id }, channels = new[] { "in_app" }, title, content = "Text" })).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["user_ids[1]", "user_ids[2]"], answer.Fields);
        await LeftNothingAsync(answer);
        var tooMany = new { user_ids = Enumerable.Range(0, 1_001).Select(_ => Guid.CreateVersion7()), channels = new[] { "in_app" }, title, content = "Text" };
        Assert.Equal(["user_ids"], (await admin.Api.PostAsync(Path, tooMany)).Is(422).Fields);
    }

    [Fact]
    public async Task Template_is_rendered_for_each_recipient()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var template = $"test.{Guid.CreateVersion7():N}";
        (await admin.Api.PutAsync($"{Path}/templates/{template}", new { subject = $"{title} {{{{recipient.first_name}}}}", text = "Order {{number}} of {{recipient.last_name}}", category = "orders" })).Is(200);

        (await admin.Api.PostAsync(Path, new { user_ids = new[] { user.Id, user.Id }, channels = new[] { "in_app", "email" }, template, variables = new { number = 42 } })).Is(202);

        var one = await InboxAsync(user, $"{title} Ada");
        Assert.Equal(("Order 42 of Lovelace", template, "orders"), (Text(one, "content"), Text(one, "type"), Text(one, "category")));
        Assert.Contains("Order 42 of Lovelace", (await MailAsync(user.Email, $"{title} Ada")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_messages_go_to_any_address()
    {
        var admin = await Host.UserAsync(Role.Admin);
        var (email, phone) = ($"new-{Guid.CreateVersion7():N}@example.test", $"+4915{Random.Shared.NextInt64(100_000_000, 999_999_999)}");

        var mail = (await admin.Api.PostAsync($"{Path}/test-email", new { to = email, subject = title, body = "It works." })).Is(202);
        var text = (await admin.Api.PostAsync($"{Path}/test-sms", new { to = phone, body = $"{title} works." })).Is(202);

        Assert.Equal((email, title, "email"), (mail.Field("to"), mail.Field("subject"), mail.Field("channel")));
        Assert.Contains(mail.Field("status"), (string[])["pending", "queued", "sending", "sent"]);
        await AuditedAsync(mail, "notifications.test_email");
        await AuditedAsync(text, "notifications.test_sms");
        Assert.Contains("It works.", (await MailAsync(email, title)).Text, StringComparison.Ordinal);
        Assert.Equal($"{title} works.", (await MailAsync(phone, "")).Text);
        foreach (var id in new[] { mail.Id, text.Id })
            await EventuallyAsync(async () => (await admin.Api.GetAsync($"{Path}/deliveries/{id}")).Is(200).Field("status") == "sent", "it is sent");

        Assert.Equal(["body", "subject", "to"], (await admin.Api.PostAsync($"{Path}/test-email", new { to = "nobody", subject = "a\nb" })).Is(422).Fields);
        Assert.Equal(["body", "to"], (await admin.Api.PostAsync($"{Path}/test-sms", new { to = "12", body = new string('x', 1_601) })).Is(422).Fields);
    }

    [Fact]
    public async Task Same_key_makes_one_batch()
    {
        var (admin, user) = (await Host.UserAsync(Role.Admin), await Host.UserAsync());
        var key = ("Idempotency-Key", Guid.CreateVersion7().ToString());
        var message = new { user_ids = new[] { user.Id }, channels = new[] { "in_app" }, title, content = "Once." };

        var first = (await admin.Api.PostAsync(Path, message, key)).Is(202);
        var second = (await admin.Api.PostAsync(Path, message, key)).Is(202);

        Assert.Equal((BatchOf(first), "true"), (BatchOf(second), second.Header("Idempotency-Replayed")));
        await LeftNothingAsync(second);
        await InboxAsync(user, title);
        Assert.Single((await user.Api.GetAsync(Path)).Is(200).Ids);
    }

    [Fact]
    public async Task Machine_sends_and_has_no_inbox()
    {
        var (machine, reader, user) = (await Host.MachineAsync(Permission.NotificationsSend), await Host.MachineAsync(Scope.NotificationsSelf), await Host.UserAsync());

        var sent = (await machine.Api.PostAsync(Path, new { user_ids = new[] { user.Id }, channels = new[] { "in_app" }, title, content = "Text" })).Is(202);
        Assert.Equal((null, machine.ClientId), await AuditedAsync(sent, "notifications.send") is var entry ? (entry.ActorUserId, entry.ActorClientId) : default);
        await InboxAsync(user, title);

        foreach (var path in new[] { "", "/preferences" }) (await reader.Api.GetAsync(Path + path)).Is(403, "FORBIDDEN");
        (await reader.Api.PutAsync($"{Path}/read-all")).Is(403, "FORBIDDEN");
        (await reader.Api.PutAsync($"{Path}/preferences", new { preferences = Array.Empty<object>() })).Is(403, "FORBIDDEN");
    }

    private Task<Answer> SendAsync(TestUser admin, TestUser to, string[] channels) =>
        admin.Api.PostAsync(Path, new { user_ids = new[] { to.Id }, channels, title, content = "From two to three." });

    private static Task<Answer> PreferAsync(TestUser user, params (string Category, string Channel, bool Enabled)[] preferences) =>
        user.Api.PutAsync($"{Path}/preferences", new { preferences = preferences.Select(one => new { category = one.Category, channel = one.Channel, enabled = one.Enabled }) });

    private async Task<string> GivePhoneAsync(TestUser user)
    {
        var phone = $"+4915{Random.Shared.NextInt64(100_000_000, 999_999_999)}";
        await Host.WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.Id == user.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.PhoneNumber, phone).SetProperty(row => row.PhoneNumberConfirmed, true)));
        return phone;
    }

    // The newest hundred are shown, and other tests send too: it is looked for as it comes.
    private async Task<JsonElement> MailboxAsync(string to, string subject = "")
    {
        JsonElement found = default;
        await EventuallyAsync(
            async () => (found = (await Anonymous.GetAsync("/dev/mailbox.json")).Is(200).Data.EnumerateArray()
                .FirstOrDefault(one => Text(one, "to") == to && Text(one, "subject")!.Contains(subject, StringComparison.Ordinal))).ValueKind != JsonValueKind.Undefined,
            $"the mailbox shows what went to {to}");
        return found;
    }

    // By channel, once nothing of it is on its way.
    private static async Task<Dictionary<string, JsonElement>> SettledAsync(TestUser admin, Guid batchId, int count)
    {
        JsonElement[] found = [];
        await EventuallyAsync(
            async () => (found = [.. (await admin.Api.GetAsync($"{Path}/deliveries?batch_id={batchId}")).Is(200).Data.EnumerateArray()]).Length == count
                && found.All(one => Status(one) is not ("pending" or "queued" or "sending")),
            $"{count} deliveries are settled");
        return found.ToDictionary(one => Text(one, "channel")!);
    }

    private static Dictionary<(string, string), bool> Preferences(Answer answer) => answer.Data.GetProperty("preferences").EnumerateArray()
        .ToDictionary(one => (Text(one, "category")!, Text(one, "channel")!), one => one.GetProperty("enabled").GetBoolean());

    private static (int Pending, int Sent, int Failed, int Dead) Counts(Answer batch) =>
        batch.Data.GetProperty("deliveries") is var counts ? (Count(counts, "pending"), Count(counts, "sent"), Count(counts, "failed"), Count(counts, "dead")) : default;

    private static int Count(JsonElement counts, string name) => counts.GetProperty(name).GetInt32();

    private static Guid BatchOf(Answer answer) => answer.Data.GetProperty("batch_id").GetGuid();

    private static int Number(Answer answer, string field) => answer.Data.GetProperty(field).GetInt32();

    private static string? Status(JsonElement delivery) => Text(delivery, "status");

    private static string? Text(JsonElement item, string field) => item.GetProperty(field).GetString();
}

public sealed class NotificationTestsEmbedded(EmbeddedHost host) : NotificationTests(host);

public sealed class NotificationTestsServices(ServicesHost host) : NotificationTests(host);
