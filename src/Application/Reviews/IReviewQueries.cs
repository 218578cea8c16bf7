using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Reviews to read. Every list is newest first unless it is sorted, in a total order.</summary>
public interface IReviewQueries
{
    /// <summary>Approved ones only.</summary>
    Task<Result<Page<ReviewDto>>> ListAsync(ReviewFilter filter, PageRequest page, CancellationToken ct);

    /// <summary>Those of one author, of every status.</summary>
    Task<Result<Page<ReviewDto>>> ListOfAuthorAsync(Guid authorId, PageRequest page, CancellationToken ct);

    /// <summary>The moderators' queue, oldest first: who waits longest is served first.</summary>
    Task<Result<Page<ReviewDto>>> ListForModerationAsync(ModerationFilter filter, PageRequest page, CancellationToken ct);

    /// <summary>Null where there is none.</summary>
    Task<ReviewDto?> FindAsync(Guid id, CancellationToken ct);

    /// <summary>Of the approved ones.</summary>
    Task<ReviewSummary> SummariseAsync(ReviewSubject subject, CancellationToken ct);
}

/// <param name="Sort"><c>created_at</c> or <c>rating</c>, with a leading '-' for descending; newest first by default.</param>
public sealed record ReviewFilter(string? ResourceType, string? ResourceId, int? Rating, Guid? UserId, string? Sort) : IListFilter;

/// <param name="Status"><c>pending</c> by default.</param>
/// <param name="Reported">Only those that somebody reported (true) or nobody did (false).</param>
public sealed record ModerationFilter(string? Status, bool? Reported) : IListFilter;

/// <summary>What a summary is about.</summary>
public sealed record ReviewSubject(string? ResourceType, string? ResourceId) : IListFilter;

internal sealed class ReviewFilterValidator : AbstractValidator<ReviewFilter>
{
    public ReviewFilterValidator()
    {
        RuleFor(filter => filter.ResourceType).MaximumLength(Review.MaxResourceType);
        RuleFor(filter => filter.ResourceId).MaximumLength(Review.MaxResourceId);
        RuleFor(filter => filter.Rating).InclusiveBetween(Review.MinRating, Review.MaxRating);
        RuleFor(filter => filter.Sort).SortedBy("created_at", "rating");
    }
}

internal sealed class ModerationFilterValidator : AbstractValidator<ModerationFilter>
{
    public ModerationFilterValidator() => RuleFor(filter => filter.Status).OneOf<ModerationFilter, ReviewStatus>();
}

internal sealed class ReviewSubjectValidator : AbstractValidator<ReviewSubject>
{
    public ReviewSubjectValidator()
    {
        RuleFor(subject => subject.ResourceType).NotEmpty().MaximumLength(Review.MaxResourceType);
        RuleFor(subject => subject.ResourceId).NotEmpty().MaximumLength(Review.MaxResourceId);
    }
}
