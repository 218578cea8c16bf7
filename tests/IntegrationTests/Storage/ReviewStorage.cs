using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

public abstract class ReviewStorage(DatabaseFixture database) : StorageTest(database)
{
    private static readonly PageRequest FirstPage = new(null, null, null);

    private readonly string resource = Guid.CreateVersion7().ToString();

    private ReviewFilter Filter => new("product", resource, null, null, null);

    [Fact]
    public async Task Saved_review_is_read_back_as_it_was_with_the_name_of_its_author()
    {
        var author = await AddUserAsync();
        var review = await AddReviewAsync(author, resource, rating: 4);

        var found = await WithAsync((IReviewQueries reviews) => reviews.FindAsync(review.Id, default));

        Assert.NotNull(found);
        Assert.Equal((review.Id, "product", resource, author, "Ada Lovelace", 4, "Fine"), (found.Id, found.ResourceType, found.ResourceId, found.UserId, found.AuthorName, found.Rating, found.Content));
        Assert.Equal((ReviewStatus.Approved, author, 1), (found.Status, found.ModeratedBy, found.Version));
        Assert.Equal(review.CreatedAt, found.CreatedAt, TimeSpan.FromMicroseconds(1));
    }

    [Fact]
    public async Task Repository_finds_ones_own_only_and_what_exists()
    {
        var (author, other) = (await AddUserAsync(), await AddUserAsync());
        var review = await AddReviewAsync(author, resource);

        await WithAsync(async (IReviewRepository reviews) =>
        {
            Assert.NotNull(await reviews.FindAsync(review.Id, default));
            Assert.NotNull(await reviews.FindOwnedAsync(review.Id, author, default));
            Assert.Null(await reviews.FindOwnedAsync(review.Id, other, default));
            Assert.Single(await reviews.FindManyAsync([review.Id, Guid.CreateVersion7()], default));
            Assert.True(await reviews.HasReviewedAsync(author, "product", resource, default));
            Assert.False(await reviews.HasReviewedAsync(other, "product", resource, default));
            return 0;
        });
    }

    [Fact]
    public async Task Second_review_of_the_same_thing_by_the_same_author_is_refused_by_the_database()
    {
        var author = await AddUserAsync();
        await AddReviewAsync(author, resource);
        await Assert.ThrowsAsync<UniqueViolationException>(() => AddReviewAsync(author, resource));
    }

    [Fact]
    public async Task Who_saves_second_loses_and_overwrites_nothing()
    {
        var author = await AddUserAsync();
        var review = await AddReviewAsync(author, resource);
        await using var first = NewScope();
        await using var second = NewScope();
        var mine = (await first.ServiceProvider.GetRequiredService<IReviewRepository>().FindAsync(review.Id, default))!;
        var theirs = (await second.ServiceProvider.GetRequiredService<IReviewRepository>().FindAsync(review.Id, default))!;
        mine.Edit(5, "mine", "mine", Now);
        theirs.Edit(1, "theirs", "theirs", Now);

        await first.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        await Assert.ThrowsAsync<ConcurrencyConflictException>(() => second.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default));

        var kept = await WithAsync((IReviewQueries reviews) => reviews.FindAsync(review.Id, default));
        Assert.Equal(("mine", 2), (kept!.Content, kept.Version));
    }

    [Fact]
    public async Task Load_of_another_version_than_the_expected_one_is_refused()
    {
        var review = await AddReviewAsync(await AddUserAsync(), resource);
        await using var scope = NewScope();
        scope.ServiceProvider.GetRequiredService<ExpectedVersion>().Require(review.Id, "7");
        await Assert.ThrowsAsync<PreconditionFailedException>(() => scope.ServiceProvider.GetRequiredService<IReviewRepository>().FindAsync(review.Id, default));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("created_at")]
    [InlineData("-created_at")]
    [InlineData("rating")]
    [InlineData("-rating")]
    public async Task Walk_by_cursor_gives_each_review_once_in_the_order_of_the_sort_while_others_are_added(string? sort)
    {
        var reviews = new List<Review>();
        for (var number = 0; number < 13; number++) reviews.Add(await AddReviewAsync(await AddUserAsync(), resource, rating: 1 + number % 3));

        List<ReviewDto> seen = [];
        var page = new PageRequest(null, 5, null);
        while (true)
        {
            var failed = (await WithAsync((IReviewQueries queries) => queries.ListAsync(Filter with { Sort = sort }, page, default))).Failed(out _, out var part);
            Assert.False(failed);
            seen.AddRange(part!.Items);
            if (part.NextCursor is null) break;
            page = new PageRequest(null, 5, part.NextCursor);
            await AddReviewAsync(await AddUserAsync(), resource, rating: 2);
        }

        Assert.Equal(seen.Count, seen.DistinctBy(review => review.Id).Count());
        Assert.Superset(reviews.Select(review => review.Id).ToHashSet(), seen.Select(review => review.Id).ToHashSet());
        var expected = sort switch
        {
            "rating" => seen.OrderBy(review => review.Rating).ThenBy(review => review.Id.ToString(), StringComparer.Ordinal),
            "-rating" => seen.OrderByDescending(review => review.Rating).ThenByDescending(review => review.Id.ToString(), StringComparer.Ordinal),
            "created_at" => seen.OrderBy(review => review.Id.ToString(), StringComparer.Ordinal),
            _ => seen.OrderByDescending(review => review.Id.ToString(), StringComparer.Ordinal),
        };
        Assert.Equal(expected.Select(review => review.Id), seen.Select(review => review.Id));
    }

    [Fact]
    public async Task Page_by_number_is_counted_and_a_cursor_of_another_list_is_refused()
    {
        for (var number = 0; number < 7; number++) await AddReviewAsync(await AddUserAsync(), resource);
        await AddReviewAsync(await AddUserAsync(), resource, status: ReviewStatus.Pending);

        await WithAsync(async (IReviewQueries queries) =>
        {
            Assert.False((await queries.ListAsync(Filter, new PageRequest(2, 3, null), default)).Failed(out _, out var page));
            Assert.Equal((3, 2, 7L), (page!.Items.Count, page.Number, page.Total));
            Assert.NotNull(page.NextCursor);

            Assert.True((await queries.ListAsync(Filter with { Sort = "rating" }, new PageRequest(null, 3, page.NextCursor), default)).Failed(out var otherOrder));
            Assert.True((await queries.ListAsync(Filter, new PageRequest(null, 3, page.NextCursor![..^2] + "AA"), default)).Failed(out var tampered));
            Assert.Equal(("BAD_REQUEST", "BAD_REQUEST"), (otherOrder.Code, tampered.Code));
            return 0;
        });
    }

    [Fact]
    public async Task Lists_show_what_is_theirs()
    {
        var author = await AddUserAsync();
        var pending = await AddReviewAsync(author, resource, status: ReviewStatus.Pending);
        var approved = await AddReviewAsync(await AddUserAsync(), resource);

        await WithAsync(async (IReviewQueries queries) =>
        {
            (await queries.ListAsync(Filter, FirstPage, default)).Failed(out _, out var published);
            Assert.Equal([approved.Id], published!.Items.Select(review => review.Id));
            (await queries.ListOfAuthorAsync(author, FirstPage, default)).Failed(out _, out var mine);
            Assert.Equal([pending.Id], mine!.Items.Select(review => review.Id));
            (await queries.ListForModerationAsync(new ModerationFilter("pending", null), new PageRequest(null, 100, null), default)).Failed(out _, out var queue);
            Assert.All(queue!.Items, review => Assert.Equal(ReviewStatus.Pending, review.Status));
            return 0;
        });
    }

    [Fact]
    public async Task Summary_counts_the_approved_ones_and_rounds_the_average()
    {
        foreach (var rating in new[] { 5, 4, 4 }) await AddReviewAsync(await AddUserAsync(), resource, rating);
        await AddReviewAsync(await AddUserAsync(), resource, 1, ReviewStatus.Rejected);

        var summary = await WithAsync((IReviewQueries reviews) => reviews.SummariseAsync(new ReviewSubject("product", resource), default));
        var none = await WithAsync((IReviewQueries reviews) => reviews.SummariseAsync(new ReviewSubject("product", "nobody's"), default));

        Assert.Equal((3, 4.33m), (summary.Count, summary.Average));
        Assert.Equal([0, 0, 0, 2, 1], summary.Histogram.Values);
        Assert.Equal((0, (decimal?)null), (none.Count, none.Average));
    }

    [Fact, Trait("Promise", "N1")]
    public async Task Change_its_messages_and_its_audit_entry_are_one_transaction()
    {
        var author = await AddUserAsync();
        var review = await AddReviewAsync(author, resource);
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var loaded = (await scope.ServiceProvider.GetRequiredService<IReviewRepository>().FindAsync(review.Id, default))!;
        loaded.Reject(author, "No", Now);
        // A row that the database refuses, at the end of the same save.
        db.Add(Review.Submit(author, "product", resource, 1, null, "again", Now));

        await Assert.ThrowsAsync<UniqueViolationException>(() => scope.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default));

        await WithAsync(async (AppDbContext fresh) =>
        {
            Assert.Equal(ReviewStatus.Approved, (await fresh.Set<Review>().SingleAsync(row => row.Id == review.Id)).Status);
            Assert.DoesNotContain(await fresh.Set<OutboxMessage>().Where(row => row.Event == "reviews.review-rejected.v1").ToListAsync(), row => row.Payload.Contains(review.Id.ToString(), StringComparison.Ordinal));
            Assert.Single(await fresh.Set<AuditEntry>().Where(row => row.ResourceId == review.Id.ToString()).ToListAsync());
            return 0;
        });
    }

    [Fact, Trait("Promise", "A2")]
    public async Task Audit_entries_can_be_neither_changed_nor_deleted_by_anybody()
    {
        await AddUserAsync();
        await WithAsync(async (AppDbContext db) =>
        {
            var before = await db.Set<AuditEntry>().CountAsync();
            Assert.NotEqual(0, before);
            await Assert.ThrowsAnyAsync<Exception>(() => db.Database.ExecuteSqlRawAsync("UPDATE audit_entries SET action = 'forged'"));
            await Assert.ThrowsAnyAsync<Exception>(() => db.Database.ExecuteSqlRawAsync("DELETE FROM audit_entries"));
            if (db.Database.IsNpgsql()) await Assert.ThrowsAnyAsync<Exception>(() => db.Database.ExecuteSqlRawAsync("TRUNCATE audit_entries"));
            Assert.Equal(before, await db.Set<AuditEntry>().CountAsync(row => row.Action != "forged"));
            return 0;
        });
    }
}

public sealed class ReviewStorageOnSqlite(SqliteDatabase database) : ReviewStorage(database), IClassFixture<SqliteDatabase>;

public sealed class ReviewStorageOnPostgreSql(PostgreSqlDatabase database) : ReviewStorage(database), IClassFixture<PostgreSqlDatabase>;
