using GoApi.Domain.Reviews;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Caching;

public abstract class Invalidating(DatabaseFixture database) : CacheTest(database)
{
    [Fact]
    public async Task A_change_is_seen_here_with_its_commit_and_not_before()
    {
        var id = await PublishAsync(3);
        Assert.Equal(3, await First.RatingAsync());

        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await using (var transaction = await db.Database.BeginTransactionAsync(Ct))
        {
            await RateAsync(db, id, 5);
            Assert.Equal(3, await First.RatingAsync());
            await transaction.CommitAsync(Ct);
        }

        Assert.Equal((5, 2), (await First.RatingAsync(), First.Reads));
    }

    [Fact]
    public async Task What_an_open_transaction_has_changed_is_neither_seen_nor_remembered()
    {
        var id = await PublishAsync(3);
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await using (await db.Database.BeginTransactionAsync(Ct))
        {
            await RateAsync(db, id, 5);
            // Nobody has asked before.
            Assert.Equal(3, await First.RatingAsync());
        }

        Assert.Equal((3, 1), (await First.RatingAsync(), First.Reads));
    }

    [Fact]
    public async Task A_value_read_before_a_change_is_not_served_after_it_although_it_arrives_later()
    {
        var id = await PublishAsync(3);
        var (read, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = First.RatingAsync(() =>
        {
            read.SetResult();
            return go.Task;
        });
        await read.Task;

        await RateAsync(id, 5);
        // Nothing is remembered yet that could be removed.
        go.SetResult();

        Assert.Equal(3, await slow);
        Assert.Equal(5, await First.RatingAsync());
    }

    [Fact]
    public async Task A_roll_back_leaves_no_row_and_invalidates_nothing()
    {
        var id = await PublishAsync(3);
        var before = await RowsAsync(Tag);
        await First.RatingAsync();

        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await using (var transaction = await db.Database.BeginTransactionAsync(Ct))
        {
            await RateAsync(db, id, 5);
            Assert.Equal(before + 1, await db.Set<CacheInvalidation>().CountAsync(row => row.Tag == Tag, Ct));
            await transaction.RollbackAsync(Ct);
        }

        // One that is only disposed of, and after it another one in the same scope.
        db.ChangeTracker.Clear();
        await using (await db.Database.BeginTransactionAsync(Ct)) await RateAsync(db, id, 4);
        db.ChangeTracker.Clear();
        await using (var transaction = await db.Database.BeginTransactionAsync(Ct))
        {
            db.Add(new CacheInvalidation { Id = Guid.CreateVersion7(Time.GetUtcNow()), Tag = $"other:{Resource}" });
            await db.SaveChangesAsync(Ct);
            await transaction.CommitAsync(Ct);
        }

        Assert.Equal(before, await RowsAsync(Tag));
        Assert.Equal((3, 1), (await First.RatingAsync(), First.Reads));
    }

    [Fact]
    public async Task A_change_costs_one_row_and_what_nobody_sees_none()
    {
        var id = await PublishAsync(3);
        var before = await First.WithAsync(db => db.Set<CacheInvalidation>().CountAsync(Ct));

        await RateAsync(id, 4);
        Assert.Equal(before + 1, await First.WithAsync(db => db.Set<CacheInvalidation>().CountAsync(Ct)));

        await First.WithAsync(async db =>
        {
            var author = await db.Set<Review>().Where(row => row.Id == id).Select(row => row.AuthorId).SingleAsync(Ct);
            db.Add(Review.Submit(author, "product", $"{Resource}-2", 3, null, "Waits", Time.GetUtcNow()));
            (await db.Set<AppUser>().SingleAsync(row => row.Id == author, Ct)).Bio = "Mathematician";
            return await db.SaveChangesAsync(Ct);
        });
        Assert.Equal(before + 1, await First.WithAsync(db => db.Set<CacheInvalidation>().CountAsync(Ct)));
    }

    [Fact]
    public async Task Another_instance_sees_it_within_a_second()
    {
        var id = await PublishAsync(3);
        Assert.Equal(3, await Second.RatingAsync());

        await RateAsync(id, 5);

        Time.Advance(CacheInvalidations.Believed);
        Assert.Equal((3, 1), (await Second.RatingAsync(), Second.Reads));
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((5, 2), (await Second.RatingAsync(), Second.Reads));
    }

    // What is older than the overlap of the polls is found by reading everything, once a minute.
    [Theory]
    [InlineData(20, 2)]
    [InlineData(600, 61)]
    public async Task A_transaction_that_commits_late_is_seen(int after, int within)
    {
        var id = await PublishAsync(3);
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(Ct);
        await RateAsync(db, id, 5);
        for (var passed = 0; passed < after; passed += 2)
        {
            Time.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(3, await Second.RatingAsync());
        }

        await transaction.CommitAsync(Ct);

        Time.Advance(TimeSpan.FromSeconds(within));
        Assert.Equal(5, await Second.RatingAsync());
    }

    [Fact]
    public async Task Of_two_invalidations_the_earlier_counts_although_it_becomes_known_last()
    {
        var (earlier, later) = (Guid.CreateVersion7(Time.GetUtcNow()), Guid.CreateVersion7(Time.GetUtcNow().AddSeconds(1)));
        var none = await GenerationAsync("a:1");
        First.Invalidations.Learn(later, "a:1");
        var one = await GenerationAsync("a:1");
        First.Invalidations.Learn(earlier, "a:1");
        var both = await GenerationAsync("a:1");
        First.Invalidations.Learn(later, "a:1");

        Assert.Distinct([none, one, both]);
        Assert.Equal(both, await GenerationAsync("a:1"));
        // Whoever learns of them in another order comes to the same.
        Second.Invalidations.Learn(earlier, "a:1");
        Second.Invalidations.Learn(later, "a:1");
        Assert.Equal(both, await Second.Invalidations.GenerationAsync(["a:1"], Ct));
    }

    [Fact]
    public async Task A_tag_is_invalidated_by_itself_and_by_its_whole_group_and_a_group_by_any_of_its_tags()
    {
        var (one, two, group, pair) = (await GenerationAsync("a:1"), await GenerationAsync("a:2"), await GenerationAsync("a"), await GenerationAsync("a:1", "a:2"));

        First.Invalidations.Learn(Guid.CreateVersion7(), "a:1");
        var (oneLater, groupLater, pairLater) = (await GenerationAsync("a:1"), await GenerationAsync("a"), await GenerationAsync("a:1", "a:2"));
        Assert.NotEqual((one, group, pair), (oneLater, groupLater, pairLater));
        Assert.NotEqual(one, oneLater);
        Assert.NotEqual(group, groupLater);
        Assert.NotEqual(pair, pairLater);
        Assert.Equal(two, await GenerationAsync("a:2"));

        First.Invalidations.Learn(Guid.CreateVersion7(), "a");
        Assert.NotEqual(oneLater, await GenerationAsync("a:1"));
        Assert.NotEqual(groupLater, await GenerationAsync("a"));
        Assert.NotEqual(pairLater, await GenerationAsync("a:1", "a:2"));
        Assert.NotEqual(two, await GenerationAsync("a:2"));
        Assert.Equal(UInt128.Zero, await GenerationAsync("b:1"));
    }

    [Fact]
    public async Task What_is_in_the_table_is_known_and_what_has_gone_from_it_is_forgotten_when_no_value_is_left()
    {
        var id = await PublishAsync(3);
        await RateAsync(id, 4);
        var known = await GenerationAsync(Tag);
        // Learned, and never committed.
        First.Invalidations.Learn(Guid.CreateVersion7(), "lost:1");

        await PassAsync(TimeSpan.FromMinutes(15));
        Assert.Equal(known, await GenerationAsync(Tag));
        Assert.Equal(UInt128.Zero, await GenerationAsync("lost:1"));

        await PassAsync(CacheInvalidations.Kept - TimeSpan.FromMinutes(14));
        await using (var scope = NewScope())
            foreach (var retention in scope.ServiceProvider.GetServices<IRetention>().OfType<CacheInvalidationRetention>())
                await retention.CleanAsync(Ct);
        Assert.Equal(0, await RowsAsync(Tag));

        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(known, await GenerationAsync(Tag));
        await PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(UInt128.Zero, await GenerationAsync(Tag));
    }

    private async Task PassAsync(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMinutes(1))
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            await First.Invalidations.PollAsync();
        }
    }

    private async Task<UInt128> GenerationAsync(params string[] tags) => await First.Invalidations.GenerationAsync(tags, Ct);
}

public sealed class InvalidatingOnSqlite(SqliteDatabase database) : Invalidating(database), IClassFixture<SqliteDatabase>;

public sealed class InvalidatingOnPostgreSql(PostgreSqlDatabase database) : Invalidating(database), IClassFixture<PostgreSqlDatabase>;
