using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Tells the author what was decided. It looks at the review as it is now: a decision that was changed meanwhile is not announced.</summary>
internal abstract class TellAuthor(IReviewQueries reviews, IUserDirectory users) : IConsumer<ReviewApproved>, IConsumer<ReviewRejected>
{
    public Task<Consumed> HandleAsync(ReviewApproved happened, Message message, CancellationToken ct) =>
        TellAsync(happened.ReviewId, ReviewStatus.Approved, "reviews.approved", message, ct);

    public Task<Consumed> HandleAsync(ReviewRejected happened, Message message, CancellationToken ct) =>
        TellAsync(happened.ReviewId, ReviewStatus.Rejected, "reviews.rejected", message, ct);

    protected abstract Task<Consumed> TellAsync(Message message, Recipient author, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct);

    private async Task<Consumed> TellAsync(Guid reviewId, ReviewStatus decided, string template, Message message, CancellationToken ct)
    {
        if (await reviews.FindAsync(reviewId, ct) is not { } review || review.Status != decided) return Consumed.Done;
        if (await users.FindAddressAsync(review.UserId, ct) is not var (email, firstName, locale)) return Consumed.Done;

        return await TellAsync(message, new Recipient(review.UserId, email, locale), template, new Dictionary<string, object?>
        {
            ["first_name"] = firstName,
            ["title"] = review.Title,
            ["reason"] = review.ModerationReason,
        }, ct);
    }
}

[Consumer("reviews.tell-author", Lane.Mail)]
internal sealed class TellAuthorByMail(IReviewQueries reviews, IUserDirectory users, IMessenger messenger) : TellAuthor(reviews, users)
{
    protected override Task<Consumed> TellAsync(Message message, Recipient author, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        messenger.MailAsync(message, author, template, variables, ct);
}

[Consumer("reviews.tell-author-in-app", Lane.Work)]
internal sealed class TellAuthorInApp(IReviewQueries reviews, IUserDirectory users, IMessenger messenger) : TellAuthor(reviews, users)
{
    protected override Task<Consumed> TellAsync(Message message, Recipient author, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        messenger.PutIntoInboxAsync(message, author, template, variables, ct);
}
