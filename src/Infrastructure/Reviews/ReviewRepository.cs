using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Reviews;

internal sealed class ReviewRepository(AppDbContext db) : IReviewRepository
{
    public Task<Review?> FindAsync(Guid id, CancellationToken ct) => db.FindAggregateAsync<Review>(review => review.Id == id, ct);

    public Task<Review?> FindOwnedAsync(Guid id, Guid authorId, CancellationToken ct) =>
        db.FindAggregateAsync<Review>(review => review.Id == id && review.AuthorId == authorId, ct);

    public async Task<IReadOnlyList<Review>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        await db.Set<Review>().Where(review => ids.Contains(review.Id)).ToListAsync(ct);

    public Task<bool> HasReviewedAsync(Guid authorId, string resourceType, string resourceId, CancellationToken ct) =>
        db.Set<Review>().AnyAsync(review => review.AuthorId == authorId && review.ResourceType == resourceType && review.ResourceId == resourceId, ct);

    public Task<bool> HasReportedAsync(Guid reviewId, Guid reporterId, CancellationToken ct) =>
        db.Set<ReviewReport>().AnyAsync(report => report.ReviewId == reviewId && report.ReporterId == reporterId, ct);

    public void Add(Review review) => db.Add(review);

    public void Add(ReviewReport report) => db.Add(report);

    public void Remove(Review review) => db.Remove(review);
}
