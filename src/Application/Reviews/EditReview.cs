using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Replaces the text of one's own review, which then waits for a moderator again.</summary>
public sealed record EditReview(int Rating, string? Title, string Content)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class EditReviewValidator : AbstractValidator<EditReview>
{
    public EditReviewValidator()
    {
        RuleFor(request => request.Rating).InclusiveBetween(Review.MinRating, Review.MaxRating);
        RuleFor(request => request.Title).MaximumLength(Review.MaxTitle);
        RuleFor(request => request.Content).NotEmpty().MaximumLength(Review.MaxContent);
    }
}

internal sealed class EditReviewHandler(
    IReviewRepository reviews, IReviewQueries queries, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time) : IUseCase<EditReview, ReviewDto>
{
    public async Task<Result<ReviewDto>> HandleAsync(EditReview request, CancellationToken ct)
    {
        if (actor.UserId is not { } authorId || await reviews.FindOwnedAsync(request.Id, authorId, ct) is not { } review) return ReviewErrors.NotFound;

        review.Edit(request.Rating, request.Title, request.Content, time.GetUtcNow());
        await unitOfWork.SaveAsync(ct);

        return (await queries.FindAsync(review.Id, ct))!.For(authorId, moderator: false);
    }
}
