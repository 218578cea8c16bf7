using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

/// <summary>One message in one person's inbox.</summary>
public sealed class Notification : Aggregate
{
    public const int MaxTitle = 200;
    public const int MaxContent = 5_000;

    private Notification()
    {
    }

    public Notification(Guid userId, Guid? batchId, string type, string category, IReadOnlyList<Channel> channels, string title, string content, DateTimeOffset now) : base(now) =>
        (UserId, BatchId, Type, Category, Channels, Title, Content) = (userId, batchId, type, category, channels, title, content);

    public Guid UserId { get; private set; }

    /// <summary>What it was sent with; null where the system itself had something to say.</summary>
    public Guid? BatchId { get; private set; }

    /// <summary>The name of the template; <see cref="NotificationBatch.Message"/> where it was written for this once.</summary>
    public string Type { get; private set; } = "";

    public string Category { get; private set; } = "";

    /// <summary>All that it was sent over, the inbox included.</summary>
    public IReadOnlyList<Channel> Channels { get; private set; } = [];

    public string Title { get; private set; } = "";

    public string Content { get; private set; } = "";

    public DateTimeOffset? ReadAt { get; private set; }

    /// <summary>The first time counts.</summary>
    public void Read(DateTimeOffset now)
    {
        if (ReadAt is not null) return;

        ReadAt = now;
        Touch(now);
    }
}
