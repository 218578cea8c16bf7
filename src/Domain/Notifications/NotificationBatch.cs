using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

public enum BatchStatus
{
    /// <summary>Its time has not come, or no worker has begun it.</summary>
    Scheduled,
    Expanding,

    /// <summary>Everybody has a delivery; what became of those is in the ledger.</summary>
    Expanded,
    Cancelled,
}

/// <summary>
/// One sending to many: it is accepted at once, and a worker makes the deliveries from it, a part of the recipients at a time.
/// Each part is saved with the place where the next one begins, so none is made twice or left out.
/// </summary>
public sealed class NotificationBatch : Aggregate
{
    /// <summary>What is written for this once is rendered with this template.</summary>
    public const string Message = "notifications.message";

    public const int MaxRecipients = 1_000;
    public const int MaxVariables = 16_384;

    private NotificationBatch()
    {
    }

    private NotificationBatch(DateTimeOffset now) : base(now)
    {
    }

    public Guid? CreatedBy { get; private set; }

    /// <summary>Everybody of this role, or else <see cref="UserIds"/>.</summary>
    public string? Role { get; private set; }

    public IReadOnlyList<Guid> UserIds { get; private set; } = [];

    public IReadOnlyList<Channel> Channels { get; private set; } = [];

    public string Template { get; private set; } = "";

    public string Category { get; private set; } = "";

    /// <summary>What the template is rendered with: a JSON object.</summary>
    public string Variables { get; private set; } = "{}";

    public DateTimeOffset? SendAt { get; private set; }

    public BatchStatus Status { get; private set; }

    /// <summary>How many people it was for when it was accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>How many of them have been gone through.</summary>
    public int Expanded { get; private set; }

    /// <summary>How many of those got nothing: they want none of this category, have no address for the channels, or are gone.</summary>
    public int Skipped { get; private set; }

    /// <summary>The last recipient who was gone through; they are in the order of their ids.</summary>
    public Guid? After { get; private set; }

    /// <summary>Of the message with which a worker makes the next part.</summary>
    public Guid? NextPart { get; private set; }

    public DateTimeOffset? ExpandedAt { get; private set; }

    public DateTimeOffset? CancelledAt { get; private set; }

    public static NotificationBatch Accept(
        Guid? createdBy, Audience audience, IReadOnlyList<Channel> channels, string template, string category, string variables, DateTimeOffset? sendAt, int accepted, DateTimeOffset now)
    {
        var batch = new NotificationBatch(now)
        {
            CreatedBy = createdBy,
            Role = audience.Role,
            UserIds = audience.UserIds,
            Channels = channels,
            Template = template,
            Category = category,
            Variables = variables,
            SendAt = sendAt,
            Accepted = accepted,
        };
        batch.Continue(batch.Id, sendAt);
        return batch;
    }

    /// <summary>Notes that everybody up to <paramref name="last"/> has been gone through.</summary>
    /// <param name="last">Null where there was nobody left.</param>
    /// <param name="isEnd">Nobody comes after them.</param>
    public void Advance(Guid? last, int expanded, int skipped, bool isEnd, DateTimeOffset now)
    {
        if (Status == BatchStatus.Cancelled) return;

        (After, Expanded, Skipped, Status) = (last ?? After, Expanded + expanded, Skipped + skipped, isEnd ? BatchStatus.Expanded : BatchStatus.Expanding);
        if (isEnd) (ExpandedAt, NextPart) = (now, null);
        else Continue(Guid.CreateVersion7(now), null);
        Touch(now);
    }

    /// <summary>What has not been handed to a provider is not sent any more.</summary>
    public Result<Done> Cancel(DateTimeOffset now)
    {
        if (Status == BatchStatus.Cancelled) return NotificationErrors.AlreadyCancelled;

        (Status, CancelledAt) = (BatchStatus.Cancelled, now);
        Touch(now);
        return Done.Value;
    }

    private void Continue(Guid part, DateTimeOffset? notBefore)
    {
        NextPart = part;
        Raise(new BatchDue(Id, part, notBefore));
    }
}

/// <summary>Whom a batch is for.</summary>
/// <param name="Role">Everybody of this role.</param>
/// <param name="UserIds">Empty where there is a role.</param>
public sealed record Audience(string? Role, IReadOnlyList<Guid> UserIds);
