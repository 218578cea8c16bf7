using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

public class ReportReviewTests : ReviewsWorld
{
    [Fact]
    public async Task Report_is_added_counted_and_saved_once()
    {
        var review = Exists(Stored(ReviewStatus.Approved));
        ReviewReport? added = null;
        Reviews.Add(Arg.Do<ReviewReport>(report => added = report));

        Value(await Hosted(SignedIn(Me)).HandleAsync(new ReportReview("Spam") { Id = review.Id }, Ct));

        Assert.NotNull(added);
        Assert.Equal((review.Id, Me, "Spam", Later), (added.ReviewId, added.ReporterId, added.Reason, added.CreatedAt));
        Assert.Equal(1, review.ReportCount);
        Assert.Equal([new ReviewReported(review.Id, Me)], review.Events);
        await SavedOnce();
        Received.InOrder(() =>
        {
            Reviews.Add(added);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Second_report_is_a_conflict_and_nothing_is_saved()
    {
        var review = Exists(Stored(ReviewStatus.Approved));
        Reviews.HasReportedAsync(review.Id, Me, Ct).Returns(true);

        await Fails(SignedIn(Me), review.Id, ReviewErrors.AlreadyReported);
        Assert.Equal(0, review.ReportCount);
    }

    [Fact]
    public Task Own_review_is_a_conflict_and_nothing_is_saved() => Fails(SignedIn(Me), Exists(Stored(ReviewStatus.Approved, Me)).Id, ReviewErrors.OwnReview);

    [Theory]
    [InlineData(ReviewStatus.Pending)]
    [InlineData(ReviewStatus.Rejected)]
    public Task Review_that_nobody_sees_is_not_found(ReviewStatus status) => Fails(SignedIn(Me), Exists(Stored(status)).Id, ReviewErrors.NotFound);

    [Fact]
    public Task Unknown_review_is_not_found() => Fails(SignedIn(Me), NewId(), ReviewErrors.NotFound);

    [Fact]
    public async Task Client_without_a_user_is_forbidden_and_nothing_is_saved()
    {
        var review = Exists(Stored(ReviewStatus.Approved));

        Assert.Equal("FORBIDDEN", Failure(await Hosted(Client()).HandleAsync(new ReportReview("Spam") { Id = review.Id }, Ct)).Code);
        await NothingSaved();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    [InlineData(0, false)]
    public void Reason_has_1_to_1000_characters(int length, bool good) =>
        Assert.Equal(good ? [] : ["reason"], new ReportReviewValidator().Faults(new ReportReview(Text(length))));

    [Fact]
    public async Task Missing_reason_is_invalid_and_nothing_is_saved()
    {
        var review = Exists(Stored(ReviewStatus.Approved));

        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted(SignedIn(Me)).HandleAsync(new ReportReview(null!) { Id = review.Id }, Ct)).Code);
        await NothingSaved();
    }

    private async Task Fails(ICurrentActor actor, Guid id, Error expected)
    {
        Assert.Equal(expected, Failure(await Hosted(actor).HandleAsync(new ReportReview("Spam") { Id = id }, Ct)));
        Reviews.DidNotReceive().Add(Arg.Any<ReviewReport>());
        await NothingSaved();
    }

    private IUseCase<ReportReview, Done> Hosted(ICurrentActor actor) =>
        Given.Hosted(new ReportReviewHandler(Reviews, UnitOfWork, actor, Clock), new ReportReviewValidator());
}
