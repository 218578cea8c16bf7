using System.Text.Json.Serialization;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

public sealed record NotificationDto : IVersioned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    /// <summary>The name of the template.</summary>
    public required string Type { get; init; }

    public required string Category { get; init; }

    /// <summary>All that it was sent over.</summary>
    public required IReadOnlyList<Channel> Channels { get; init; }

    public required string Title { get; init; }

    public required string Content { get; init; }

    public bool IsRead => ReadAt is not null;

    public DateTimeOffset? ReadAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    [JsonIgnore]
    public int Version { get; init; }
}

public enum DeliveryStatus
{
    /// <summary>To be sent, or to be tried again: see <see cref="DeliveryDto.NextAttemptAt"/>.</summary>
    Pending,

    /// <summary>Handed to the queue.</summary>
    Queued,

    /// <summary>A worker is on it.</summary>
    Sending,

    /// <summary>The provider took it.</summary>
    Sent,

    /// <summary>The provider reported that it arrived, or it is in the inbox.</summary>
    Delivered,

    /// <summary>It was not tried, and is not going to be, or the provider reported that it did not arrive.</summary>
    Failed,

    /// <summary>Given up after the last attempt.</summary>
    Dead,
}

public sealed record DeliveryDto
{
    public Guid Id { get; init; }

    public Guid? BatchId { get; init; }

    public Guid? UserId { get; init; }

    public Channel Channel { get; init; }

    public required string Category { get; init; }

    public string? Template { get; init; }

    /// <summary>Null while it is not known, and for the inbox.</summary>
    public string? To { get; init; }

    /// <summary>Of a message in words of its own.</summary>
    public string? Subject { get; init; }

    public DeliveryStatus Status { get; init; }

    /// <summary>The provider may or may not have sent it in an attempt whose outcome nobody knows.</summary>
    public bool Ambiguous { get; init; }

    /// <summary>In the order in which they were made.</summary>
    public IReadOnlyList<AttemptDto> Attempts { get; init; } = [];

    /// <summary>Null where there is none to come.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    public string? Error { get; init; }

    /// <summary>The provider's own id of it.</summary>
    public string? ProviderId { get; init; }

    public DateTimeOffset? SendAt { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

/// <param name="EndedAt">Null where the worker ended in it.</param>
public sealed record AttemptDto(int Number, AttemptOutcome Outcome, string? ProviderId, string? Error, DateTimeOffset StartedAt, DateTimeOffset? EndedAt);

public sealed record BatchDto
{
    public Guid Id { get; init; }

    public Guid? CreatedBy { get; init; }

    public string? Role { get; init; }

    public required IReadOnlyList<Channel> Channels { get; init; }

    public required string Template { get; init; }

    public required string Category { get; init; }

    public BatchStatus Status { get; init; }

    /// <summary>How many people it was for when it was accepted.</summary>
    public int Accepted { get; init; }

    /// <summary>How many of them have been gone through.</summary>
    public int Expanded { get; init; }

    /// <summary>How many of those got nothing: they want none, have no address for the channels, or are gone.</summary>
    public int Skipped { get; init; }

    /// <summary>Its next part was given up after several attempts, and waits for somebody to have it resumed.</summary>
    public bool IsStalled { get; init; }

    /// <summary>The deliveries by what has become of them; null in lists.</summary>
    public DeliveryCounts? Deliveries { get; init; }

    public DateTimeOffset? SendAt { get; init; }

    public DateTimeOffset? ExpandedAt { get; init; }

    public DateTimeOffset? CancelledAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <param name="Sent">Taken by the provider, or in the inbox.</param>
/// <param name="Failed">Not tried, and not going to be.</param>
public sealed record DeliveryCounts(int Pending, int Sent, int Failed, int Dead);

public sealed record SuppressionDto
{
    public Guid Id { get; init; }

    public Channel Channel { get; init; }

    public required string Address { get; init; }

    public SuppressionReason Reason { get; init; }

    /// <summary>In the provider's words.</summary>
    public string? Detail { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

public sealed record PreferencesDto(IReadOnlyList<PreferenceDto> Preferences);

public sealed record PreferenceDto(string Category, Channel Channel, bool Enabled);
