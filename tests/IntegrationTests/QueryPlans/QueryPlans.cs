using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Seeding;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.QueryPlans;

/// <summary>The plans of the statements that the real queries send, on a filled database: none reads a table from end to end.</summary>
public abstract class QueryPlans<TDatabase>(FilledDatabase<TDatabase> filled) where TDatabase : DatabaseFixture, new()
{
    private static readonly PageRequest FirstPage = new(null, null, null);

    [Theory, Trait("Promise", "P2")]
    [InlineData("created_at")]
    [InlineData("-created_at")]
    [InlineData("rating")]
    [InlineData("-rating")]
    public Task Public_list_of_one_resource(string sort) => PagesAsync(
        (reviews, page) => reviews.ListAsync(new ReviewFilter(ManyReviews.ResourceType, ManyReviews.ResourceId, null, null, sort), page, default));

    [Fact, Trait("Promise", "P2")]
    public Task Public_list_of_one_rating() => PagesAsync(
        (reviews, page) => reviews.ListAsync(new ReviewFilter(ManyReviews.ResourceType, ManyReviews.ResourceId, 4, null, null), page, default));

    [Fact, Trait("Promise", "P2")]
    public Task Public_list_of_one_author() => PagesAsync((reviews, page) => reviews.ListAsync(new ReviewFilter(null, null, null, filled.AuthorId, null), page, default));

    [Fact, Trait("Promise", "P2")]
    public Task Public_list_of_everything_behind_its_first_page() => AssertIndexedAsync(async services => Assert.NotEmpty(Value(
        await services.GetRequiredService<IReviewQueries>().ListAsync(new ReviewFilter(null, null, null, null, null), FirstPage with { Cursor = filled.SecondPage }, default)).Items));

    [Fact, Trait("Promise", "P2")]
    public Task Own_list() => PagesAsync((reviews, page) => reviews.ListOfAuthorAsync(filled.AuthorId, page, default));

    [Fact, Trait("Promise", "P2")]
    public Task Moderation_queue() => PagesAsync((reviews, page) => reviews.ListForModerationAsync(new ModerationFilter(null, null), page, default));

    [Fact, Trait("Promise", "P2")]
    public Task One_review() => AssertIndexedAsync(services => services.GetRequiredService<IReviewQueries>().FindAsync(filled.ReviewId, default));

    [Fact, Trait("Promise", "P2")]
    public Task Summary() => AssertIndexedAsync(
        services => services.GetRequiredService<IReviewQueries>().SummariseAsync(new ReviewSubject(ManyReviews.ResourceType, ManyReviews.ResourceId), default));

    [Fact, Trait("Promise", "P2")]
    public Task Whether_somebody_has_reviewed_it() => AssertIndexedAsync(
        services => services.GetRequiredService<IReviewRepository>().HasReviewedAsync(filled.AuthorId, ManyReviews.ResourceType, ManyReviews.ResourceId, default));

    [Fact, Trait("Promise", "P2")]
    public Task User_by_id() => AssertIndexedAsync(services => services.GetRequiredService<IUserQueries>().FindAsync(filled.AuthorId, default));

    [Fact, Trait("Promise", "P2")]
    public Task User_by_email() => AssertIndexedAsync(services => services.GetRequiredService<IUserAccounts>().EmailExistsAsync("author1@example.test", default));

    [Fact, Trait("Promise", "P2")]
    public async Task Own_activity()
    {
        Page<HistoryEntry>? first = null;
        await AssertIndexedAsync(async services => first = Value(await services.GetRequiredService<IAuditHistory>().ListAsync(filled.AuthorId, FirstPage, default)));
        Assert.NotNull(first!.NextCursor);
        await AssertIndexedAsync(async services =>
            Assert.NotEmpty(Value(await services.GetRequiredService<IAuditHistory>().ListAsync(filled.AuthorId, FirstPage with { Cursor = first.NextCursor }, default)).Items));
    }

    [Fact, Trait("Promise", "P2")]
    public Task Claim_of_the_relay() => AssertIndexedAsync(services => services.GetRequiredService<OutboxRelay>().RelayAsync(Lane.Mail, TimeSpan.FromSeconds(3), default));

    [Fact]
    public async Task A_scan_is_recognised()
    {
        await using var scope = filled.NewScope();
        await scope.ServiceProvider.GetRequiredService<AppDbContext>().Database.SqlQuery<long>($"SELECT count(*) AS \"Value\" FROM reviews WHERE content LIKE '%x%'").ToListAsync();

        Assert.Contains(await filled.ExplainAsync(scope.ServiceProvider), plan => FilledDatabase<TDatabase>.IsScan(plan));
    }

    private async Task PagesAsync(Func<IReviewQueries, PageRequest, Task<Result<Page<ReviewDto>>>> list)
    {
        Page<ReviewDto>? first = null;
        await AssertIndexedAsync(async services => first = Value(await list(services.GetRequiredService<IReviewQueries>(), FirstPage)));
        Assert.NotNull(first!.NextCursor);
        await AssertIndexedAsync(async services => Assert.NotEmpty(Value(await list(services.GetRequiredService<IReviewQueries>(), FirstPage with { Cursor = first.NextCursor })).Items));
    }

    private async Task AssertIndexedAsync(Func<IServiceProvider, Task> query)
    {
        await using var scope = filled.NewScope();
        await query(scope.ServiceProvider);
        var plans = await filled.ExplainAsync(scope.ServiceProvider);

        Assert.NotEmpty(plans);
        Assert.All(plans, plan => Assert.False(FilledDatabase<TDatabase>.IsScan(plan), plan));
    }

    private static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(error.Message) : value;
}

public sealed class QueryPlansOnPostgreSql(FilledDatabase<PostgreSqlDatabase> filled) : QueryPlans<PostgreSqlDatabase>(filled), IClassFixture<FilledDatabase<PostgreSqlDatabase>>;

public sealed class QueryPlansOnSqlite(FilledDatabase<SqliteDatabase> filled) : QueryPlans<SqliteDatabase>(filled), IClassFixture<FilledDatabase<SqliteDatabase>>;
