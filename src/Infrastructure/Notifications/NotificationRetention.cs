using GoApi.Domain.Notifications;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

/// <summary>The ledger is kept for a year, and what people have read in their inbox; what is unread, pending or dead stays.</summary>
internal sealed class NotificationRetention(AppDbContext db, TimeProvider time) : IRetention
{
    public static readonly TimeSpan Keep = TimeSpan.FromDays(366);

    private const int BatchSize = 1_000;

    public async Task CleanAsync(CancellationToken ct)
    {
        var before = CreationTime.Smallest(time.GetUtcNow() - Keep);
        await DeleteAsync(db.Set<Delivery>().Where(row => row.Id.CompareTo(before) < 0 && (row.State == DeliveryState.Sent || row.State == DeliveryState.Failed)).OrderBy(row => row.Id), ct);
        await DeleteAsync(db.Set<Notification>().Where(row => row.Id.CompareTo(before) < 0 && row.ReadAt != null).OrderBy(row => row.Id), ct);
        await DeleteAsync(db.Set<NotificationBatch>().Where(row => row.Id.CompareTo(before) < 0 && !db.Set<Delivery>().Any(delivery => delivery.BatchId == row.Id)).OrderBy(row => row.Id), ct);
    }

    // In batches, so that no lock is held for long.
    private static async Task DeleteAsync<T>(IQueryable<T> rows, CancellationToken ct)
    {
        while (await rows.Take(BatchSize).ExecuteDeleteAsync(ct) == BatchSize)
        {
        }
    }
}
