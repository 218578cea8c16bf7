using GoApi.Domain.Kernel;

namespace GoApi.Domain.Reviews;

/// <summary>One person's complaint about one review; its own aggregate, because a review may gather thousands.</summary>
public sealed class ReviewReport : Aggregate
{
    private ReviewReport()
    {
    }

    internal ReviewReport(Guid reviewId, Guid reporterId, string reason, DateTimeOffset now) : base(now) =>
        (ReviewId, ReporterId, Reason) = (reviewId, reporterId, reason);

    public Guid ReviewId { get; private set; }

    public Guid ReporterId { get; private set; }

    public string Reason { get; private set; } = "";
}
