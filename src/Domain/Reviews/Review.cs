using GoApi.Domain.Kernel;

namespace GoApi.Domain.Reviews;

public enum ReviewStatus
{
    Pending,
    Approved,
    Rejected,
}

/// <summary>What one person thinks of one thing. Nobody sees it before a moderator approved it.</summary>
public sealed class Review : Aggregate
{
    public const int MinRating = 1;
    public const int MaxRating = 5;
    public const int MaxResourceType = 64;
    public const int MaxResourceId = 128;
    public const int MaxTitle = 200;
    public const int MaxContent = 5_000;
    public const int MaxReason = 1_000;

    private Review()
    {
    }

    private Review(Guid authorId, string resourceType, string resourceId, DateTimeOffset now) : base(now) =>
        (AuthorId, ResourceType, ResourceId) = (authorId, resourceType, resourceId);

    public Guid AuthorId { get; private set; }

    /// <summary>What kind of thing is reviewed, in the words of the system that uses GoApi (<c>product</c>).</summary>
    public string ResourceType { get; private set; } = "";

    public string ResourceId { get; private set; } = "";

    public int Rating { get; private set; }

    public string? Title { get; private set; }

    public string Content { get; private set; } = "";

    public ReviewStatus Status { get; private set; }

    public Guid? ModeratedBy { get; private set; }

    public DateTimeOffset? ModeratedAt { get; private set; }

    public string? ModerationReason { get; private set; }

    /// <summary>How many people reported it since it was last decided on.</summary>
    public int ReportCount { get; private set; }

    public static Review Submit(Guid authorId, string resourceType, string resourceId, int rating, string? title, string content, DateTimeOffset now)
    {
        var review = new Review(authorId, resourceType, resourceId, now);
        review.Write(rating, title, content);
        review.Raise(new ReviewSubmitted(review.Id, authorId));
        return review;
    }

    /// <summary>An edited review is a new text: it waits for a moderator again.</summary>
    public void Edit(int rating, string? title, string content, DateTimeOffset now)
    {
        Write(rating, title, content);
        Status = ReviewStatus.Pending;
        (ModeratedBy, ModeratedAt, ModerationReason, ReportCount) = (null, null, null, 0);
        Touch(now);
        Raise(new ReviewSubmitted(Id, AuthorId));
    }

    public Result<Done> Approve(Guid? moderatorId, DateTimeOffset now)
    {
        if (Status == ReviewStatus.Approved) return ReviewErrors.AlreadyDecided(Status);

        Decide(ReviewStatus.Approved, moderatorId, null, now);
        Raise(new ReviewApproved(Id, AuthorId));
        return Done.Value;
    }

    public Result<Done> Reject(Guid? moderatorId, string? reason, DateTimeOffset now)
    {
        if (Status == ReviewStatus.Rejected) return ReviewErrors.AlreadyDecided(Status);
        if (string.IsNullOrWhiteSpace(reason)) return ReviewErrors.ReasonMissing;

        Decide(ReviewStatus.Rejected, moderatorId, reason, now);
        Raise(new ReviewRejected(Id, AuthorId));
        return Done.Value;
    }

    public Result<ReviewReport> Report(Guid reporterId, string reason, DateTimeOffset now)
    {
        if (Status != ReviewStatus.Approved) return ReviewErrors.NotFound;
        if (reporterId == AuthorId) return ReviewErrors.OwnReview;

        ReportCount++;
        Raise(new ReviewReported(Id, reporterId));
        return new ReviewReport(Id, reporterId, reason, now);
    }

    public bool IsVisibleTo(Guid? userId, bool moderator) => Status == ReviewStatus.Approved || moderator || AuthorId == userId;

    // The boundaries are the use cases' to report, field by field; here they only may not be crossed.
    private void Write(int rating, string? title, string content)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rating, MinRating);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rating, MaxRating);
        ArgumentException.ThrowIfNullOrWhiteSpace(content);
        (Rating, Title, Content) = (rating, string.IsNullOrEmpty(title) ? null : title, content);
    }

    private void Decide(ReviewStatus status, Guid? moderatorId, string? reason, DateTimeOffset now)
    {
        (Status, ModeratedBy, ModeratedAt, ModerationReason, ReportCount) = (status, moderatorId, now, reason, 0);
        Touch(now);
    }
}
