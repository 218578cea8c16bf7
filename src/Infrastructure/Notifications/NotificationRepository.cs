using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

internal sealed class NotificationRepository(AppDbContext db) : INotificationRepository
{
    public Task<Notification?> FindOwnedAsync(Guid id, Guid userId, CancellationToken ct) => db.FindAggregateAsync<Notification>(row => row.Id == id && row.UserId == userId, ct);

    public Task<Suppression?> FindSuppressionAsync(Guid id, CancellationToken ct) => db.FindAggregateAsync<Suppression>(row => row.Id == id, ct);

    public async Task<IReadOnlyList<NotificationPreference>> FindPreferencesAsync(Guid userId, CancellationToken ct) =>
        await db.Set<NotificationPreference>().Where(row => row.UserId == userId).ToListAsync(ct);

    public Task<int> ReadAllAsync(Guid userId, DateTimeOffset now, CancellationToken ct) => db.Set<Notification>().Where(row => row.UserId == userId && row.ReadAt == null)
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.ReadAt, now).SetProperty(row => row.UpdatedAt, now).SetProperty(row => row.Version, row => row.Version + 1), ct);

    public void Add(NotificationPreference preference) => db.Add(preference);

    public void Remove(Notification notification) => db.Remove(notification);

    public void Remove(Suppression suppression) => db.Remove(suppression);
}
