using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Marks all of one's own as read.</summary>
[AuditAction("notifications.read_all")]
public sealed record ReadAllNotifications;

/// <param name="Read">How many were unread.</param>
public sealed record ReadNotifications(int Read);

internal sealed class ReadAllNotificationsHandler(INotificationRepository notifications, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time)
    : IUseCase<ReadAllNotifications, ReadNotifications>
{
    public async Task<Result<ReadNotifications>> HandleAsync(ReadAllNotifications request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return NotificationErrors.OnlyUsers;

        await using var transaction = await unitOfWork.BeginAsync(ct);
        var read = await notifications.ReadAllAsync(userId, time.GetUtcNow(), ct);
        if (read > 0) audit.Record("notifications.read_all", AuditStatus.Success, "notification");
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return new ReadNotifications(read);
    }
}
