using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

public abstract class ReviewTests(GoApiHost host) : ApiTest(host)
{
    private const string Reviews = "/api/v1/reviews";

    [Fact]
    public async Task Submitted_review_is_pending_and_only_its_author_and_moderators_see_it()
    {
        var (author, other, moderator) = (await Host.UserAsync(), await Host.UserAsync(), await ModeratorAsync());
        var resource = NewResource();

        var answer = (await author.Api.PostAsync(Reviews, new { resource_type = " product ", resource_id = resource, rating = 5, title = " Good ", content = " Fine. ", status = "approved", user_id = other.Id })).Is(201);

        Assert.Equal($"{Reviews}/{answer.Id}", answer.Header("Location"));
        Assert.Equal(("pending", "product", "Good", "Fine.", "Ada Lovelace"), (answer.Field("status"), answer.Field("resource_type"), answer.Field("title"), answer.Field("content"), answer.Field("author_name")));
        Assert.Equal(author.Id, answer.Data.GetProperty("user_id").GetGuid());
        Assert.Equal(7, answer.Id.Version);
        var entry = await AuditedAsync(answer, "reviews.submit");
        Assert.Equal(("review", answer.Id.ToString(), author.Id), (entry.Resource, entry.ResourceId, entry.ActorUserId));
        var path = answer.Header("Location")!;
        (await author.Api.GetAsync(path)).Is(200);
        (await moderator.Api.GetAsync(path)).Is(200);
        (await other.Api.GetAsync(path)).Is(404, "NOT_FOUND");
        (await Anonymous.GetAsync(path)).Is(404, "NOT_FOUND");
        Assert.Empty((await Anonymous.GetAsync($"{Reviews}?resource_id={resource}")).Is(200).Ids);
        Assert.Equal([answer.Id], (await author.Api.GetAsync($"{Reviews}/mine")).Is(200).Ids);
        Assert.Empty((await other.Api.GetAsync($"{Reviews}/mine")).Is(200).Ids);
    }

    [Theory]
    [InlineData("""{}""", "content,rating,resource_id,resource_type")]
    [InlineData("""{"resource_type":"","resource_id":" ","rating":0,"content":"\n"}""", "content,rating,resource_id,resource_type")]
    [InlineData("""{"resource_type":"p","resource_id":"1","rating":6,"content":"x"}""", "rating")]
    [InlineData("""{"resource_type":"p","resource_id":"1","rating":-1,"content":"x","title":null}""", "rating")]
    public async Task Invalid_review_is_422_with_every_field_and_nothing_is_saved(string body, string fields)
    {
        var author = await Host.UserAsync();

        var answer = (await author.Api.PostAsync(Reviews, body)).Is(422, "VALIDATION_FAILED");

        Assert.Equal(fields.Split(','), answer.Fields);
        await LeftNothingAsync(answer);
        Assert.Empty((await author.Api.GetAsync($"{Reviews}/mine")).Ids);
    }

    [Fact]
    public async Task Lengths_are_bounded()
    {
        var author = await Host.UserAsync();

        var answer = await author.Api.PostAsync(Reviews, new { resource_type = new string('t', 65), resource_id = new string('i', 129), rating = 3, title = new string('t', 201), content = new string('c', 5_001) });

        answer.Is(422);
        Assert.Equal(["content", "resource_id", "resource_type", "title"], answer.Fields);
        (await author.Api.PostAsync(Reviews, new { resource_type = new string('t', 64), resource_id = new string('i', 128), rating = 3, title = new string('t', 200), content = new string('c', 5_000) })).Is(201);
    }

    [Fact]
    public async Task Second_review_of_the_same_thing_is_a_conflict_and_nothing_is_saved()
    {
        var (author, resource) = (await Host.UserAsync(), NewResource());
        await SubmitAsync(author, resource);

        var answer = (await author.Api.PostAsync(Reviews, ReviewOf(resource))).Is(409, "CONFLICT");

        await LeftNothingAsync(answer);
        Assert.Single((await author.Api.GetAsync($"{Reviews}/mine")).Ids);
    }

    [Fact]
    public async Task One_of_ten_equal_reviews_at_once_is_made()
    {
        var (author, resource) = (await Host.UserAsync(), NewResource());

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => author.Api.PostAsync(Reviews, ReviewOf(resource))));

        Assert.Single(answers, answer => answer.Status == 201);
        foreach (var answer in answers.Where(answer => answer.Status != 201)) await LeftNothingAsync(answer.Is(409, "CONFLICT"));
        Assert.Single((await author.Api.GetAsync($"{Reviews}/mine")).Ids);
    }

    [Fact]
    public async Task Approved_review_is_public_and_its_author_gets_a_mail_and_a_message_in_the_inbox()
    {
        var (author, moderator, resource) = (await Host.UserAsync(), await ModeratorAsync(), NewResource());
        var review = await SubmitAsync(author, resource);

        var answer = (await moderator.Api.PutAsync($"{Reviews}/{review.Id}/moderate", new { status = "approved" })).Is(200);

        Assert.Equal("approved", answer.Field("status"));
        Assert.Equal(moderator.Id, answer.Data.GetProperty("moderated_by").GetGuid());
        Assert.Matches(Contract.Moment(), answer.Field("moderated_at"));
        Assert.NotEqual(review.Header("ETag"), answer.Header("ETag"));
        var entry = await AuditedAsync(answer, "reviews.moderate");
        Assert.Equal(moderator.Id, entry.ActorUserId);
        Assert.Contains("\"old\":\"pending\",\"new\":\"approved\"", entry.Changes, StringComparison.Ordinal);
        Assert.Equal(["reviews.tell-author", "reviews.tell-author-in-app"], (await OutboxAsync(answer)).Select(message => message.Consumer).Order(StringComparer.Ordinal));
        Assert.Equal([review.Id], (await Anonymous.GetAsync($"{Reviews}?resource_type=product&resource_id={resource}")).Is(200).Ids);
        (await Anonymous.GetAsync($"{Reviews}/{review.Id}")).Is(200);
        await MailAsync(author.Email, "published");
        Assert.Empty(await MailsAsync(moderator.Email, "published"));
        await EventuallyAsync(async () => (await author.Api.GetAsync("/api/v1/notifications?type=reviews.approved")).Is(200).Ids.Length == 1, "it is in the inbox");
    }

    [Fact]
    public async Task Deciding_again_the_same_way_is_a_conflict_without_event_or_entry_and_the_other_way_is_not()
    {
        var (author, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var review = await PublishAsync(author, moderator);

        var again = (await moderator.Api.PutAsync($"{Reviews}/{review.Id}/moderate", new { status = "approved" })).Is(409, "CONFLICT");
        await LeftNothingAsync(again);
        (await moderator.Api.PutAsync($"{Reviews}/{review.Id}/moderate", new { status = "rejected", reason = "Advertising" })).Is(200);
        (await moderator.Api.PutAsync($"{Reviews}/{review.Id}/moderate", new { status = "rejected", reason = "Advertising" })).Is(409);
        (await Anonymous.GetAsync($"{Reviews}/{review.Id}")).Is(404);
        (await moderator.Api.PutAsync($"{Reviews}/{review.Id}/moderate", new { status = "approved" })).Is(200);
    }

    [Theory]
    [InlineData("""{"status":"rejected"}""", "reason")]
    [InlineData("""{"status":"rejected","reason":"  "}""", "reason")]
    [InlineData("""{"status":"pending"}""", "status")]
    [InlineData("""{"status":"Approved"}""", "status")]
    [InlineData("""{}""", "status")]
    public async Task Undecided_decision_is_422_and_changes_nothing(string body, string field)
    {
        var (author, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var review = await SubmitAsync(author);

        var answer = (await moderator.Api.PutAsync($"{Reviews}/{review.Id}/moderate", body)).Is(422);

        Assert.Contains(field, answer.Fields);
        await LeftNothingAsync(answer);
        Assert.Equal("pending", (await author.Api.GetAsync($"{Reviews}/{review.Id}")).Field("status"));
    }

    [Fact]
    public async Task Reason_of_the_moderator_is_for_author_and_moderators_only()
    {
        var (author, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var review = await SubmitAsync(author);
        (await moderator.Api.PutAsync($"{Reviews}/{review.Id}/moderate", new { status = "rejected", reason = "Names a person" })).Is(200);

        Assert.Equal("Names a person", (await author.Api.GetAsync($"{Reviews}/{review.Id}")).Is(200).Field("moderation_reason"));
        Assert.Equal("Names a person", (await author.Api.GetAsync($"{Reviews}/mine")).Is(200).Data[0].GetProperty("moderation_reason").GetString());
        Assert.Equal("Names a person", (await moderator.Api.GetAsync($"{Reviews}/{review.Id}")).Is(200).Field("moderation_reason"));
        (await Anonymous.GetAsync($"{Reviews}/{review.Id}")).Is(404);
        await MailAsync(author.Email, "not accepted");

        // Approved with a reason left over: nobody else reads it.
        await Host.WithDatabaseAsync(db => db.Set<Review>().Where(row => row.Id == review.Id).ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, ReviewStatus.Approved)));
        Assert.Equal(JsonValueKind.Null, (await Anonymous.GetAsync($"{Reviews}/{review.Id}")).Is(200).Data.GetProperty("moderation_reason").ValueKind);
        Assert.Equal(JsonValueKind.Null, (await (await Host.UserAsync()).Api.GetAsync($"{Reviews}/{review.Id}")).Is(200).Data.GetProperty("moderation_reason").ValueKind);
    }

    [Fact]
    public async Task Edited_review_waits_for_a_moderator_again()
    {
        var (author, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var review = await PublishAsync(author, moderator);

        var answer = (await author.Api.PutAsync($"{Reviews}/{review.Id}", new { rating = 1, content = "Broken after a week." }, ("If-Match", review.Header("ETag")!))).Is(200);

        Assert.Equal(("pending", "Broken after a week."), (answer.Field("status"), answer.Field("content")));
        Assert.Equal(JsonValueKind.Null, answer.Data.GetProperty("title").ValueKind);
        Assert.Equal(JsonValueKind.Null, answer.Data.GetProperty("moderated_by").ValueKind);
        await AuditedAsync(answer, "reviews.edit");
        (await Anonymous.GetAsync($"{Reviews}/{review.Id}")).Is(404);
    }

    [Fact]
    public async Task Invalid_edit_changes_nothing()
    {
        var author = await Host.UserAsync();
        var review = await SubmitAsync(author);

        var answer = (await author.Api.PutAsync($"{Reviews}/{review.Id}", new { rating = 9, content = "" })).Is(422);

        Assert.Equal(["content", "rating"], answer.Fields);
        await LeftNothingAsync(answer);
        Assert.Equal(review.Header("ETag"), (await author.Api.GetAsync($"{Reviews}/{review.Id}")).Header("ETag"));
    }

    [Fact]
    public async Task Moderator_may_neither_edit_nor_delete_what_others_wrote()
    {
        var (author, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var review = await PublishAsync(author, moderator);

        await LeftNothingAsync((await moderator.Api.PutAsync($"{Reviews}/{review.Id}", new { rating = 1, content = "x" })).Is(404));
        await LeftNothingAsync((await moderator.Api.DeleteAsync($"{Reviews}/{review.Id}")).Is(404));
        (await Anonymous.GetAsync($"{Reviews}/{review.Id}")).Is(200);
    }

    [Fact]
    public async Task Deleted_review_is_gone_and_the_thing_can_be_reviewed_again()
    {
        var (author, moderator, resource) = (await Host.UserAsync(), await ModeratorAsync(), NewResource());
        var review = await PublishAsync(author, moderator, resource);
        await (await Host.UserAsync()).Api.PostAsync($"{Reviews}/{review.Id}/report", new { reason = "Wrong" });

        var answer = (await author.Api.DeleteAsync($"{Reviews}/{review.Id}")).Is(200);

        Assert.Equal(JsonValueKind.Null, answer.Data.ValueKind);
        Assert.Contains(await AuditAsync(answer), entry => entry.Action == "reviews.delete" && entry.ResourceId == review.Id.ToString());
        (await author.Api.GetAsync($"{Reviews}/{review.Id}")).Is(404);
        await LeftNothingAsync((await author.Api.DeleteAsync($"{Reviews}/{review.Id}")).Is(404));
        await SubmitAsync(author, resource);
    }

    [Fact]
    public async Task Report_is_counted_once_a_person_and_moderators_find_it()
    {
        var (author, reader, moderator) = (await Host.UserAsync(), await Host.UserAsync(), await ModeratorAsync());
        var review = await PublishAsync(author, moderator);

        var answer = (await reader.Api.PostAsync($"{Reviews}/{review.Id}/report", new { reason = "Advertising" })).Is(201);
        var again = (await reader.Api.PostAsync($"{Reviews}/{review.Id}/report", new { reason = "Advertising" })).Is(409, "CONFLICT");
        var own = (await author.Api.PostAsync($"{Reviews}/{review.Id}/report", new { reason = "Mine" })).Is(409, "CONFLICT");
        var empty = (await reader.Api.PostAsync($"{Reviews}/{review.Id}/report", new { reason = " " })).Is(422);

        Assert.NotEmpty(await AuditAsync(answer));
        await LeftNothingAsync(again);
        await LeftNothingAsync(own);
        await LeftNothingAsync(empty);
        Assert.Equal(1, (await moderator.Api.GetAsync($"{Reviews}/{review.Id}")).Data.GetProperty("report_count").GetInt32());
        Assert.Equal(JsonValueKind.Null, (await Anonymous.GetAsync($"{Reviews}/{review.Id}")).Data.GetProperty("report_count").ValueKind);
        Assert.Contains(review.Id, await AllIdsAsync(moderator.Api, $"{Reviews}/moderation?reported=true"));
    }

    [Fact]
    public async Task One_of_ten_equal_reports_at_once_counts()
    {
        var (author, reader, moderator) = (await Host.UserAsync(), await Host.UserAsync(), await ModeratorAsync());
        var review = await PublishAsync(author, moderator);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => reader.Api.PostAsync($"{Reviews}/{review.Id}/report", new { reason = "Advertising" })));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.Is(409));
        Assert.Equal(1, (await moderator.Api.GetAsync($"{Reviews}/{review.Id}")).Data.GetProperty("report_count").GetInt32());
    }

    [Fact]
    public async Task Queue_of_the_moderators_holds_what_is_pending_oldest_first()
    {
        var (author, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var (first, second, decided) = (await SubmitAsync(author), await SubmitAsync(author), await PublishAsync(author, moderator));

        var pending = await AllIdsAsync(moderator.Api, $"{Reviews}/moderation");

        Assert.True(pending.IndexOf(first.Id) >= 0 && pending.IndexOf(first.Id) < pending.IndexOf(second.Id));
        Assert.DoesNotContain(decided.Id, pending);
        Assert.Contains(decided.Id, await AllIdsAsync(moderator.Api, $"{Reviews}/moderation?status=approved"));
        Assert.Equal(["status"], (await moderator.Api.GetAsync($"{Reviews}/moderation?status=burnt")).Is(422).Fields);
        Assert.Equal(["reported"], (await moderator.Api.GetAsync($"{Reviews}/moderation?reported=perhaps")).Is(400).Fields);
    }

    [Fact]
    public async Task Bulk_decision_has_a_result_for_each()
    {
        var (author, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var (pending, approved, unknown) = (await SubmitAsync(author), await PublishAsync(author, moderator), Guid.CreateVersion7());

        var answer = (await moderator.Api.PostAsync($"{Reviews}/moderation/bulk", new { ids = new[] { pending.Id, approved.Id, unknown }, status = "approved" })).Is(200);

        var results = answer.Data.EnumerateArray().ToDictionary(result => result.GetProperty("id").GetGuid(), result => (result.GetProperty("success").GetBoolean(), result.GetProperty("code").GetString()));
        Assert.Equal((true, null), results[pending.Id]);
        Assert.Equal((false, "CONFLICT"), results[approved.Id]);
        Assert.Equal((false, "NOT_FOUND"), results[unknown]);
        Assert.Equal([pending.Id.ToString()], (await AuditAsync(answer)).Select(entry => entry.ResourceId));
        Assert.All(await OutboxAsync(answer), message => Assert.Contains(pending.Id.ToString(), message.Payload, StringComparison.Ordinal));
        (await Anonymous.GetAsync($"{Reviews}/{pending.Id}")).Is(200);
    }

    [Fact]
    public async Task Bulk_decision_on_nothing_or_too_much_is_422()
    {
        var moderator = await ModeratorAsync();

        Assert.Equal(["ids"], (await moderator.Api.PostAsync($"{Reviews}/moderation/bulk", new { ids = Array.Empty<Guid>(), status = "approved" })).Is(422).Fields);
        Assert.Equal(["ids"], (await moderator.Api.PostAsync($"{Reviews}/moderation/bulk", new { ids = Enumerable.Range(0, 101).Select(_ => Guid.CreateVersion7()), status = "approved" })).Is(422).Fields);
        Assert.Equal(["ids", "reason"], (await moderator.Api.PostAsync($"{Reviews}/moderation/bulk", new { status = "rejected" })).Is(422).Fields);
        Assert.Equal(["ids[1]"], (await moderator.Api.PostAsync($"{Reviews}/moderation/bulk", """{"ids":["0197a0c0-0000-7000-8000-000000000001","x"],"status":"approved"}""")).Is(400).Fields);
    }

    [Fact]
    public async Task What_changes_is_in_the_list_and_the_summary_here_at_once_and_on_another_instance_within_a_second()
    {
        await using var twin = Host.Start();
        var (author, moderator, resource) = (await Host.UserAsync(), await ModeratorAsync(), NewResource());
        await PublishAsync(await Host.UserAsync(), moderator, resource, rating: 4);
        foreach (var api in new[] { Anonymous, twin.Anonymous }) Assert.Equal((1, 1), await CountsAsync(api));

        var review = await PublishAsync(author, moderator, resource, rating: 5);
        Assert.Equal((2, 2), await CountsAsync(Anonymous));
        await EventuallyAsync(async () => await CountsAsync(twin.Anonymous) == (2, 2), "the other instance shows it", seconds: 1.5);

        (await author.Api.PutAsync("/api/v1/users/me", new { first_name = "Augusta", last_name = "King" })).Is(200);
        Assert.Contains("Augusta King", (await ListAsync(Anonymous)).Text, StringComparison.Ordinal);
        await EventuallyAsync(async () => (await ListAsync(twin.Anonymous)).Text.Contains("Augusta King", StringComparison.Ordinal), "the other instance shows the name", seconds: 1.5);

        (await author.Api.DeleteAsync($"{Reviews}/{review.Id}")).Is(200);
        Assert.Equal((1, 1), await CountsAsync(Anonymous));
        await EventuallyAsync(async () => await CountsAsync(twin.Anonymous) == (1, 1), "the other instance shows it no more", seconds: 1.5);

        Task<Answer> ListAsync(Caller api) => api.GetAsync($"{Reviews}?resource_type=product&resource_id={resource}");

        async Task<(int, int)> CountsAsync(Caller api) => (
            (await ListAsync(api)).Is(200).Data.GetArrayLength(),
            (await api.GetAsync($"{Reviews}/summary?resource_type=product&resource_id={resource}")).Is(200).Data.GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Summary_counts_the_approved_ones()
    {
        var (moderator, resource) = (await ModeratorAsync(), NewResource());
        foreach (var rating in (int[])[5, 4, 4]) await PublishAsync(await Host.UserAsync(), moderator, resource, rating);
        await SubmitAsync(await Host.UserAsync(), resource, rating: 1);

        var summary = (await Anonymous.GetAsync($"{Reviews}/summary?resource_type=product&resource_id={resource}")).Is(200).Data;
        var none = (await Anonymous.GetAsync($"{Reviews}/summary?resource_type=product&resource_id=none-{resource}")).Is(200).Data;

        Assert.Equal((3, 4.33m), (summary.GetProperty("count").GetInt32(), summary.GetProperty("average").GetDecimal()));
        Assert.Equal("""{"1":0,"2":0,"3":0,"4":2,"5":1}""", summary.GetProperty("histogram").ToString());
        Assert.Equal((0, JsonValueKind.Null), (none.GetProperty("count").GetInt32(), none.GetProperty("average").ValueKind));
        Assert.Equal(["resource_id", "resource_type"], (await Anonymous.GetAsync($"{Reviews}/summary")).Is(422).Fields);
    }

    [Fact]
    public async Task List_is_filtered_and_sorted()
    {
        var (moderator, resource) = (await ModeratorAsync(), NewResource());
        var (one, two, three) = (await Host.UserAsync(), await Host.UserAsync(), await Host.UserAsync());
        Guid[] ids =
        [
            (await PublishAsync(one, moderator, resource, rating: 3)).Id,
            (await PublishAsync(two, moderator, resource, rating: 5)).Id,
            (await PublishAsync(three, moderator, resource, rating: 3)).Id,
        ];
        var list = $"{Reviews}?resource_type=product&resource_id={resource}";

        Assert.Equal([ids[2], ids[1], ids[0]], (await Anonymous.GetAsync(list)).Is(200).Ids);
        Assert.Equal([ids[2], ids[1], ids[0]], (await Anonymous.GetAsync($"{list}&sort=-created_at")).Is(200).Ids);
        Assert.Equal(ids, (await Anonymous.GetAsync($"{list}&sort=created_at")).Is(200).Ids);
        Assert.Equal([ids[0], ids[2], ids[1]], (await Anonymous.GetAsync($"{list}&sort=rating")).Is(200).Ids);
        Assert.Equal([ids[1], ids[2], ids[0]], (await Anonymous.GetAsync($"{list}&sort=-rating")).Is(200).Ids);
        Assert.Equal([ids[2], ids[0]], (await Anonymous.GetAsync($"{list}&rating=3")).Is(200).Ids);
        Assert.Equal([ids[1]], (await Anonymous.GetAsync($"{list}&user_id={two.Id}")).Is(200).Ids);
        Assert.Empty((await Anonymous.GetAsync($"{Reviews}?resource_type=other&resource_id={resource}")).Is(200).Ids);
        Assert.Equal(["sort"], (await Anonymous.GetAsync($"{list}&sort=content")).Is(422).Fields);
        Assert.Equal(["rating", "sort"], (await Anonymous.GetAsync($"{list}&rating=9&sort=--rating")).Is(422).Fields);
        Assert.Equal(["user_id"], (await Anonymous.GetAsync($"{list}&user_id=me")).Is(400).Fields);
    }

    [Fact]
    public async Task Machine_writes_no_reviews()
    {
        var machine = await Host.MachineAsync(Scope.ReviewsWrite);

        foreach (var key in new[] { null, Guid.CreateVersion7().ToString() })
        {
            var denied = (await machine.Api.PostAsync(Reviews, ReviewOf(NewResource()), key is null ? [] : [("Idempotency-Key", key)])).Is(403, "FORBIDDEN");
            var entry = await AuditedAsync(denied, "reviews.submit", AuditStatus.Denied);
            Assert.Equal((machine.ClientId, "route", "FORBIDDEN", null), (entry.ActorClientId, entry.Resource, entry.Error, entry.Changes));
            Assert.Empty(await OutboxAsync(denied));
        }

        Assert.Empty((await machine.Api.GetAsync($"{Reviews}/mine")).Is(200).Ids);
    }

    private static async Task<List<Guid>> AllIdsAsync(Caller caller, string list)
    {
        List<Guid> ids = [];
        string? cursor = null;
        do
        {
            var page = (await caller.GetAsync($"{list}{(list.Contains('?') ? '&' : '?')}limit=100{(cursor is null ? "" : $"&cursor={cursor}")}")).Is(200);
            ids.AddRange(page.Ids);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return ids;
    }
}

public sealed class ReviewTestsEmbedded(EmbeddedHost host) : ReviewTests(host);

public sealed class ReviewTestsServices(ServicesHost host) : ReviewTests(host);
