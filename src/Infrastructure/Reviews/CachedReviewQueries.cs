using GoApi.Application.Abstractions.Caching;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace GoApi.Infrastructure.Reviews;

/// <summary>
/// What everybody may see, and most ask for, comes from the cache: the first page of approved reviews and the summaries. They are the same
/// for everybody; what is hidden from some is hidden on the way out.
/// </summary>
internal sealed class CachedReviewQueries(ReviewQueries queries, ICache cache) : IReviewQueries
{
    private const string Reviews = "reviews";

    // Of a list only: a summary names nobody.
    private const string Authors = "review-authors";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    // Anybody can ask for things that nobody has reviewed. What names people stays in the process: no erasure reaches the disk and the replicas of Redis.
    private static readonly CacheKind<Page<ReviewDto>?> Lists = new("reviews.list", Life)
    {
        IsKept = page => page is { Items.Count: > 0 },
        SizeOf = page => page!.Items.Sum(review => 1_000L + 2 * (review.Content.Length + (review.Title?.Length ?? 0))),
    };

    private static readonly CacheKind<ReviewSummary> Summaries = new("reviews.summary", Life) { IsShared = true, IsKept = summary => summary.Count > 0 };

    public async Task<Result<Page<ReviewDto>>> ListAsync(ReviewFilter filter, PageRequest page, CancellationToken ct)
    {
        if (page.Cursor is not null || page.Number != 1) return await queries.ListAsync(filter, page, ct);

        var key = CacheKey.Of(filter.ResourceType, filter.ResourceId, $"{filter.Rating}", $"{filter.UserId}", filter.Sort, $"{page.Size}");
        var subject = filter is { ResourceType: { } type, ResourceId: { } id } ? TagOf(type, id) : Reviews;
        var first = await cache.GetOrReadAsync(Lists, key, [subject, Authors], (ReviewQueries source, CancellationToken token) => FirstPageAsync(source, filter, page, token), ct);
        return first is not null ? first : await queries.ListAsync(filter, page, ct);
    }

    public Task<ReviewSummary> SummariseAsync(ReviewSubject subject, CancellationToken ct) => cache.GetOrReadAsync(
        Summaries, CacheKey.Of(subject.ResourceType, subject.ResourceId), [TagOf(subject.ResourceType, subject.ResourceId)],
        (ReviewQueries source, CancellationToken token) => source.SummariseAsync(subject, token), ct).AsTask();

    public Task<Result<Page<ReviewDto>>> ListOfAuthorAsync(Guid authorId, PageRequest page, CancellationToken ct) => queries.ListOfAuthorAsync(authorId, page, ct);

    public Task<Result<Page<ReviewDto>>> ListForModerationAsync(ModerationFilter filter, PageRequest page, CancellationToken ct) => queries.ListForModerationAsync(filter, page, ct);

    public Task<ReviewDto?> FindAsync(Guid id, CancellationToken ct) => queries.FindAsync(id, ct);

    /// <summary>What is new and waits for a moderator is in nothing that everybody sees.</summary>
    public static IEnumerable<string> TagsOf(EntityEntry<Review> entry, Review review) =>
        entry.State == EntityState.Added && review.Status != ReviewStatus.Approved ? [] : [TagOf(review.ResourceType, review.ResourceId)];

    /// <summary>Lists name the authors.</summary>
    public static IEnumerable<string> TagsOf(EntityEntry<AppUser> entry, AppUser user) =>
        entry.State == EntityState.Deleted || entry.State == EntityState.Modified && (entry.Property(row => row.FirstName).IsModified || entry.Property(row => row.LastName).IsModified) ? [Authors] : [];

    private static string TagOf(string? resourceType, string? resourceId) => $"{Reviews}:{resourceType}/{resourceId}";

    // A first page needs no cursor that could be wrong.
    private static async Task<Page<ReviewDto>?> FirstPageAsync(ReviewQueries source, ReviewFilter filter, PageRequest page, CancellationToken ct) =>
        (await source.ListAsync(filter, page, ct)).Failed(out _, out var found) ? null : found;
}
