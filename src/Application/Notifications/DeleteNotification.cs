using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Deletes one of one's own from the inbox.</summary>
public sealed record DeleteNotification(Guid Id);

internal sealed class DeleteNotificationHandler(INotificationRepository notifications, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<DeleteNotification, Done>
{
    public async Task<Result<Done>> HandleAsync(DeleteNotification request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId || await notifications.FindOwnedAsync(request.Id, userId, ct) is not { } notification) return NotificationErrors.NotFound;

        notifications.Remove(notification);
        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
