using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Identity;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "S2")]
public abstract partial class PhoneTests(GoApiHost host) : ApiTest(host)
{
    private const string Users = "/api/v1/users";

    [Fact]
    public async Task Number_is_verified_by_the_code_that_was_sent_to_it_and_the_owner_is_told()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());

        var asked = (await RequestAsync(user, $"{phone[..3]} {phone[3..7]}-{phone[7..]}")).Is(202);
        var sms = await SmsAsync(phone);
        Assert.Null((await user.Api.GetAsync($"{Users}/me")).Field("phone"));
        var answer = (await VerifyAsync(user, CodeIn(sms.Text))).Is(200);

        var me = (await user.Api.GetAsync($"{Users}/me")).Is(200);
        Assert.Equal((phone, true), (me.Field("phone"), me.Data.GetProperty("phone_verified").GetBoolean()));
        Assert.Equal(user.Id, (await AuditedAsync(asked, "users.phone_change_request")).ActorUserId);
        // The field is named, its value is the person's own (decision 0023).
        var changes = (await AuditedAsync(answer, "users.phone_verify")).Changes!;
        Assert.Contains("\"phone_number\"", changes, StringComparison.Ordinal);
        Assert.DoesNotContain(phone, changes, StringComparison.Ordinal);
        var message = Assert.Single(await OutboxAsync(asked));
        Assert.Equal("sms", message.Lane);
        Assert.DoesNotContain(CodeIn(sms.Text), message.Payload, StringComparison.Ordinal);
        Assert.DoesNotContain(phone[1..], message.Payload, StringComparison.Ordinal);
        await MailAsync(user.Email, "Your phone number was changed");

        // Another spelling of it in the profile is the same number; none is none.
        (await user.Api.PatchAsync($"{Users}/me", new { phone = $"{phone[..3]} {phone[3..]}" })).Is(200);
        Assert.True((await user.Api.GetAsync($"{Users}/me")).Data.GetProperty("phone_verified").GetBoolean());
        (await user.Api.PatchAsync($"{Users}/me", new { phone = (string?)null })).Is(200);
        Assert.False((await user.Api.GetAsync($"{Users}/me")).Data.GetProperty("phone_verified").GetBoolean());
    }

    [Fact]
    public async Task Mailbox_shows_it_as_a_text_message()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());
        (await RequestAsync(user, phone)).Is(202);

        // It shows the newest hundred, and other tests send too: it is looked for as it comes.
        JsonElement[] shown = [];
        var page = "";
        await EventuallyAsync(
            async () =>
            {
                shown = [.. (await Anonymous.GetAsync("/dev/mailbox.json")).Is(200).Data.EnumerateArray().Where(one => one.GetProperty("to").GetString() == phone)];
                page = (await Anonymous.GetAsync("/dev/mailbox")).Is(200).Text;
                return shown.Length == 1 && page.Contains(phone, StringComparison.Ordinal);
            },
            "the mailbox shows it");

        Assert.Equal("sms", shown[0].GetProperty("channel").GetString());
        Assert.Equal(JsonValueKind.Null, shown[0].GetProperty("html").ValueKind);
        Assert.Contains($"<strong>{shown[0].GetProperty("text").GetString()}</strong>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_works_once_also_for_ten_at_once()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());
        (await RequestAsync(user, phone)).Is(202);
        var code = CodeIn((await SmsAsync(phone)).Text);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => VerifyAsync(user, code)));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409, 422 }));
        (await VerifyAsync(user, code)).Is(422, "VALIDATION_FAILED");
        // Nor by a process whose clock is behind.
        await SetAsync(user, row => row.ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(1));
        (await VerifyAsync(user, code)).Is(422, "VALIDATION_FAILED");
    }

    [Fact]
    public async Task Five_wrong_codes_end_it_however_many_are_tried_at_once()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());
        (await RequestAsync(user, phone)).Is(202);
        var code = CodeIn((await SmsAsync(phone)).Text);
        var wrong = Enumerable.Range(1, 8).Select(step => ((int.Parse(code, CultureInfo.InvariantCulture) + step) % 1_000_000).ToString("D6", CultureInfo.InvariantCulture));

        var answers = await Task.WhenAll(wrong.Select(guess => VerifyAsync(user, guess)));

        Assert.All(answers, answer => Assert.Equal(["code"], answer.Is(422, "VALIDATION_FAILED").Fields));
        var entry = await AuditedAsync(answers[0], "users.phone_verify", AuditStatus.Failure);
        Assert.Equal(user.Id, entry.ActorUserId);
        Assert.Equal(5, await Host.WithDatabaseAsync(db => db.Set<UserPhoneChange>().Where(row => row.UserId == user.Id).Select(row => row.Attempts).SingleAsync()));
        (await VerifyAsync(user, code)).Is(422, "VALIDATION_FAILED");
        Assert.Null((await user.Api.GetAsync($"{Users}/me")).Field("phone"));
    }

    [Fact]
    public async Task Four_wrong_codes_leave_the_right_one_good()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());
        (await RequestAsync(user, phone)).Is(202);
        var code = CodeIn((await SmsAsync(phone)).Text);
        for (var guess = 0; guess < 4; guess++) (await VerifyAsync(user, code == "000000" ? "000001" : "000000")).Is(422);

        (await VerifyAsync(user, $"{code[..3]} {code[3..]}")).Is(200);
    }

    [Fact]
    public async Task Code_of_somebody_else_or_too_old_or_of_an_earlier_request_is_refused()
    {
        var (user, other) = (await Host.UserAsync(), await Host.UserAsync());
        var (phone, second) = (NewPhone(), NewPhone());
        (await RequestAsync(user, phone)).Is(202);
        var code = CodeIn((await SmsAsync(phone)).Text);

        (await VerifyAsync(other, code)).Is(422, "VALIDATION_FAILED");

        await SetAsync(user, row => row.Sent = []);
        (await RequestAsync(user, second)).Is(202);
        var next = CodeIn((await SmsAsync(second)).Text);
        if (code != next) (await VerifyAsync(user, code)).Is(422, "VALIDATION_FAILED");
        await SetAsync(user, row => row.ExpiresAt = TimeProvider.System.GetUtcNow());
        (await VerifyAsync(user, next)).Is(422, "VALIDATION_FAILED");
        Assert.Null((await user.Api.GetAsync($"{Users}/me")).Field("phone"));
    }

    [Fact]
    public async Task One_message_a_minute_and_five_an_hour_are_sent_and_no_more()
    {
        var user = await Host.UserAsync();
        (await RequestAsync(user, NewPhone())).Is(202);

        var soon = (await RequestAsync(user, NewPhone())).Is(429, "RATE_LIMIT_EXCEEDED");

        Assert.InRange(int.Parse(soon.Header("Retry-After")!, CultureInfo.InvariantCulture), 50, 60);
        await LeftNothingAsync(soon);
        var now = TimeProvider.System.GetUtcNow();
        await SetAsync(user, row => row.Sent = [.. new[] { 50, 40, 30, 20, 10 }.Select(minutes => now.AddMinutes(-minutes).ToUnixTimeMilliseconds())]);
        var many = (await RequestAsync(user, NewPhone())).Is(429, "RATE_LIMIT_EXCEEDED");
        Assert.InRange(int.Parse(many.Header("Retry-After")!, CultureInfo.InvariantCulture), 590, 600);
        await SetAsync(user, row => row.Sent = [.. new[] { 61, 40, 30, 20, 10 }.Select(minutes => now.AddMinutes(-minutes).ToUnixTimeMilliseconds())]);
        (await RequestAsync(user, NewPhone())).Is(202);
    }

    [Fact]
    public async Task Answered_request_still_counts()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());
        (await RequestAsync(user, phone)).Is(202);
        (await VerifyAsync(user, CodeIn((await SmsAsync(phone)).Text))).Is(200);

        (await RequestAsync(user, phone)).Is(429, "RATE_LIMIT_EXCEEDED");
    }

    [Fact]
    public async Task Of_ten_requests_at_once_one_message_is_sent()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RequestAsync(user, phone)));

        var sent = Assert.Single(answers, answer => answer.Status == 202);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 202, 409, 429 }));
        Assert.Single(await OutboxAsync(sent));
        await SmsAsync(phone);
        Assert.Single(await MessagesAsync(phone));
    }

    [Theory]
    // The area 555 is nobody's.
    [InlineData("+15551234567")]
    [InlineData("+12025550123")]
    public async Task Number_that_no_plan_knows_is_sent_to_all_the_same(string phone) => (await RequestAsync(await Host.UserAsync(), phone)).Is(202);

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("+1 555")]
    [InlineData("+999123456789")]
    // Premium rate.
    [InlineData("+19002341234")]
    [InlineData("+449098790000")]
    public async Task What_is_no_number_to_send_to_is_invalid(string phone)
    {
        var answer = (await RequestAsync(await Host.UserAsync(), phone)).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["phone"], answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Nothing_else_in_the_body_changes_anything()
    {
        var (user, phone) = (await Host.UserAsync(), NewPhone());

        (await user.Api.PostAsync($"{Users}/me/phone", new { phone, phone_verified = true, role = "admin", user_id = Guid.CreateVersion7() })).Is(202);
        (await user.Api.PostAsync($"{Users}/me/phone/verify", new { code = "x", phone = NewPhone(), phone_verified = true, role = "admin" })).Is(422);

        var me = (await user.Api.GetAsync($"{Users}/me")).Is(200);
        Assert.Equal((null, "user"), (me.Field("phone"), me.Field("role")));
        Assert.False(me.Data.GetProperty("phone_verified").GetBoolean());
    }

    private static Task<Answer> RequestAsync(TestUser user, string phone) => user.Api.PostAsync($"{Users}/me/phone", new { phone });

    private static Task<Answer> VerifyAsync(TestUser user, string code) => user.Api.PostAsync($"{Users}/me/phone/verify", new { code });

    private async Task<MailboxMessage> SmsAsync(string phone)
    {
        MailboxMessage[] found = [];
        await EventuallyAsync(async () => (found = await MessagesAsync(phone)).Length > 0, $"a message to {phone} arrived");
        return found[^1];
    }

    private Task<MailboxMessage[]> MessagesAsync(string phone) => Host.WithDatabaseAsync(db => db.Set<MailboxMessage>().AsNoTracking()
        .Where(sms => sms.To == phone && sms.Channel == "sms").OrderBy(sms => sms.Id).ToArrayAsync());

    private Task<int> SetAsync(TestUser user, Action<UserPhoneChange> change) => Host.WithDatabaseAsync(async db =>
    {
        change(await db.Set<UserPhoneChange>().SingleAsync(row => row.UserId == user.Id));
        return await db.SaveChangesAsync();
    });

    private static string CodeIn(string text) => Code().Match(text).Value;

    // Mobile numbers of the United Kingdom, each of its own.
    private static string NewPhone() => string.Create(CultureInfo.InvariantCulture, $"+44740{Random.Shared.Next(0, 10_000_000):D7}");

    [GeneratedRegex(@"^\d{6}\b")]
    private static partial Regex Code();
}

public sealed class PhoneTestsEmbedded(EmbeddedHost host) : PhoneTests(host);

public sealed class PhoneTestsServices(ServicesHost host) : PhoneTests(host);
