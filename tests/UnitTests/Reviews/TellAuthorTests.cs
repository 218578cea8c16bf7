using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Domain.Reviews;
using NSubstitute;

namespace GoApi.UnitTests.Reviews;

public class TellAuthorTests
{
    private readonly IReviewQueries reviews = Substitute.For<IReviewQueries>();
    private readonly IUserDirectory users = Substitute.For<IUserDirectory>();
    private readonly SentMessages sent = new();
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid author = NewId();
    private readonly Guid reviewId = NewId();

    public TellAuthorTests() => users.FindAddressAsync(author, Ct).Returns(("ada@example.com", "Ada", "de"));

    [Fact]
    public async Task Approval_is_announced_under_the_id_of_the_message()
    {
        Exists(ReviewStatus.Approved, title: "Good");

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));

        sent.Single.Is("reviews.approved", message, new Recipient(author, "ada@example.com", "de"), ("first_name", "Ada"), ("title", "Good"), ("reason", null));
    }

    [Fact]
    public async Task Decision_is_put_into_the_inbox_as_well()
    {
        Exists(ReviewStatus.Approved, title: "Good");

        Assert.Equal(Consumed.Done, await new TellAuthorInApp(reviews, users, sent).HandleAsync(new ReviewApproved(reviewId, author), message, Ct));

        sent.Single.Is("reviews.approved", message, new Recipient(author, "ada@example.com", "de"), ("first_name", "Ada"), ("title", "Good"), ("reason", null));
        Assert.Equal(SentMessages.InApp, sent.Single.Kind);
    }

    [Fact]
    public async Task Rejection_is_announced_with_its_reason()
    {
        Exists(ReviewStatus.Rejected, reason: "Off topic");

        await Consumer().HandleAsync(new ReviewRejected(reviewId, author), message, Ct);

        sent.Single.Is("reviews.rejected", message, new Recipient(author, "ada@example.com", "de"), ("first_name", "Ada"), ("title", null), ("reason", "Off topic"));
    }

    [Fact]
    public async Task Decision_that_was_changed_meanwhile_is_not_announced()
    {
        Exists(ReviewStatus.Rejected);
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));

        Exists(ReviewStatus.Pending);
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewRejected(reviewId, author), message, Ct));

        Assert.Empty(sent.All);
    }

    [Fact]
    public async Task Deleted_review_is_not_announced()
    {
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));
        Assert.Empty(sent.All);
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        Exists(ReviewStatus.Approved);
        users.FindAddressAsync(author, Ct).Returns(((string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));
        Assert.Empty(sent.All);
    }

    [Fact]
    public async Task Outcome_decides_whether_there_is_another_attempt()
    {
        Exists(ReviewStatus.Approved);
        sent.Outcome = new Consumed.Failed("503", TimeSpan.FromSeconds(9));

        Assert.Equal(new Consumed.Failed("503", TimeSpan.FromSeconds(9)), await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));
    }

    private TellAuthorByMail Consumer() => new(reviews, users, sent);

    private void Exists(ReviewStatus status, string? title = null, string? reason = null) => reviews.FindAsync(reviewId, Ct).Returns(new ReviewDto
    {
        Id = reviewId,
        UserId = author,
        ResourceType = "product",
        ResourceId = "42",
        AuthorName = "Ada L.",
        Content = "It works.",
        Status = status,
        Title = title,
        ModerationReason = reason,
    });
}
