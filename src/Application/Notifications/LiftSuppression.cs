using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Lets messages go to an address again: its owner has mended it, or wants them after all.</summary>
public sealed record LiftSuppression(Guid Id);

internal sealed class LiftSuppressionHandler(INotificationRepository notifications, IUnitOfWork unitOfWork) : IUseCase<LiftSuppression, Done>
{
    public async Task<Result<Done>> HandleAsync(LiftSuppression request, CancellationToken ct)
    {
        if (await notifications.FindSuppressionAsync(request.Id, ct) is not { } suppression) return NotificationErrors.NoSuchSuppression;

        notifications.Remove(suppression);
        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
