using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

public interface INotificationRepository
{
    Task<Notification?> FindOwnedAsync(Guid id, Guid userId, CancellationToken ct);

    Task<Suppression?> FindSuppressionAsync(Guid id, CancellationToken ct);

    /// <summary>Those that somebody has set.</summary>
    Task<IReadOnlyList<NotificationPreference>> FindPreferencesAsync(Guid userId, CancellationToken ct);

    /// <summary>At once, in the caller's transaction.</summary>
    /// <returns>How many were unread.</returns>
    Task<int> ReadAllAsync(Guid userId, DateTimeOffset now, CancellationToken ct);

    void Add(NotificationPreference preference);

    void Remove(Notification notification);

    void Remove(Suppression suppression);
}
