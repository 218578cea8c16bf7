using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.Application.Reviews;

public sealed record DeleteReview(Guid Id);

internal sealed class DeleteReviewHandler(IReviewRepository reviews, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<DeleteReview, Done>
{
    public async Task<Result<Done>> HandleAsync(DeleteReview request, CancellationToken ct)
    {
        if (actor.UserId is not { } authorId || await reviews.FindOwnedAsync(request.Id, authorId, ct) is not { } review) return ReviewErrors.NotFound;

        reviews.Remove(review);
        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
