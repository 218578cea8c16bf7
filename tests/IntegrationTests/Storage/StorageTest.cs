using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

/// <summary>The adapters of one host on one database; each call is a unit of work of its own.</summary>
public abstract class StorageTest(DatabaseFixture database, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly ServiceProvider host = database.NewHost(services => services.AddSingleton(time ?? TimeProvider.System), HostRole.Worker);

    protected static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<T> WithAsync<TService, T>(Func<TService, Task<T>> work) where TService : notnull
    {
        await using var scope = host.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<TService>());
    }

    /// <summary>Works and saves.</summary>
    protected async Task<T> SaveAsync<TService, T>(Func<TService, Task<T>> work) where TService : notnull
    {
        await using var scope = host.CreateAsyncScope();
        var result = await work(scope.ServiceProvider.GetRequiredService<TService>());
        await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(CancellationToken.None);
        return result;
    }

    protected AsyncServiceScope NewScope() => host.CreateAsyncScope();

    protected async Task<Guid> AddUserAsync(string? email = null)
    {
        var account = new NewAccount(email ?? $"u{Guid.CreateVersion7():N}@example.test", "Ada", "Lovelace", null);
        var added = await SaveAsync((IUserAccounts accounts) => accounts.AddAsync(account, new Secret("correct-Horse-7-staple"), CancellationToken.None));
        return added.Failed(out var error, out var id) ? throw new InvalidOperationException(error.Message) : id;
    }

    protected async Task<Review> AddReviewAsync(Guid authorId, string resourceId, int rating = 3, ReviewStatus status = ReviewStatus.Approved)
    {
        var review = Review.Submit(authorId, "product", resourceId, rating, null, "Fine", Now);
        if (status == ReviewStatus.Approved) review.Approve(authorId, Now);
        if (status == ReviewStatus.Rejected) review.Reject(authorId, "No", Now);
        await SaveAsync((Application.Reviews.IReviewRepository reviews) =>
        {
            reviews.Add(review);
            return Task.FromResult(0);
        });
        return review;
    }
}
