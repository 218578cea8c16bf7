using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Writes a review; a moderator decides whether others see it. One review a user and resource.</summary>
public sealed record SubmitReview(string ResourceType, string ResourceId, int Rating, string? Title, string Content);

internal sealed class SubmitReviewValidator : AbstractValidator<SubmitReview>
{
    public SubmitReviewValidator()
    {
        RuleFor(request => request.ResourceType).NotEmpty().MaximumLength(Review.MaxResourceType);
        RuleFor(request => request.ResourceId).NotEmpty().MaximumLength(Review.MaxResourceId);
        RuleFor(request => request.Rating).InclusiveBetween(Review.MinRating, Review.MaxRating);
        RuleFor(request => request.Title).MaximumLength(Review.MaxTitle);
        RuleFor(request => request.Content).NotEmpty().MaximumLength(Review.MaxContent);
    }
}

internal sealed class SubmitReviewHandler(
    IReviewRepository reviews, IReviewQueries queries, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time) : IUseCase<SubmitReview, ReviewDto>
{
    public async Task<Result<ReviewDto>> HandleAsync(SubmitReview request, CancellationToken ct)
    {
        if (actor.UserId is not { } authorId) return Error.Forbidden("Only a user can write a review.");
        if (await reviews.HasReviewedAsync(authorId, request.ResourceType, request.ResourceId, ct)) return ReviewErrors.AlreadyReviewed;

        var review = Review.Submit(authorId, request.ResourceType, request.ResourceId, request.Rating, request.Title, request.Content, time.GetUtcNow());
        reviews.Add(review);
        await unitOfWork.SaveAsync(ct);

        return (await queries.FindAsync(review.Id, ct))!.For(authorId, moderator: false);
    }
}
