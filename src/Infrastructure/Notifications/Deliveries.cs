using System.Diagnostics.CodeAnalysis;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

internal sealed class Deliveries(AppDbContext db, UnitOfWorkScope work, MessageRetries messages) : IDeliveries
{
    private const string LowerIsSql = "It is translated; addresses are ASCII and the column compares byte by byte, so this is what Suppression.Normalize makes of them.";

    public Task<Delivery?> FindAsync(Guid id, CancellationToken ct) => db.Set<Delivery>().FirstOrDefaultAsync(row => row.Id == id, ct);

    [SuppressMessage("Globalization", "CA1304", Justification = LowerIsSql)]
    [SuppressMessage("Globalization", "CA1311", Justification = LowerIsSql)]
    public async Task<DueDelivery?> FindDueAsync(Guid id, CancellationToken ct)
    {
        var users = db.Set<AppUser>().Where(user => user.Status == UserStatus.Active);
        var found = await (
            from delivery in db.Set<Delivery>()
            where delivery.Id == id
            join batch in db.Set<NotificationBatch>() on delivery.BatchId equals batch.Id into batches
            from batch in batches.DefaultIfEmpty()
            join user in users on delivery.UserId equals user.Id into people
            from user in people.DefaultIfEmpty()
            select new
            {
                Delivery = delivery,
                Batch = batch,
                Person = user == null ? null : new { user.Id, user.Email, user.PhoneNumber, user.PhoneNumberConfirmed, user.FirstName, user.LastName, user.Locale },
                Suppressed = db.Set<Suppression>()
                    .Where(row => row.Channel == delivery.Channel && row.Address == (delivery.Channel == Channel.Email ? user.NormalizedEmail!.ToLower() : user.PhoneNumber))
                    .Select(row => (SuppressionReason?)row.Reason).FirstOrDefault(),
                IsUnwanted = db.Set<NotificationPreference>().Any(row => row.UserId == delivery.UserId && row.Category == delivery.Category && row.Channel == delivery.Channel && !row.IsEnabled),
            }).FirstOrDefaultAsync(ct);
        if (found is null) return null;

        var person = found.Person is { } of ? new Addressee(of.Id, of.Email!, of.PhoneNumberConfirmed ? of.PhoneNumber : null, of.FirstName, of.LastName, of.Locale) : null;
        var suppressed = found.Delivery is { BatchId: null, Address: { } own } ? await FindSuppressionAsync(found.Delivery.Channel, own, ct) : found.Suppressed;
        return new DueDelivery(found.Delivery, found.Batch, person, found.Delivery.Category == Category.Security || !found.IsUnwanted, suppressed);
    }

    public async Task<bool> IsWantedAsync(Guid userId, string category, Channel channel, CancellationToken ct) => category == Category.Security
        || !await db.Set<NotificationPreference>().AnyAsync(row => row.UserId == userId && row.Category == category && row.Channel == channel && !row.IsEnabled, ct);

    public async Task<SuppressionReason?> FindSuppressionAsync(Channel channel, string address, CancellationToken ct)
    {
        var normalized = Suppression.Normalize(address);
        return await db.Set<Suppression>().Where(row => row.Channel == channel && row.Address == normalized).Select(row => (SuppressionReason?)row.Reason).FirstOrDefaultAsync(ct);
    }

    public async Task OpenAsync(Delivery delivery, CancellationToken ct)
    {
        // That save is not the effect of the message, which closes it.
        var message = work.MessageInWork;
        work.MessageInWork = null;
        db.Add(delivery);
        await db.SaveChangesAsync(ct);
        work.MessageInWork = message;
    }

    public void Add(Delivery delivery) => db.Add(delivery);

    public void Add(DeliveryAttempt attempt) => db.Add(attempt);

    public async Task<bool> ReopenAsync(Guid id, CancellationToken ct) => await messages.ReopenAsync([id], ct) == 1;

    public async Task<int> ReopenDeadAsync(Channel? channel, Guid? batchId, int limit, DateTimeOffset now, CancellationToken ct)
    {
        var dead = db.Set<Delivery>().Where(row => row.State == DeliveryState.Dead && row.Verdict != DeliveryVerdict.Delivered);
        if (channel is { } over) dead = dead.Where(row => row.Channel == over);
        if (batchId is { } of) dead = dead.Where(row => row.BatchId == of);
        var ids = await dead.OrderBy(row => row.Id).Select(row => row.Id).Take(limit).ToArrayAsync(ct);

        await db.Set<Delivery>().Where(row => ids.Contains(row.Id) && row.State == DeliveryState.Dead)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, DeliveryState.Pending).SetProperty(row => row.UpdatedAt, now), ct);
        return await messages.ReopenAsync(ids, ct);
    }
}
