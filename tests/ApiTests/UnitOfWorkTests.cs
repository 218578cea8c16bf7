using System.Data.Common;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Idempotency;
using GoApi.Infrastructure.Identity;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

public abstract class UnitOfWorkTests(GoApiHost host) : ApiTest(host)
{
    [Theory]
    [Trait("Promise", "N1")]
    [InlineData("outbox_messages")]
    [InlineData("audit_entries")]
    public async Task Registration_whose_message_or_entry_cannot_be_written_leaves_nothing(string table)
    {
        var email = $"never-{Guid.CreateVersion7():N}@example.test";
        var (requestId, normalized) = ($"planted-{Guid.CreateVersion7():N}", email.ToUpperInvariant());
        await RefuseAsync(table, requestId);

        var answer = await Anonymous.PostAsync("/api/v1/users/register", new { email, password = GoApiHost.Password, first_name = "Ada", last_name = "Lovelace" }, ("X-Request-ID", requestId));

        Assert.InRange(answer.Status, 500, 503);
        Assert.DoesNotContain("planted", answer.Json.GetProperty("errors").ToString(), StringComparison.Ordinal);
        await LeftNothingAsync(answer);
        Assert.Equal(0, await Host.WithDatabaseAsync(db => db.Set<AppUser>().CountAsync(user => user.NormalizedEmail == normalized)));
        Assert.Empty(await MailsAsync(email, ""));
    }

    [Theory]
    [Trait("Promise", "N1")]
    [InlineData("outbox_messages", false)]
    [InlineData("audit_entries", false)]
    [InlineData("audit_entries", true)]
    public async Task Decision_whose_message_or_entry_cannot_be_written_is_not_made(string table, bool bulk)
    {
        var (author, moderator) = (await Host.UserAsync(), await Host.UserAsync(Role.Moderator));
        var review = await SubmitAsync(author);
        var requestId = $"planted-{Guid.CreateVersion7():N}";
        await RefuseAsync(table, requestId);

        var answer = bulk
            ? await moderator.Api.PostAsync("/api/v1/reviews/moderation/bulk", new { ids = new[] { review.Id }, status = "approved" }, ("X-Request-ID", requestId))
            : await moderator.Api.PutAsync($"/api/v1/reviews/{review.Id}/moderate", new { status = "approved" }, ("X-Request-ID", requestId));

        Assert.InRange(answer.Status, 500, 503);
        await LeftNothingAsync(answer);
        var after = (await author.Api.GetAsync($"/api/v1/reviews/{review.Id}")).Is(200);
        Assert.Equal(("pending", review.Header("ETag")), (after.Field("status"), after.Header("ETag")));
    }

    [Fact]
    [Trait("Promise", "N1")]
    public async Task Failure_is_not_remembered_for_its_key_and_the_repetition_succeeds()
    {
        var (author, resource, key) = (await Host.UserAsync(), NewResource(), Guid.CreateVersion7().ToString());
        var requestId = $"planted-{Guid.CreateVersion7():N}";
        await RefuseAsync("audit_entries", requestId);

        var failed = await author.Api.PostAsync("/api/v1/reviews", ReviewOf(resource), ("Idempotency-Key", key), ("X-Request-ID", requestId));
        Assert.InRange(failed.Status, 500, 503);
        Assert.Empty((await author.Api.GetAsync("/api/v1/reviews/mine")).Ids);
        var repeated = (await author.Api.PostAsync("/api/v1/reviews", ReviewOf(resource), ("Idempotency-Key", key))).Is(201);

        Assert.Null(repeated.Header("Idempotency-Replayed"));
        await AuditedAsync(repeated, "reviews.submit");
    }

    [Fact]
    [Trait("Promise", "N1")]
    public async Task Change_that_succeeds_has_all_three()
    {
        var (author, moderator) = (await Host.UserAsync(), await Host.UserAsync(Role.Moderator));
        var review = await SubmitAsync(author);

        var answer = (await moderator.Api.PutAsync($"/api/v1/reviews/{review.Id}/moderate", new { status = "approved" })).Is(200);

        Assert.Equal(ReviewStatus.Approved, await Host.WithDatabaseAsync(db => db.Set<Review>().Where(row => row.Id == review.Id).Select(row => row.Status).SingleAsync()));
        var entry = Assert.Single(await AuditAsync(answer));
        Assert.Equal("reviews.moderate", entry.Action);
        Assert.Equal(["reviews.tell-author", "reviews.tell-author-in-app"], (await OutboxAsync(answer)).Select(message => message.Consumer).Order(StringComparer.Ordinal));
        Assert.Equal(0, await Host.WithDatabaseAsync(db => db.Set<IdempotencyRecord>().CountAsync(record => record.Location == answer.RequestId)));
    }

    [Theory]
    [Trait("Promise", "A2")]
    [InlineData("UPDATE audit_entries SET action = 'nothing.happened' WHERE sequence = {0}")]
    [InlineData("DELETE FROM audit_entries WHERE sequence = {0}")]
    [InlineData("UPDATE audit_entries SET status = 'success'")]
    [InlineData("DELETE FROM audit_entries")]
    [InlineData("TRUNCATE audit_entries")]
    [InlineData("TRUNCATE audit_entries CASCADE")]
    [InlineData("INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE sequence = {0}")]
    public async Task Database_itself_refuses_to_change_or_delete_an_entry(string sql)
    {
        var answer = await SubmitAsync(await Host.UserAsync());
        var entry = Assert.Single(await AuditAsync(answer));

        await Assert.ThrowsAnyAsync<DbException>(() => Host.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync(sql, entry.Sequence)));

        var after = Assert.Single(await AuditAsync(answer));
        Assert.Equivalent(entry, after);
    }

    // The database refuses one request's row, as a broken table or a full disk would: no other test is touched.
    private Task<int> RefuseAsync(string table, string requestId) => Host.WithDatabaseAsync(db =>
    {
        var name = $"refuse_{Guid.CreateVersion7():N}";
        var sql = db.Database.IsSqlite()
            ? $"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN NEW.request_id = '{requestId}' BEGIN SELECT RAISE(ABORT, 'planted'); END"
            : $"""
               CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
               CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.request_id = '{requestId}') EXECUTE FUNCTION {name}();
               """;
        return db.Database.ExecuteSqlRawAsync(sql);
    });
}

public sealed class UnitOfWorkTestsEmbedded(EmbeddedHost host) : UnitOfWorkTests(host);

public sealed class UnitOfWorkTestsServices(ServicesHost host) : UnitOfWorkTests(host);
