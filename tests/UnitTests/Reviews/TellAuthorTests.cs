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
    private readonly IEmailSender sender = Substitute.For<IEmailSender>();
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid author = NewId();
    private readonly Guid reviewId = NewId();
    private readonly List<EmailMessage> sent = [];

    public TellAuthorTests()
    {
        links.AppName.Returns("GoApi");
        users.FindAddressAsync(author, Ct).Returns(("ada@example.com", "Ada"));
        sender.SendAsync(Arg.Do<EmailMessage>(sent.Add), Arg.Any<CancellationToken>()).Returns(new SendResult(SendOutcome.Sent));
    }

    [Fact]
    public async Task Approval_is_announced_under_the_id_of_the_message()
    {
        Exists(ReviewStatus.Approved, title: "Good");

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));

        var mail = Assert.Single(sent);
        Assert.Equal((message.Id, "ada@example.com", "Your review is published – GoApi"), (mail.MessageId, mail.To, mail.Subject));
        Assert.Contains("Hello Ada,", mail.Text, StringComparison.Ordinal);
        Assert.Contains("“Good”", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("The moderator wrote", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejection_is_announced_with_its_reason()
    {
        Exists(ReviewStatus.Rejected, reason: "Off topic");

        await Consumer().HandleAsync(new ReviewRejected(reviewId, author), message, Ct);

        var mail = Assert.Single(sent);
        Assert.StartsWith("Your review was not accepted", mail.Subject, StringComparison.Ordinal);
        Assert.Contains("The moderator wrote: Off topic", mail.Text, StringComparison.Ordinal);
        Assert.Contains("“without a title”", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decision_that_was_changed_meanwhile_is_not_announced()
    {
        Exists(ReviewStatus.Rejected);
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));

        Exists(ReviewStatus.Pending);
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewRejected(reviewId, author), message, Ct));

        Assert.Empty(sent);
    }

    [Fact]
    public async Task Deleted_review_is_not_announced()
    {
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));
        Assert.Empty(sent);
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        Exists(ReviewStatus.Approved);
        users.FindAddressAsync(author, Ct).Returns(((string, string)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));
        Assert.Empty(sent);
    }

    [Fact]
    public async Task Outcome_of_the_provider_decides_whether_there_is_another_attempt()
    {
        Exists(ReviewStatus.Approved);
        sender.SendAsync(Arg.Any<EmailMessage>(), Arg.Any<CancellationToken>()).Returns(new SendResult(SendOutcome.Unavailable, Error: "503", RetryAfter: TimeSpan.FromSeconds(9)));

        Assert.Equal(new Consumed.Failed("503", TimeSpan.FromSeconds(9)), await Consumer().HandleAsync(new ReviewApproved(reviewId, author), message, Ct));
    }

    private TellAuthor Consumer() => new(reviews, users, sender, links);

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
