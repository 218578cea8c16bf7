using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Goes on with a batch whose next part was given up: where it stopped, so that nobody gets anything twice.</summary>
public sealed record ResumeBatch(Guid Id);

internal sealed class ResumeBatchHandler(IBatches batches, INotificationQueries queries, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<ResumeBatch, BatchDto>
{
    public async Task<Result<BatchDto>> HandleAsync(ResumeBatch request, CancellationToken ct)
    {
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if (await batches.FindAsync(request.Id, ct) is not { } batch) return NotificationErrors.NoSuchBatch;
        if (batch.Status == BatchStatus.Cancelled) return NotificationErrors.AlreadyCancelled;
        if (!await batches.ReopenAsync(batch, ct)) return NotificationErrors.NotStalled;

        audit.Record("notifications.resume_batch", AuditStatus.Success, "notification_batch", batch.Id.ToString());
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return (await queries.FindBatchAsync(batch.Id, ct))!;
    }
}
