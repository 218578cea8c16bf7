using GoApi.Application.Abstractions.Caching;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Caching;

/// <summary>Two instances on one database, whose clock the test moves; nothing runs in the background, so each knows what it has asked for.</summary>
public abstract class CacheTest : IAsyncDisposable
{
    private protected const string Group = "reviews";

    private protected static readonly CancellationToken Ct = CancellationToken.None;

    private readonly ServiceProvider first;
    private readonly ServiceProvider second;

    protected CacheTest(DatabaseFixture database, params (string Name, string Value)[] settings)
    {
        Time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        first = database.NewHost(services => services.AddSingleton<TimeProvider>(Time), settings: settings);
        second = database.NewHost(services => services.AddSingleton<TimeProvider>(Time), settings: settings);
        (First, Second) = (new Reader(first, Resource), new Reader(second, Resource));
    }

    protected string Resource { get; } = Guid.CreateVersion7().ToString();

    private protected Reader First { get; }

    private protected Reader Second { get; }

    protected FakeTimeProvider Time { get; }

    private protected string Tag => $"{Group}:product/{Resource}";

    public virtual async ValueTask DisposeAsync()
    {
        await first.DisposeAsync();
        await second.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A published review, made by the first instance; its rating is what the readers read.</summary>
    protected async Task<Guid> PublishAsync(int rating)
    {
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var now = Time.GetUtcNow();
        var author = new AppUser { Id = Guid.CreateVersion7(now), FirstName = "Ada", LastName = "Lovelace", Email = $"{Guid.CreateVersion7()}@example.test", CreatedAt = now, UpdatedAt = now };
        (author.UserName, author.NormalizedUserName, author.NormalizedEmail) = (author.Email, author.Email, author.Email);
        var review = Review.Submit(author.Id, "product", Resource, rating, null, "Fine", now);
        review.Approve(author.Id, now);
        db.AddRange(author, review);
        await db.SaveChangesAsync(Ct);
        return review.Id;
    }

    /// <summary>Changes the rating in a unit of work of the first instance.</summary>
    protected async Task RateAsync(Guid id, int rating)
    {
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await RateAsync(db, id, rating);
    }

    private protected async Task RateAsync(AppDbContext db, Guid id, int rating)
    {
        var review = await db.Set<Review>().SingleAsync(row => row.Id == id, Ct);
        review.Edit(rating, null, "Fine", Time.GetUtcNow());
        await db.SaveChangesAsync(Ct);
    }

    protected AsyncServiceScope NewScope() => first.CreateAsyncScope();

    private protected Task<int> RowsAsync(string tag) => First.WithAsync(db => db.Set<CacheInvalidation>().CountAsync(row => row.Tag == tag, Ct));

    private protected sealed record Answer(int Rating);

    /// <summary>One instance, which counts how often it reads from the database.</summary>
    private protected sealed class Reader(ServiceProvider host, string resource)
    {
        private static readonly CacheKind<Answer> Shared = new("test.shared", TimeSpan.FromMinutes(5)) { IsShared = true };
        private static readonly CacheKind<Answer> Local = new("test.local", TimeSpan.FromMinutes(5));

        private int reads;

        public int Reads => reads;

        public IServiceProvider Services => host;

        public ICache Cache => host.GetRequiredService<ICache>();

        public CacheInvalidations Invalidations => host.GetRequiredService<CacheInvalidations>();

        /// <param name="meanwhile">Happens after the database was read and before the value is there.</param>
        public async Task<int> RatingAsync(Func<Task>? meanwhile = null, bool isShared = false) => (await Cache.GetOrReadAsync(
            isShared ? Shared : Local, resource, [$"{Group}:product/{resource}"],
            async (AppDbContext db, CancellationToken ct) =>
            {
                Interlocked.Increment(ref reads);
                var found = await db.Set<Review>().Where(review => review.ResourceId == resource).Select(review => new Answer(review.Rating)).SingleAsync(ct);
                if (meanwhile is not null) await meanwhile();
                return found;
            },
            Ct)).Rating;

        public async Task<T> WithAsync<T>(Func<AppDbContext, Task<T>> work)
        {
            await using var scope = host.CreateAsyncScope();
            return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
        }
    }
}
