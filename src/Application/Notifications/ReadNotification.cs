using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Marks one of one's own as read.</summary>
public sealed record ReadNotification(Guid Id);

internal sealed class ReadNotificationHandler(INotificationRepository notifications, INotificationQueries queries, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time)
    : IUseCase<ReadNotification, NotificationDto>
{
    public async Task<Result<NotificationDto>> HandleAsync(ReadNotification request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId || await notifications.FindOwnedAsync(request.Id, userId, ct) is not { } notification) return NotificationErrors.NotFound;

        notification.Read(time.GetUtcNow());
        await unitOfWork.SaveAsync(ct);
        return (await queries.FindAsync(notification.Id, userId, ct))!;
    }
}
