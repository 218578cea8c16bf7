using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Has a delivery tried again that was given up, was not tried, or waits for its next attempt.</summary>
[AuditAction("notifications.retry")]
public sealed record RetryDelivery(Guid Id);

internal sealed class RetryDeliveryHandler(IDeliveries deliveries, INotificationQueries queries, IAuditTrail audit, IUnitOfWork unitOfWork, TimeProvider time)
    : IUseCase<RetryDelivery, DeliveryDto>
{
    public async Task<Result<DeliveryDto>> HandleAsync(RetryDelivery request, CancellationToken ct)
    {
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if (await deliveries.FindAsync(request.Id, ct) is not { } delivery) return NotificationErrors.NoSuchDelivery;
        var isWaiting = delivery.State == DeliveryState.Pending;
        if (delivery.Retry(time.GetUtcNow()).Failed(out var error)) return error;
        if (!await deliveries.ReopenAsync(delivery.Id, ct)) return isWaiting ? NotificationErrors.InWork : NotificationErrors.TooOld;

        audit.Record("notifications.retry", AuditStatus.Success, "delivery", delivery.Id.ToString());
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return (await queries.FindDeliveryAsync(delivery.Id, ct))!;
    }
}
