using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Decides on a review: <c>approved</c> or <c>rejected</c>, the latter with a reason.</summary>
public sealed record ModerateReview(string Status, string? Reason)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class ModerateReviewValidator : AbstractValidator<ModerateReview>
{
    public ModerateReviewValidator()
    {
        RuleFor(request => request.Status).NotEmpty().OneOf(ReviewStatus.Approved, ReviewStatus.Rejected);
        RuleFor(request => request.Reason).MaximumLength(Review.MaxReason);
        RuleFor(request => request.Reason).NotEmpty().When(request => request.Status == "rejected").WithMessage(ReviewErrors.ReasonMissing.Fields[0].Message);
    }
}

internal sealed class ModerateReviewHandler(
    IReviewRepository reviews, IReviewQueries queries, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time) : IUseCase<ModerateReview, ReviewDto>
{
    public async Task<Result<ReviewDto>> HandleAsync(ModerateReview request, CancellationToken ct)
    {
        if (await reviews.FindAsync(request.Id, ct) is not { } review) return ReviewErrors.NotFound;

        var decided = EnumText.Parse<ReviewStatus>(request.Status) == ReviewStatus.Approved
            ? review.Approve(actor.UserId, time.GetUtcNow())
            : review.Reject(actor.UserId, request.Reason, time.GetUtcNow());
        if (decided.Failed(out var error)) return error;

        await unitOfWork.SaveAsync(ct);
        return (await queries.FindAsync(review.Id, ct))!;
    }
}
