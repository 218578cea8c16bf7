using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>The same decision on many reviews, in one transaction: those that cannot be decided on are named, the others are.</summary>
[AuditAction("reviews.moderate_bulk")]
public sealed record ModerateReviews(IReadOnlyList<Guid> Ids, string Status, string? Reason)
{
    public const int MaxIds = 100;
}

/// <param name="Code">Of the error; null where the decision was made.</param>
public sealed record ModerationResult(Guid Id, bool Success, string? Code, string? Message);

internal sealed class ModerateReviewsValidator : AbstractValidator<ModerateReviews>
{
    public ModerateReviewsValidator()
    {
        RuleFor(request => request.Ids).NotEmpty().Must(ids => ids is null || ids.Count <= ModerateReviews.MaxIds)
            .WithMessage($"At most {ModerateReviews.MaxIds} ids at a time.");
        RuleFor(request => request.Status).NotEmpty().OneOf(ReviewStatus.Approved, ReviewStatus.Rejected);
        RuleFor(request => request.Reason).MaximumLength(Review.MaxReason);
        RuleFor(request => request.Reason).NotEmpty().When(request => request.Status == "rejected").WithMessage(ReviewErrors.ReasonMissing.Fields[0].Message);
    }
}

internal sealed class ModerateReviewsHandler(IReviewRepository reviews, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time)
    : IUseCase<ModerateReviews, IReadOnlyList<ModerationResult>>
{
    public async Task<Result<IReadOnlyList<ModerationResult>>> HandleAsync(ModerateReviews request, CancellationToken ct)
    {
        var ids = request.Ids.Distinct().ToArray();
        var found = (await reviews.FindManyAsync(ids, ct)).ToDictionary(review => review.Id);
        var approve = EnumText.Parse<ReviewStatus>(request.Status) == ReviewStatus.Approved;
        var now = time.GetUtcNow();

        var results = ids.Select(id =>
        {
            Result<Done> decided = !found.TryGetValue(id, out var review) ? ReviewErrors.NotFound
                : approve ? review.Approve(actor.UserId, now)
                : review.Reject(actor.UserId, request.Reason, now);
            return new ModerationResult(id, !decided.Failed(out var error), error?.Code, error?.Message);
        }).ToArray();

        await unitOfWork.SaveAsync(ct);
        return results;
    }
}
