using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Reviews to change. What is loaded is tracked; nothing is saved before <c>IUnitOfWork.SaveAsync</c>.</summary>
public interface IReviewRepository
{
    Task<Review?> FindAsync(Guid id, CancellationToken ct);

    /// <summary>Somebody else's review is null, like one that does not exist.</summary>
    Task<Review?> FindOwnedAsync(Guid id, Guid authorId, CancellationToken ct);

    /// <summary>Those that exist, in no order.</summary>
    Task<IReadOnlyList<Review>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    Task<bool> HasReviewedAsync(Guid authorId, string resourceType, string resourceId, CancellationToken ct);

    Task<bool> HasReportedAsync(Guid reviewId, Guid reporterId, CancellationToken ct);

    void Add(Review review);

    void Add(ReviewReport report);

    void Remove(Review review);
}
