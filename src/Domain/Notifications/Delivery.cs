using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

public enum DeliveryState
{
    /// <summary>To be sent, for the first time or again.</summary>
    Pending,

    /// <summary>The provider took it, or it is in the inbox.</summary>
    Sent,

    /// <summary>It was not tried, and is not going to be: <see cref="Delivery.LastError"/> says why.</summary>
    Failed,

    /// <summary>Given up after the last attempt; somebody can have it tried again.</summary>
    Dead,
}

/// <summary>What the provider told later of what it took.</summary>
public enum DeliveryVerdict
{
    Delivered,
    Failed,
}

/// <summary>
/// One message to one person over one channel, and what became of it. Its id is that of the message in the outbox which sends it.
/// The worker writes how it was sent and the provider's webhook what it says of it: different columns, in any order, so neither waits
/// for the other and nothing is lost between them.
/// </summary>
public sealed class Delivery : Aggregate
{
    public const int MaxSubject = 998;
    public const int MaxBody = 10_000;
    public const int MaxAddress = 254;
    public const int MaxError = 1_000;
    public const int MaxProviderId = 200;

    private Delivery()
    {
    }

    private Delivery(Guid id, Channel channel, string category, DateTimeOffset now) : base(id, now)
    {
        (Channel, Category) = (channel, category);
        // There it is with this.
        if (channel == Channel.InApp) (State, SentAt, Verdict, VerdictAt) = (DeliveryState.Sent, now, DeliveryVerdict.Delivered, now);
    }

    public Guid? BatchId { get; private set; }

    public Guid? UserId { get; private set; }

    public Channel Channel { get; private set; }

    public string Category { get; private set; } = "";

    /// <summary>Null where it has words of its own.</summary>
    public string? Template { get; private set; }

    /// <summary>Where it went, or is to go; null while that is not known, and in the inbox.</summary>
    public string? Address { get; private set; }

    /// <summary>Of a message that has words of its own; of others they are in the batch, or nowhere.</summary>
    public string? Subject { get; private set; }

    public string? Body { get; private set; }

    public DateTimeOffset? SendAt { get; private set; }

    public DeliveryState State { get; private set; }

    /// <summary>The provider may or may not have sent it in an attempt whose outcome nobody knows.</summary>
    public bool IsAmbiguous { get; private set; }

    /// <summary>How many were begun: one that found that it must not be sent counts too, and calls no provider.</summary>
    public int AttemptCount { get; private set; }

    public string? LastError { get; private set; }

    /// <summary>The provider's own id of it.</summary>
    public string? ProviderId { get; private set; }

    public DateTimeOffset? SentAt { get; private set; }

    public DeliveryVerdict? Verdict { get; private set; }

    public DateTimeOffset? VerdictAt { get; private set; }

    public string? VerdictReason { get; private set; }

    /// <summary>To a recipient of a batch. One for the inbox is done with that.</summary>
    public static Delivery Of(NotificationBatch batch, Guid userId, Channel channel, DateTimeOffset now)
    {
        var delivery = new Delivery(Guid.CreateVersion7(now), channel, batch.Category, now) { BatchId = batch.Id, UserId = userId, Template = batch.Template, SendAt = batch.SendAt };
        if (channel != Channel.InApp) delivery.Raise(Due(channel, delivery.Id));
        return delivery;
    }

    /// <summary>To an address, in words of its own.</summary>
    public static Delivery To(Channel channel, string address, string? subject, string body, DateTimeOffset now)
    {
        var delivery = new Delivery(Guid.CreateVersion7(now), channel, Notifications.Category.General, now) { Address = address, Subject = subject, Body = body };
        delivery.Raise(Due(channel, delivery.Id));
        return delivery;
    }

    /// <summary>Of what the system itself has to say, whose message is being worked on.</summary>
    public static Delivery OfSystem(Guid messageId, Channel channel, string category, string template, Guid? userId, DateTimeOffset createdAt) =>
        new(messageId, channel, category, createdAt) { UserId = userId, Template = template };

    /// <summary>Attempts of which nobody told.</summary>
    /// <param name="number">Of the attempt that is being made; those before it that are not here are made up for.</param>
    /// <param name="ambiguous">Whether a worker ended in one of them: otherwise they failed before a provider was called.</param>
    public IReadOnlyList<DeliveryAttempt> CutOff(int number, DateTimeOffset now, bool ambiguous = true)
    {
        var (outcome, error) = ambiguous
            ? (AttemptOutcome.Unknown, "The worker ended before the outcome was known.")
            : (AttemptOutcome.Unavailable, "The attempt failed before a provider was called.");
        List<DeliveryAttempt> missing = [];
        while (AttemptCount < number - 1)
        {
            IsAmbiguous |= ambiguous;
            missing.Add(new DeliveryAttempt(Id, ++AttemptCount, outcome, null, error, now, null));
        }

        return missing;
    }

    /// <summary>Writes down an attempt.</summary>
    /// <param name="attempt">Its number is the next one.</param>
    /// <param name="isLast">There is no further one if it failed.</param>
    public void Record(DeliveryAttempt attempt, string address, bool isLast, DateTimeOffset now)
    {
        (AttemptCount, Address, LastError) = (attempt.Number, address, attempt.Error);
        IsAmbiguous |= attempt.Outcome == AttemptOutcome.Unknown;
        if (attempt.Outcome == AttemptOutcome.Sent) (State, SentAt, ProviderId) = (DeliveryState.Sent, attempt.EndedAt, attempt.ProviderId);
        else if (isLast || attempt.Outcome == AttemptOutcome.Rejected) State = DeliveryState.Dead;
        Touch(now);
    }

    /// <summary>It is not going to be tried.</summary>
    /// <param name="number">Of the attempt that found it; 0 where none was begun.</param>
    public void Fail(int number, string reason, DateTimeOffset now)
    {
        (State, AttemptCount, LastError, SentAt) = (DeliveryState.Failed, number, Words.Fit(reason, MaxError), null);
        // There is no provider of the inbox who says more.
        if (Channel == Channel.InApp) (Verdict, VerdictAt) = (null, null);
        Touch(now);
    }

    /// <summary>Every attempt was cut off.</summary>
    /// <param name="number">Of the attempt that found it, and called no provider.</param>
    public void GiveUp(int number, DateTimeOffset now)
    {
        (State, AttemptCount, LastError) = (DeliveryState.Dead, number, "Every attempt was cut off before its outcome was known.");
        Touch(now);
    }

    /// <summary>The provider says that it delivered what nobody knew to be sent.</summary>
    public void Confirm(DateTimeOffset now)
    {
        (State, SentAt, LastError) = (DeliveryState.Sent, VerdictAt, null);
        Touch(now);
    }

    /// <summary>Somebody wants it to be tried again.</summary>
    public Result<Done> Retry(DateTimeOffset now)
    {
        if (State == DeliveryState.Sent || Verdict == DeliveryVerdict.Delivered) return NotificationErrors.SentAlready;
        if (State == DeliveryState.Pending && AttemptCount == 0) return NotificationErrors.InWork;

        State = DeliveryState.Pending;
        Touch(now);
        return Done.Value;
    }

    /// <summary>What the provider says. What was delivered once was delivered, whatever is told later.</summary>
    public void Judge(DeliveryVerdict verdict, string? reason, DateTimeOffset at)
    {
        if (Verdict == DeliveryVerdict.Delivered) return;

        (Verdict, VerdictAt, VerdictReason) = (verdict, at, Words.Fit(reason, Suppression.MaxDetail));
    }

    private static IJob Due(Channel channel, Guid id) => channel == Channel.Email ? new EmailDue(id, null) : new SmsDue(id, null);
}

public enum AttemptOutcome
{
    /// <summary>The provider took it.</summary>
    Sent,

    /// <summary>The provider refuses it for good.</summary>
    Rejected,

    /// <summary>The provider did not take it, and may later.</summary>
    Unavailable,

    /// <summary>Nobody knows.</summary>
    Unknown,
}

/// <summary>One call to a provider.</summary>
public sealed class DeliveryAttempt
{
    private DeliveryAttempt()
    {
    }

    /// <param name="startedAt">Where the worker ended in it: when that was found.</param>
    /// <param name="endedAt">Null where the worker ended in it.</param>
    public DeliveryAttempt(Guid deliveryId, int number, AttemptOutcome outcome, string? providerId, string? error, DateTimeOffset startedAt, DateTimeOffset? endedAt) =>
        (DeliveryId, Number, Outcome, ProviderId, Error, StartedAt, EndedAt) =
        (deliveryId, number, outcome, Words.Fit(providerId, Delivery.MaxProviderId), Words.Fit(error, Delivery.MaxError), startedAt, endedAt);

    public Guid DeliveryId { get; private set; }

    /// <summary>From 1.</summary>
    public int Number { get; private set; }

    public AttemptOutcome Outcome { get; private set; }

    public string? ProviderId { get; private set; }

    public string? Error { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }
}
