using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

/// <summary>Tells the moderators that a review should not be there. Once a user and review.</summary>
public sealed record ReportReview(string Reason)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class ReportReviewValidator : AbstractValidator<ReportReview>
{
    public ReportReviewValidator() => RuleFor(request => request.Reason).NotEmpty().MaximumLength(Review.MaxReason);
}

internal sealed class ReportReviewHandler(IReviewRepository reviews, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time) : IUseCase<ReportReview, Done>
{
    public async Task<Result<Done>> HandleAsync(ReportReview request, CancellationToken ct)
    {
        if (actor.UserId is not { } reporterId) return Error.Forbidden("Only a user can report a review.");
        if (await reviews.FindAsync(request.Id, ct) is not { } review) return ReviewErrors.NotFound;
        if (await reviews.HasReportedAsync(request.Id, reporterId, ct)) return ReviewErrors.AlreadyReported;
        if (review.Report(reporterId, request.Reason, time.GetUtcNow()).Failed(out var error, out var report)) return error;

        reviews.Add(report);
        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
