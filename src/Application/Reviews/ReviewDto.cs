using System.Text.Json.Serialization;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>A review as clients see it; <see cref="For"/> hides what is not for everybody.</summary>
public sealed record ReviewDto : IVersioned
{
    public Guid Id { get; init; }

    public required string ResourceType { get; init; }

    public required string ResourceId { get; init; }

    public Guid UserId { get; init; }

    public required string AuthorName { get; init; }

    public int Rating { get; init; }

    public string? Title { get; init; }

    public required string Content { get; init; }

    public ReviewStatus Status { get; init; }

    public Guid? ModeratedBy { get; init; }

    public DateTimeOffset? ModeratedAt { get; init; }

    /// <summary>For the author and moderators only.</summary>
    public string? ModerationReason { get; init; }

    /// <summary>How many people reported it since the last decision; for moderators only.</summary>
    public int? ReportCount { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    [JsonIgnore]
    public int Version { get; init; }

    public ReviewDto For(Guid? userId, bool moderator) => moderator ? this : this with
    {
        ReportCount = null,
        ModerationReason = UserId == userId ? ModerationReason : null,
    };
}

/// <param name="Average">Rounded to two decimals; null where there is none.</param>
/// <param name="Histogram">How many gave each rating: the keys are "1" to "5".</param>
public sealed record ReviewSummary(int Count, decimal? Average, IReadOnlyDictionary<string, int> Histogram);
