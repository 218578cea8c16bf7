using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

public class ModerateReviewTests : ReviewsWorld
{
    [Fact]
    public async Task Approved_review_is_saved_once_and_answered_with_what_moderators_see()
    {
        var review = Exists(Stored(ReviewStatus.Pending));

        var dto = Value(await Hosted().HandleAsync(new ModerateReview("approved", null) { Id = review.Id }, Ct));

        Assert.Equal((ReviewStatus.Approved, Me, Later), (review.Status, review.ModeratedBy, review.ModeratedAt));
        Assert.Equal([new ReviewApproved(review.Id, review.AuthorId)], review.Events);
        Assert.Equal((review.Id, 3), (dto.Id, dto.ReportCount));
        await SavedOnce();
        Received.InOrder(() =>
        {
            UnitOfWork.SaveAsync(Ct);
            Queries.FindAsync(review.Id, Ct);
        });
    }

    [Fact]
    public async Task Rejected_review_is_saved_once_with_its_reason()
    {
        var review = Exists(Stored(ReviewStatus.Pending));

        Value(await Hosted().HandleAsync(new ModerateReview("rejected", "Off topic") { Id = review.Id }, Ct));

        Assert.Equal((ReviewStatus.Rejected, Me, Later, "Off topic"), (review.Status, review.ModeratedBy, review.ModeratedAt, review.ModerationReason));
        Assert.Equal([new ReviewRejected(review.Id, review.AuthorId)], review.Events);
        await SavedOnce();
    }

    [Theory]
    [InlineData(ReviewStatus.Approved, "approved", null)]
    [InlineData(ReviewStatus.Rejected, "rejected", "Once more")]
    public async Task Decided_review_is_a_conflict_and_nothing_is_saved(ReviewStatus before, string status, string? reason)
    {
        var review = Exists(Stored(before));

        var error = Failure(await Hosted().HandleAsync(new ModerateReview(status, reason) { Id = review.Id }, Ct));

        Assert.Equal((ErrorKind.Conflict, "CONFLICT"), (error.Kind, error.Code));
        Assert.Empty(review.Events);
        await NothingSaved();
    }

    [Fact]
    public async Task Unknown_review_is_not_found_and_nothing_is_saved()
    {
        Assert.Equal(ReviewErrors.NotFound, Failure(await Hosted().HandleAsync(new ModerateReview("approved", null) { Id = NewId() }, Ct)));
        await NothingSaved();
    }

    public static TheoryData<ModerateReview, string[]> Boundaries => new()
    {
        { new("approved", null), [] },
        { new("approved", "Well written"), [] },
        { new("rejected", Text(1_000)), [] },
        { new("rejected", Text(1_001)), ["reason"] },
        { new("rejected", null), ["reason"] },
        { new("rejected", " "), ["reason"] },
        { new("pending", null), ["status"] },
        { new("Approved", null), ["status"] },
        { new("1", null), ["status"] },
        { new("", null), ["status"] },
        { new(null!, null), ["status"] },
        { new("", Text(1_001)), ["status", "reason"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task Faults_are_named_at_once_and_nothing_is_saved(ModerateReview request, string[] faults)
    {
        Assert.Equal(faults, new ModerateReviewValidator().Faults(request));
        if (faults.Length == 0) return;

        var review = Exists(Stored(ReviewStatus.Pending));
        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted().HandleAsync(request with { Id = review.Id }, Ct)).Code);
        await NothingSaved();
    }

    private IUseCase<ModerateReview, ReviewDto> Hosted() =>
        Given.Hosted(new ModerateReviewHandler(Reviews, Queries, UnitOfWork, SignedIn(Me, Role.Moderator), Clock), new ModerateReviewValidator());
}
