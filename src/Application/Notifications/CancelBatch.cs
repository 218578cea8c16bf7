using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Stops a batch: what has not been handed to a provider is not sent any more.</summary>
public sealed record CancelBatch(Guid Id);

internal sealed class CancelBatchHandler(IBatches batches, INotificationQueries queries, IUnitOfWork unitOfWork, TimeProvider time) : IUseCase<CancelBatch, BatchDto>
{
    public async Task<Result<BatchDto>> HandleAsync(CancelBatch request, CancellationToken ct)
    {
        if (await batches.FindAsync(request.Id, ct) is not { } batch) return NotificationErrors.NoSuchBatch;
        if (batch.Cancel(time.GetUtcNow()).Failed(out var error)) return error;

        await unitOfWork.SaveAsync(ct);
        return (await queries.FindBatchAsync(batch.Id, ct))!;
    }
}
