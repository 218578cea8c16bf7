using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

public class DeleteReviewTests : ReviewsWorld
{
    [Fact]
    public async Task Own_review_is_removed_and_saved_once()
    {
        var review = Exists(Stored(ReviewStatus.Approved, Me));

        Value(await Hosted(SignedIn(Me)).HandleAsync(new DeleteReview(review.Id), Ct));

        await SavedOnce();
        Received.InOrder(() =>
        {
            Reviews.Remove(review);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Review_of_somebody_else_is_not_found_and_stays()
    {
        var review = Exists(Stored(ReviewStatus.Approved));

        Assert.Equal(ReviewErrors.NotFound, Failure(await Hosted(SignedIn(Me)).HandleAsync(new DeleteReview(review.Id), Ct)));
        Reviews.DidNotReceive().Remove(Arg.Any<Review>());
        await NothingSaved();
    }

    [Fact]
    public async Task Client_without_a_user_owns_nothing()
    {
        var review = Exists(Stored(ReviewStatus.Approved, Me));

        Assert.Equal(ReviewErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(new DeleteReview(review.Id), Ct)));
        await NothingSaved();
    }

    private IUseCase<DeleteReview, Done> Hosted(ICurrentActor actor) => Given.Hosted(new DeleteReviewHandler(Reviews, UnitOfWork, actor));
}
