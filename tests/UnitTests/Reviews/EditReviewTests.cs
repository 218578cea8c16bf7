using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

public class EditReviewTests : ReviewsWorld
{
    private static readonly EditReview Request = new(2, null, "It broke.");

    [Theory]
    [InlineData(ReviewStatus.Pending)]
    [InlineData(ReviewStatus.Approved)]
    [InlineData(ReviewStatus.Rejected)]
    public async Task Own_review_is_pending_again_and_saved_once(ReviewStatus before)
    {
        var review = Exists(Stored(before, Me));

        var dto = Value(await Hosted(SignedIn(Me)).HandleAsync(Request with { Id = review.Id }, Ct));

        Assert.Equal((2, null, "It broke.", ReviewStatus.Pending, Later), (review.Rating, review.Title, review.Content, review.Status, review.UpdatedAt));
        Assert.Equal([new ReviewSubmitted(review.Id, Me)], review.Events);
        Assert.Equal((review.Id, null), (dto.Id, dto.ReportCount));
        await SavedOnce();
        Received.InOrder(() =>
        {
            UnitOfWork.SaveAsync(Ct);
            Queries.FindAsync(review.Id, Ct);
        });
    }

    [Fact]
    public async Task Review_of_somebody_else_is_not_found_and_nothing_is_saved()
    {
        var review = Exists(Stored(ReviewStatus.Approved));

        Assert.Equal(ReviewErrors.NotFound, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request with { Id = review.Id }, Ct)));
        Assert.Equal(("It works.", ReviewStatus.Approved), (review.Content, review.Status));
        await NothingSaved();
    }

    [Fact]
    public async Task Moderator_cannot_write_in_another_name()
    {
        var review = Exists(Stored(ReviewStatus.Approved));

        Assert.Equal(ReviewErrors.NotFound, Failure(await Hosted(SignedIn(Me, Domain.Users.Role.Admin)).HandleAsync(Request with { Id = review.Id }, Ct)));
        await NothingSaved();
    }

    [Fact]
    public async Task Unknown_review_is_not_found()
    {
        Assert.Equal(ReviewErrors.NotFound, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request with { Id = NewId() }, Ct)));
        await NothingSaved();
    }

    [Fact]
    public async Task Client_without_a_user_owns_nothing()
    {
        var review = Exists(Stored(ReviewStatus.Approved, Me));

        Assert.Equal(ReviewErrors.NotFound, Failure(await Hosted(Client("reviews:write")).HandleAsync(Request with { Id = review.Id }, Ct)));
        await NothingSaved();
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_nothing_is_changed()
    {
        var review = Exists(Stored(ReviewStatus.Approved, Me));

        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(new EditReview(6, Text(201), "") { Id = review.Id }, Ct));

        Assert.Equal(["rating", "title", "content"], error.Fields.Select(fault => fault.Field));
        Assert.Equal(ReviewStatus.Approved, review.Status);
        await NothingSaved();
    }

    [Theory]
    [InlineData(1, 200, 5_000)]
    [InlineData(5, 0, 1)]
    public void Boundaries_are_taken(int rating, int title, int content) =>
        Assert.Empty(new EditReviewValidator().Faults(new EditReview(rating, Text(title), Text(content))));

    [Theory]
    [InlineData(0, 200, 5_000, "rating")]
    [InlineData(5, 201, 5_000, "title")]
    [InlineData(5, 200, 5_001, "content")]
    [InlineData(5, 200, 0, "content")]
    public void Beyond_the_boundaries_is_refused(int rating, int title, int content, string field) =>
        Assert.Equal([field], new EditReviewValidator().Faults(new EditReview(rating, Text(title), Text(content))));

    private IUseCase<EditReview, ReviewDto> Hosted(ICurrentActor actor) =>
        Given.Hosted(new EditReviewHandler(Reviews, Queries, UnitOfWork, actor, Clock), new EditReviewValidator());
}
