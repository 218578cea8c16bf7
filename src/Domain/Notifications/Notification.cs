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

    private Notification(DateTimeOffset now) : base(now)
    {
    }

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

    /// <summary>What is longer than an inbox shows is cut.</summary>
    public static Notification Of(Guid userId, Guid? batchId, string type, string category, IReadOnlyList<Channel> channels, string title, string content, DateTimeOffset now) => new(now)
    {
        UserId = userId,
        BatchId = batchId,
        Type = type,
        Category = category,
        Channels = channels,
        Title = Cut(title, MaxTitle),
        Content = Cut(content, MaxContent),
    };

    /// <summary>The first time counts.</summary>
    public void Read(DateTimeOffset now)
    {
        if (ReadAt is not null) return;

        ReadAt = now;
        Touch(now);
    }

    // Not in the middle of a pair, of which one half is no text.
    private static string Cut(string text, int length) => text.Length <= length ? text : $"{text[..(char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1)]}…";
}
