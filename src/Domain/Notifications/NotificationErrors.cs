using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

public static class NotificationErrors
{
    public static Error NotFound { get; } = Error.NotFound("The notification");

    public static Error NoSuchDelivery { get; } = Error.NotFound("The delivery");

    public static Error NoSuchBatch { get; } = Error.NotFound("The batch");

    public static Error NoSuchSuppression { get; } = Error.NotFound("The suppression");

    public static Error AlreadyCancelled { get; } = Error.Conflict("The batch is cancelled already.");

    public static Error NotStalled { get; } = Error.Conflict("The batch is not stalled: what is left of it is made by itself.");

    public static Error SentAlready { get; } = Error.Conflict("It was sent already.");

    public static Error InWork { get; } = Error.Conflict("It is on its way: it is tried again by itself.");

    /// <summary>Messages that are done are kept for a week.</summary>
    public static Error TooOld { get; } = Error.Conflict("It is too old to be tried again; send it anew.");

    public static Error OnlyUsers { get; } = Error.Forbidden("Only a user has an inbox.");
}
