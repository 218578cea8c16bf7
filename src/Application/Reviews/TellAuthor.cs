using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Tells the author what was decided. It looks at the review as it is now: a decision that was changed meanwhile is not announced.</summary>
[Consumer("reviews.tell-author", Lane.Mail)]
internal sealed class TellAuthor(IReviewQueries reviews, IUserDirectory users, IEmailSender sender, IMailLinks links) : IConsumer<ReviewApproved>, IConsumer<ReviewRejected>
{
    public Task<Consumed> HandleAsync(ReviewApproved happened, Message message, CancellationToken ct) =>
        SendAsync(happened.ReviewId, ReviewStatus.Approved, "Your review is published", "has been approved, and everybody can read it now.", message, ct);

    public Task<Consumed> HandleAsync(ReviewRejected happened, Message message, CancellationToken ct) =>
        SendAsync(happened.ReviewId, ReviewStatus.Rejected, "Your review was not accepted", "was not accepted. You can change it and send it again.", message, ct);

    private async Task<Consumed> SendAsync(Guid reviewId, ReviewStatus decided, string subject, string what, Message message, CancellationToken ct)
    {
        if (await reviews.FindAsync(reviewId, ct) is not { } review || review.Status != decided) return Consumed.Done;
        if (await users.FindAddressAsync(review.UserId, ct) is not var (email, firstName)) return Consumed.Done;

        var mail = new MailText(links.AppName, $"{subject} – {links.AppName}")
            .Paragraph($"Hello {firstName},")
            .Paragraph($"Your review “{review.Title ?? "without a title"}” {what}");
        if (review.ModerationReason is { } reason) mail.Paragraph($"The moderator wrote: {reason}");
        return (await sender.SendAsync(mail.ToMessage(message.Id, email), ct)).ToConsumed();
    }
}
