using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

public class SubmitReviewTests : ReviewsWorld
{
    private static readonly SubmitReview Request = new("product", "42", 4, "Good", "It works.");

    [Fact]
    public async Task Review_is_added_and_saved_once()
    {
        Review? added = null;
        Reviews.Add(Arg.Do<Review>(review => added = review));

        var dto = Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.NotNull(added);
        Assert.Equal((Me, "product", "42", 4, "Good", "It works.", Later), (added.AuthorId, added.ResourceType, added.ResourceId, added.Rating, added.Title, added.Content, added.CreatedAt));
        Assert.Equal([new ReviewSubmitted(added.Id, Me)], added.Events);
        Assert.Equal(added.Id, dto.Id);
        await SavedOnce();
        Received.InOrder(() =>
        {
            Reviews.Add(added);
            UnitOfWork.SaveAsync(Ct);
            Queries.FindAsync(added.Id, Ct);
        });
    }

    [Fact]
    public async Task Answer_is_what_an_author_sees()
    {
        var dto = Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.Equal(("Off topic", null), (dto.ModerationReason, dto.ReportCount));
    }

    [Fact]
    public async Task Second_review_of_the_same_thing_is_a_conflict_and_nothing_is_saved()
    {
        Reviews.HasReviewedAsync(Me, "product", "42", Ct).Returns(true);

        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.Equal(ReviewErrors.AlreadyReviewed, error);
        Reviews.DidNotReceive().Add(Arg.Any<Review>());
        await NothingSaved();
    }

    [Fact]
    public async Task Client_without_a_user_is_forbidden_and_nothing_is_saved()
    {
        Assert.Equal("FORBIDDEN", Failure(await Hosted(Client("reviews:write")).HandleAsync(Request, Ct)).Code);
        await NothingSaved();
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_nothing_is_saved()
    {
        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(new SubmitReview("", "", 0, Text(201), ""), Ct));

        Assert.Equal("VALIDATION_FAILED", error.Code);
        Assert.Equal(["resource_type", "resource_id", "rating", "title", "content"], error.Fields.Select(fault => fault.Field));
        Reviews.DidNotReceive().Add(Arg.Any<Review>());
        await NothingSaved();
    }

    public static TheoryData<SubmitReview, string[]> Boundaries => new()
    {
        { Request, [] },
        { Request with { Rating = 1 }, [] },
        { Request with { Rating = 5 }, [] },
        { Request with { Rating = 0 }, ["rating"] },
        { Request with { Rating = 6 }, ["rating"] },
        { Request with { Title = null }, [] },
        { Request with { Title = Text(200) }, [] },
        { Request with { Title = Text(201) }, ["title"] },
        { Request with { Content = "x" }, [] },
        { Request with { Content = Text(5_000) }, [] },
        { Request with { Content = Text(5_001) }, ["content"] },
        { Request with { Content = "   " }, ["content"] },
        { Request with { Content = null! }, ["content"] },
        { Request with { ResourceType = Text(64) }, [] },
        { Request with { ResourceType = Text(65) }, ["resource_type"] },
        { Request with { ResourceType = null! }, ["resource_type"] },
        { Request with { ResourceId = Text(128) }, [] },
        { Request with { ResourceId = Text(129) }, ["resource_id"] },
        { Request with { ResourceId = null! }, ["resource_id"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Boundaries_are_kept(SubmitReview request, string[] faults) => Assert.Equal(faults, new SubmitReviewValidator().Faults(request));

    private IUseCase<SubmitReview, ReviewDto> Hosted(ICurrentActor actor) =>
        Given.Hosted(new SubmitReviewHandler(Reviews, Queries, UnitOfWork, actor, Clock), new SubmitReviewValidator());
}
