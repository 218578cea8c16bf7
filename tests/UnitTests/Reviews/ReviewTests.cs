using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.UnitTests.Reviews;

public class ReviewTests
{
    private readonly Guid author = NewId();
    private readonly Guid moderator = NewId();

    [Fact]
    public void Submitted_review_is_pending_and_says_so()
    {
        var review = Review.Submit(author, "product", "42", 5, "Good", "It works.", Start);

        Assert.Equal((author, "product", "42", 5, "Good", "It works."), (review.AuthorId, review.ResourceType, review.ResourceId, review.Rating, review.Title, review.Content));
        Assert.Equal(ReviewStatus.Pending, review.Status);
        Assert.Equal([new ReviewSubmitted(review.Id, author)], review.Events);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void Rating_outside_of_the_boundaries_is_a_bug(int rating)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Review.Submit(author, "product", "42", rating, null, "It works.", Start));
        Assert.Throws<ArgumentOutOfRangeException>(() => Stored(ReviewStatus.Pending).Edit(rating, null, "It works.", Start));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Rating_on_a_boundary_is_taken(int rating) =>
        Assert.Equal(rating, Review.Submit(author, "product", "42", rating, null, "It works.", Start).Rating);

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Empty_content_is_a_bug(string content) =>
        Assert.Throws<ArgumentException>(() => Review.Submit(author, "product", "42", 3, null, content, Start));

    [Fact]
    public void Empty_title_is_none() => Assert.Null(Review.Submit(author, "product", "42", 3, "", "It works.", Start).Title);

    [Theory]
    [InlineData(ReviewStatus.Pending)]
    [InlineData(ReviewStatus.Approved)]
    [InlineData(ReviewStatus.Rejected)]
    public void Edited_review_is_pending_again_without_its_decision(ReviewStatus before)
    {
        var review = Stored(before, author);

        review.Edit(2, null, "It broke.", Later);

        Assert.Equal((2, null, "It broke."), (review.Rating, review.Title, review.Content));
        Assert.Equal(ReviewStatus.Pending, review.Status);
        Assert.Equal((null, null, null, 0), (review.ModeratedBy, review.ModeratedAt, review.ModerationReason, review.ReportCount));
        Assert.Equal((Start, Later), (review.CreatedAt, review.UpdatedAt));
        Assert.Equal([new ReviewSubmitted(review.Id, author)], review.Events);
    }

    [Theory]
    [InlineData(ReviewStatus.Pending)]
    [InlineData(ReviewStatus.Rejected)]
    public void Approved_review_has_no_reason_and_says_so(ReviewStatus before)
    {
        var review = Stored(before, author);

        Value(review.Approve(moderator, Later));

        Assert.Equal((ReviewStatus.Approved, moderator, Later, null), (review.Status, review.ModeratedBy, review.ModeratedAt, review.ModerationReason));
        Assert.Equal(Later, review.UpdatedAt);
        Assert.Equal([new ReviewApproved(review.Id, author)], review.Events);
    }

    [Theory]
    [InlineData(ReviewStatus.Pending)]
    [InlineData(ReviewStatus.Approved)]
    public void Rejected_review_has_a_reason_and_says_so(ReviewStatus before)
    {
        var review = Stored(before, author);

        Value(review.Reject(moderator, "Off topic", Later));

        Assert.Equal((ReviewStatus.Rejected, moderator, Later, "Off topic"), (review.Status, review.ModeratedBy, review.ModeratedAt, review.ModerationReason));
        Assert.Equal(Later, review.UpdatedAt);
        Assert.Equal([new ReviewRejected(review.Id, author)], review.Events);
    }

    [Fact]
    public void Approved_review_cannot_be_approved_again()
    {
        var review = Stored(ReviewStatus.Approved);

        var error = Failure(review.Approve(moderator, Later));

        Assert.Equal((ErrorKind.Conflict, "CONFLICT", "The review is approved already."), (error.Kind, error.Code, error.Message));
        Assert.NotEqual(moderator, review.ModeratedBy);
        Assert.Equal(Start, review.UpdatedAt);
        Assert.Empty(review.Events);
    }

    [Fact]
    public void Rejected_review_cannot_be_rejected_again()
    {
        var review = Stored(ReviewStatus.Rejected);

        var error = Failure(review.Reject(moderator, "Another reason", Later));

        Assert.Equal((ErrorKind.Conflict, "CONFLICT", "The review is rejected already."), (error.Kind, error.Code, error.Message));
        Assert.Equal("Off topic", review.ModerationReason);
        Assert.Empty(review.Events);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void Rejection_without_a_reason_is_invalid(string? reason)
    {
        var review = Stored(ReviewStatus.Pending);

        var error = Failure(review.Reject(moderator, reason, Later));

        Assert.Equal((ErrorKind.Validation, "VALIDATION_FAILED", "reason"), (error.Kind, error.Code, error.Fields.Single().Field));
        Assert.Equal(ReviewStatus.Pending, review.Status);
        Assert.Empty(review.Events);
    }

    [Fact]
    public void Report_is_counted_and_says_so()
    {
        var (review, reporter) = (Stored(ReviewStatus.Approved, author), NewId());

        var report = Value(review.Report(reporter, "Spam", Later));

        Assert.Equal((review.Id, reporter, "Spam", Later), (report.ReviewId, report.ReporterId, report.Reason, report.CreatedAt));
        Assert.Equal(1, review.ReportCount);
        Assert.Equal([new ReviewReported(review.Id, reporter)], review.Events);
    }

    [Theory]
    [InlineData(ReviewStatus.Pending)]
    [InlineData(ReviewStatus.Rejected)]
    public void What_nobody_sees_cannot_be_reported(ReviewStatus status)
    {
        var review = Stored(status);

        Assert.Equal(ReviewErrors.NotFound, Failure(review.Report(NewId(), "Spam", Later)));
        Assert.Equal(0, review.ReportCount);
        Assert.Empty(review.Events);
    }

    [Fact]
    public void Own_review_cannot_be_reported()
    {
        var review = Stored(ReviewStatus.Approved, author);

        Assert.Equal(ReviewErrors.OwnReview, Failure(review.Report(author, "Spam", Later)));
        Assert.Equal(0, review.ReportCount);
        Assert.Empty(review.Events);
    }

    [Fact]
    public void Decision_answers_the_reports()
    {
        var review = Stored(ReviewStatus.Approved);
        Value(review.Report(NewId(), "Spam", Later));

        Value(review.Reject(moderator, "Spam", Later));

        Assert.Equal(0, review.ReportCount);
    }

    [Theory]
    [InlineData(ReviewStatus.Pending, false)]
    [InlineData(ReviewStatus.Approved, true)]
    [InlineData(ReviewStatus.Rejected, false)]
    public void Others_see_approved_ones_only(ReviewStatus status, bool visible)
    {
        var review = Stored(status, author);

        Assert.Equal(visible, review.IsVisibleTo(NewId(), moderator: false));
        Assert.Equal(visible, review.IsVisibleTo(null, moderator: false));
        Assert.True(review.IsVisibleTo(author, moderator: false));
        Assert.True(review.IsVisibleTo(moderator, moderator: true));
    }

    [Fact]
    public void Errors_have_the_codes_of_the_contract()
    {
        Assert.Equal("NOT_FOUND", ReviewErrors.NotFound.Code);
        Assert.Equal("CONFLICT", ReviewErrors.AlreadyReviewed.Code);
        Assert.Equal("CONFLICT", ReviewErrors.AlreadyReported.Code);
        Assert.Equal("CONFLICT", ReviewErrors.OwnReview.Code);
        Assert.Equal("VALIDATION_FAILED", ReviewErrors.ReasonMissing.Code);
        Assert.Equal("CONFLICT", ReviewErrors.AlreadyDecided(ReviewStatus.Approved).Code);
    }
}
