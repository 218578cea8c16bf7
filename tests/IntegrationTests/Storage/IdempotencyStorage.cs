using System.Text;
using GoApi.Application.Abstractions.Idempotency;
using GoApi.Infrastructure.Idempotency;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

public abstract class IdempotencyStorage(DatabaseFixture database) : StorageTest(database)
{
    private static readonly RememberedAnswer Answer = new(201, Encoding.UTF8.GetBytes("{\"plain\":\"text\"}"), "/here");

    private readonly IdempotentRequest request = new($"user:{Guid.CreateVersion7()}", null, "a-key-of-mine", new byte[] { 1, 2, 3 });

    [Fact]
    public async Task Second_request_gets_the_first_answer_and_another_body_is_refused()
    {
        await RunAsync(request, keep: true);

        var replay = Assert.IsType<IdempotencyClaim.Replay>(await ClaimAsync(request));
        Assert.Equal((201, "/here", "{\"plain\":\"text\"}"), (replay.Answer.Status, replay.Answer.Location, Encoding.UTF8.GetString(replay.Answer.Body!)));
        Assert.IsType<IdempotencyClaim.Reused>(await ClaimAsync(request with { Fingerprint = new byte[] { 9 } }));
        Assert.IsType<IdempotencyClaim.First>(await ClaimAsync(request with { Actor = "user:somebody-else" }));
    }

    [Fact]
    public async Task Answer_is_encrypted_at_rest()
    {
        await RunAsync(request, keep: true);
        var bodies = await WithAsync((AppDbContext db) => db.Set<IdempotencyRecord>().Select(record => record.Body).ToListAsync());
        Assert.All(bodies, body => Assert.DoesNotContain("plain", Encoding.Latin1.GetString(body!), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Transaction_that_is_dropped_frees_the_key_and_undoes_its_work()
    {
        var author = await AddUserAsync();
        await using (var scope = NewScope())
        {
            var first = Assert.IsType<IdempotencyClaim.First>(await scope.ServiceProvider.GetRequiredService<IIdempotentRequests>().ClaimAsync(request, default));
            await using (first.Transaction) await ReviewAsync(scope, author);
        }

        Assert.False(await HasReviewedAsync(author));
        await RunAsync(request, keep: true);
    }

    [Fact]
    public async Task Failure_is_remembered_and_what_it_changed_is_not()
    {
        var author = await AddUserAsync();
        await using (var scope = NewScope())
        {
            var first = Assert.IsType<IdempotencyClaim.First>(await scope.ServiceProvider.GetRequiredService<IIdempotentRequests>().ClaimAsync(request, default));
            await using (first.Transaction)
            {
                await ReviewAsync(scope, author);
                await first.Transaction.CompleteAsync(Answer with { Status = 409 }, keepChanges: false, default);
            }
        }

        Assert.False(await HasReviewedAsync(author));
        Assert.Equal(409, Assert.IsType<IdempotencyClaim.Replay>(await ClaimAsync(request)).Answer.Status);
    }

    [Fact]
    public async Task Of_twenty_twins_one_is_first_and_the_others_get_its_answer_or_are_told_to_wait()
    {
        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            await using var scope = NewScope();
            var claim = await scope.ServiceProvider.GetRequiredService<IIdempotentRequests>().ClaimAsync(request, default);
            if (claim is IdempotencyClaim.First first)
                await using (first.Transaction) await first.Transaction.CompleteAsync(Answer, keepChanges: true, default);
            return claim;
        })));

        Assert.Single(claims.OfType<IdempotencyClaim.First>());
        Assert.Empty(claims.OfType<IdempotencyClaim.Reused>());
    }

    private async Task RunAsync(IdempotentRequest request, bool keep)
    {
        await using var scope = NewScope();
        var first = Assert.IsType<IdempotencyClaim.First>(await scope.ServiceProvider.GetRequiredService<IIdempotentRequests>().ClaimAsync(request, default));
        await using (first.Transaction) await first.Transaction.CompleteAsync(Answer, keep, default);
    }

    private async Task<IdempotencyClaim> ClaimAsync(IdempotentRequest request)
    {
        await using var scope = NewScope();
        var claim = await scope.ServiceProvider.GetRequiredService<IIdempotentRequests>().ClaimAsync(request, default);
        if (claim is IdempotencyClaim.First first) await first.Transaction.DisposeAsync();
        return claim;
    }

    private static async Task ReviewAsync(AsyncServiceScope scope, Guid author)
    {
        scope.ServiceProvider.GetRequiredService<Application.Reviews.IReviewRepository>().Add(Domain.Reviews.Review.Submit(author, "product", "x", 1, null, "Fine", Now));
        await scope.ServiceProvider.GetRequiredService<Application.Abstractions.Persistence.IUnitOfWork>().SaveAsync(default);
    }

    private Task<bool> HasReviewedAsync(Guid author) => WithAsync((Application.Reviews.IReviewRepository reviews) => reviews.HasReviewedAsync(author, "product", "x", default));
}

public sealed class IdempotencyStorageOnSqlite(SqliteDatabase database) : IdempotencyStorage(database), IClassFixture<SqliteDatabase>;

public sealed class IdempotencyStorageOnPostgreSql(PostgreSqlDatabase database) : IdempotencyStorage(database), IClassFixture<PostgreSqlDatabase>;
