using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

public class ModerateReviewsTests : ReviewsWorld
{
    [Fact]
    public async Task Each_is_decided_or_named_in_one_save()
    {
        var (pending, approved, unknown) = (Stored(ReviewStatus.Pending), Stored(ReviewStatus.Approved), NewId());
        Exist(pending, approved);

        var results = Value(await Hosted().HandleAsync(new ModerateReviews([pending.Id, approved.Id, unknown], "approved", null), Ct));

        Assert.Equal([(pending.Id, true, null), (approved.Id, false, "CONFLICT"), (unknown, false, "NOT_FOUND")], results.Select(result => (result.Id, result.Success, result.Code)));
        Assert.Equal((ReviewStatus.Approved, Me, Later), (pending.Status, pending.ModeratedBy, pending.ModeratedAt));
        Assert.Equal([new ReviewApproved(pending.Id, pending.AuthorId)], pending.Events);
        Assert.Empty(approved.Events);
        await SavedOnce();
    }

    [Fact]
    public async Task Rejection_gives_each_the_reason()
    {
        var reviews = new[] { Stored(ReviewStatus.Pending), Stored(ReviewStatus.Approved) };
        Exist(reviews);

        var results = Value(await Hosted().HandleAsync(new ModerateReviews([.. reviews.Select(review => review.Id)], "rejected", "Spam"), Ct));

        Assert.All(results, result => Assert.Equal((true, null, null), (result.Success, result.Code, result.Message)));
        Assert.All(reviews, review => Assert.Equal((ReviewStatus.Rejected, "Spam"), (review.Status, review.ModerationReason)));
        await SavedOnce();
    }

    [Fact]
    public async Task Id_that_is_named_twice_is_decided_once()
    {
        var review = Stored(ReviewStatus.Pending);
        Exist(review);

        var results = Value(await Hosted().HandleAsync(new ModerateReviews([review.Id, review.Id], "approved", null), Ct));

        Assert.Equal([(review.Id, true)], results.Select(result => (result.Id, result.Success)));
        Assert.Single(review.Events);
    }

    public static TheoryData<ModerateReviews, string[]> Boundaries => new()
    {
        { new(Ids(1), "approved", null), [] },
        { new(Ids(100), "rejected", Text(1_000)), [] },
        { new(Ids(101), "approved", null), ["ids"] },
        { new([], "approved", null), ["ids"] },
        { new(null!, "approved", null), ["ids"] },
        { new(Ids(1), "rejected", null), ["reason"] },
        { new(Ids(1), "rejected", Text(1_001)), ["reason"] },
        { new(Ids(1), "pending", null), ["status"] },
        { new(Ids(1), null!, null), ["status"] },
        { new([], "", Text(1_001)), ["ids", "status", "reason"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task Faults_are_named_at_once_and_nothing_is_saved(ModerateReviews request, string[] faults)
    {
        Assert.Equal(faults, new ModerateReviewsValidator().Faults(request));
        if (faults.Length == 0) return;

        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted().HandleAsync(request, Ct)).Code);
        await Reviews.DidNotReceive().FindManyAsync(Arg.Any<IReadOnlyCollection<Guid>>(), Arg.Any<CancellationToken>());
        await NothingSaved();
    }

    private static Guid[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => NewId())];

    private void Exist(params Review[] stored) => Reviews.FindManyAsync(Arg.Any<IReadOnlyCollection<Guid>>(), Arg.Any<CancellationToken>())
        .Returns(call => stored.Where(review => call.Arg<IReadOnlyCollection<Guid>>().Contains(review.Id)).ToArray());

    private IUseCase<ModerateReviews, IReadOnlyList<ModerationResult>> Hosted() =>
        Given.Hosted(new ModerateReviewsHandler(Reviews, UnitOfWork, SignedIn(Me, Role.Moderator), Clock), new ModerateReviewsValidator());
}
