using GoApi.Domain.Kernel;

namespace GoApi.Domain.Reviews;

public static class ReviewErrors
{
    public static Error NotFound { get; } = Error.NotFound("The review");

    public static Error AlreadyReviewed { get; } = Error.Conflict("You have reviewed this already; change that review instead.");

    public static Error AlreadyReported { get; } = Error.Conflict("You have reported this review already.");

    public static Error OwnReview { get; } = Error.Conflict("You cannot report your own review.");

    public static Error ReasonMissing { get; } = Error.Invalid("reason", "A rejection needs a reason.");

    public static Error AlreadyDecided(ReviewStatus status) =>
        Error.Conflict($"The review is {(status == ReviewStatus.Approved ? "approved" : "rejected")} already.");
}
