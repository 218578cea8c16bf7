using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

/// <summary>The ports of the module, with one review in them where one is given.</summary>
public abstract class ReviewsWorld
{
    private protected ReviewsWorld() => Queries.FindAsync(Arg.Any<Guid>(), Arg.Any<CancellationToken>()).Returns(call => Dto(call.Arg<Guid>()));

    private protected IReviewRepository Reviews { get; } = Substitute.For<IReviewRepository>();

    private protected IReviewQueries Queries { get; } = Substitute.For<IReviewQueries>();

    private protected IUnitOfWork UnitOfWork { get; } = Substitute.For<IUnitOfWork>();

    private protected Guid Me { get; } = NewId();

    private protected Review Exists(Review review)
    {
        Reviews.FindAsync(review.Id, Arg.Any<CancellationToken>()).Returns(review);
        Reviews.FindOwnedAsync(review.Id, review.AuthorId, Arg.Any<CancellationToken>()).Returns(review);
        return review;
    }

    private protected Task SavedOnce() => UnitOfWork.Received(1).SaveAsync(Arg.Any<CancellationToken>());

    private protected Task NothingSaved() => UnitOfWork.DidNotReceive().SaveAsync(Arg.Any<CancellationToken>());

    // What the query answers has things in it that not everybody may see.
    private ReviewDto Dto(Guid id) => new()
    {
        Id = id,
        UserId = Me,
        ResourceType = "product",
        ResourceId = "42",
        AuthorName = "Ada L.",
        Content = "It works.",
        Rating = 4,
        ModerationReason = "Off topic",
        ReportCount = 3,
    };
}
