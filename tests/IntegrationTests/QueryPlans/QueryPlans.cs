using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Application.Notifications;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Reviews;
using GoApi.Tests.Seeding;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.QueryPlans;

/// <summary>The plans of the statements that the real queries send, on a filled database: none reads a table from end to end.</summary>
public abstract partial class QueryPlans<TDatabase>(FilledDatabase<TDatabase> filled) where TDatabase : DatabaseFixture, new()
{
    protected static readonly PageRequest FirstPage = new(null, null, null);
    protected static readonly UserFilter AllUsers = new(null, null, null, null, null, null);

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
        await services.GetRequiredService<ReviewQueries>().ListAsync(new ReviewFilter(null, null, null, null, null), FirstPage with { Cursor = filled.SecondPage }, default)).Items));

    [Fact, Trait("Promise", "P2")]
    public Task Own_list() => PagesAsync((reviews, page) => reviews.ListOfAuthorAsync(filled.AuthorId, page, default));

    [Fact, Trait("Promise", "P2")]
    public Task Moderation_queue() => PagesAsync((reviews, page) => reviews.ListForModerationAsync(new ModerationFilter(null, null), page, default));

    [Fact, Trait("Promise", "P2")]
    public Task One_review() => AssertIndexedAsync(services => services.GetRequiredService<ReviewQueries>().FindAsync(filled.ReviewId, default));

    [Fact, Trait("Promise", "P2")]
    public Task Summary() => AssertIndexedAsync(
        services => services.GetRequiredService<ReviewQueries>().SummariseAsync(new ReviewSubject(ManyReviews.ResourceType, ManyReviews.ResourceId), default));

    [Fact, Trait("Promise", "P2")]
    public Task Whether_somebody_has_reviewed_it() => AssertIndexedAsync(
        services => services.GetRequiredService<IReviewRepository>().HasReviewedAsync(filled.AuthorId, ManyReviews.ResourceType, ManyReviews.ResourceId, default));

    [Fact, Trait("Promise", "P2")]
    public Task User_by_id() => AssertIndexedAsync(services => services.GetRequiredService<IUserQueries>().FindAsync(filled.AuthorId, default));

    [Fact, Trait("Promise", "P2")]
    public Task User_by_email() => AssertIndexedAsync(services => services.GetRequiredService<IUserAccounts>().EmailExistsAsync("author1@example.test", default));

    [Theory, Trait("Promise", "P2")]
    [InlineData(ManyUsers.RareName, "ix_users_search", "user_search VIRTUAL TABLE INDEX")]
    [InlineData("name1234 barbara", "ix_users_search", "user_search VIRTUAL TABLE INDEX")]
    [InlineData("lander qz@mail", "ix_users_search", "user_search VIRTUAL TABLE INDEX")]
    [InlineData("xy", "ix_users_search_text", "ix_users_search_text")]
    [InlineData("qz xy", "ux_users_email", "ux_users_email")]
    public async Task Users_by_words(string search, string onPostgreSql, string onSqlite)
    {
        var filter = AllUsers with { Search = search };
        foreach (var sort in new[] { "-created_at", "last_name" })
        {
            var plans = await AssertIndexedAsync(async services => Assert.NotEmpty(Value(await services.GetRequiredService<IUserQueries>().ListAsync(filter with { Sort = sort }, FirstPage, default)).Items));
            Assert.Contains(typeof(TDatabase) == typeof(PostgreSqlDatabase) ? onPostgreSql : onSqlite, plans[^1], StringComparison.Ordinal);
        }
    }

    [Theory, Trait("Promise", "P2")]
    [InlineData("created_at", "ix_users_created_at")]
    [InlineData("-created_at", "ix_users_created_at")]
    [InlineData("email", "ux_users_email")]
    [InlineData("-email", "ux_users_email")]
    [InlineData("last_name", "ix_users_search_text")]
    [InlineData("-last_name", "ix_users_search_text")]
    [InlineData("last_login_at", "ix_users_last_login_at")]
    [InlineData("-last_login_at", "ix_users_last_login_at")]
    public async Task Users_in_every_order_behind_the_first_page(string sort, string index)
    {
        string? cursor = null;
        await using (var scope = filled.NewScope())
            cursor = Value(await scope.ServiceProvider.GetRequiredService<IUserQueries>().ListAsync(AllUsers with { Sort = sort }, FirstPage, default)).NextCursor;

        var plans = await AssertIndexedAsync(async services =>
            Assert.Equal(20, Value(await services.GetRequiredService<IUserQueries>().ListAsync(AllUsers with { Sort = sort }, FirstPage with { Cursor = cursor }, default)).Items.Count));
        Assert.Contains(index, plans[^1], StringComparison.Ordinal);
        // An incremental sort looks at the ties of what an index has sorted.
        Assert.DoesNotContain("->  Sort", plans[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("USE TEMP B-TREE FOR ORDER BY", plans[^1], StringComparison.Ordinal);
    }

    [Theory, Trait("Promise", "P2")]
    [InlineData("support", null, null)]
    [InlineData("support", null, "last_name")]
    [InlineData(null, "suspended", null)]
    [InlineData(null, "suspended", "email")]
    [InlineData("support", "active", "-last_login_at")]
    public async Task Users_of_a_rare_role_or_status(string? role, string? status, string? sort)
    {
        var filter = AllUsers with { Role = role, Status = status, Sort = sort };
        Page<UserDto>? first = null;
        var plans = await AssertIndexedAsync(async services => first = Value(await services.GetRequiredService<IUserQueries>().ListAsync(filter, FirstPage, default)));
        Assert.True(plans[^1].Contains(role is null ? "ix_users_status" : "ix_users_role", StringComparison.Ordinal), plans[^1]);
        await AssertIndexedAsync(async services =>
            Assert.NotEmpty(Value(await services.GetRequiredService<IUserQueries>().ListAsync(filter, FirstPage with { Cursor = first!.NextCursor }, default)).Items));
    }

    [Fact, Trait("Promise", "P2")]
    public Task Users_of_an_hour() => AssertIndexedAsync(async services => Assert.NotEmpty(Value(await services.GetRequiredService<IUserQueries>().ListAsync(
        AllUsers with { CreatedFrom = DateTimeOffset.FromUnixTimeSeconds(1_740_050_000), CreatedTo = DateTimeOffset.FromUnixTimeSeconds(1_740_053_600) }, FirstPage, default)).Items));

    [Fact, Trait("Promise", "P2")]
    public Task Whether_an_administrator_may_leave() => AssertIndexedAsync(services => services.GetRequiredService<IAdministrators>().MayLeaveAsync(filled.AuthorId, default));

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
        await AssertIndexedAsync(async services => first = Value(await list(services.GetRequiredService<ReviewQueries>(), FirstPage)));
        Assert.NotNull(first!.NextCursor);
        await AssertIndexedAsync(async services => Assert.NotEmpty(Value(await list(services.GetRequiredService<ReviewQueries>(), FirstPage with { Cursor = first.NextCursor })).Items));
    }

    private async Task<IReadOnlyList<string>> AssertIndexedAsync(Func<IServiceProvider, Task> query)
    {
        await using var scope = filled.NewScope();
        await query(scope.ServiceProvider);
        var plans = await filled.ExplainAsync(scope.ServiceProvider);

        Assert.NotEmpty(plans);
        Assert.All(plans, plan => Assert.False(FilledDatabase<TDatabase>.IsScan(plan), plan));
        return plans;
    }

    protected FilledDatabase<TDatabase> Filled => filled;

    protected static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(error.Message) : value;
}

public sealed class QueryPlansOnPostgreSql(FilledDatabase<PostgreSqlDatabase> filled) : QueryPlans<PostgreSqlDatabase>(filled), IClassFixture<FilledDatabase<PostgreSqlDatabase>>
{
    // SQLite plans without the values, and may begin with what is common.
    [Fact, Trait("Promise", "P2")]
    public Task Audit_entries_by_the_rarer_of_two() => FoundAtOnceAsync(
        "a common action of a rare client", AuditLogFilter.None with { ClientId = ManyAuditEntries.RareClient, Action = "users.login7" }, "ix_audit_entries_client|ix_audit_entries_kind");

    // Of two columns: SQLite goes along the ids until the page is full.
    [Fact, Trait("Promise", "P2")]
    public Task Deliveries_that_failed() => AssertPagedAsync("failed", new DeliveryFilter("failed", null, null, null, null));

    [Fact, Trait("Promise", "P2")]
    public async Task Search_is_planned_with_its_own_words_however_often_common_ones_were_searched_for()
    {
        await using var scope = Filled.NewScope();
        var (users, db) = (scope.ServiceProvider.GetRequiredService<IUserQueries>(), scope.ServiceProvider.GetRequiredService<AppDbContext>());
        await db.Database.OpenConnectionAsync();

        // After five the driver prepares the statement, and after five more the server plans it for all words at once, where that is no worse than for these.
        for (var turn = 0; turn < 20; turn++) Assert.NotEmpty(Value(await users.ListAsync(AllUsers with { Search = "name" }, FirstPage, default)).Items);

        var plannedForAll = await db.Database.SqlQuery<long>($"SELECT generic_plans AS \"Value\" FROM pg_prepared_statements WHERE statement LIKE '%search_text LIKE%'").ToListAsync();
        Assert.NotEmpty(plannedForAll);
        Assert.All(plannedForAll, count => Assert.Equal(0, count));
    }
}

public sealed class QueryPlansOnSqlite(FilledDatabase<SqliteDatabase> filled) : QueryPlans<SqliteDatabase>(filled), IClassFixture<FilledDatabase<SqliteDatabase>>;
