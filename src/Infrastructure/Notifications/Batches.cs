using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

internal sealed class Batches(AppDbContext db, MessageRetries messages) : IBatches
{
    public Task<NotificationBatch?> FindAsync(Guid id, CancellationToken ct) => db.FindAggregateAsync<NotificationBatch>(row => row.Id == id, ct);

    public void Add(NotificationBatch batch) => db.Add(batch);

    public void Add(Notification notification) => db.Add(notification);

    public void Add(Delivery delivery) => db.Add(delivery);

    public async Task<bool> ReopenAsync(NotificationBatch batch, CancellationToken ct) =>
        batch.NextPart is { } part && await messages.Dead.AnyAsync(row => row.Id == part, ct) && await messages.ReopenAsync([part], ct) == 1;

    public Task<int> CountAsync(Audience audience, CancellationToken ct) => Of(audience).CountAsync(ct);

    public async Task<IReadOnlySet<Guid>> FindMissingAsync(IReadOnlyCollection<Guid> userIds, CancellationToken ct) =>
        userIds.Except(await Of(new Audience(null, [.. userIds])).Select(user => user.Id).ToListAsync(ct)).ToHashSet();

    public async Task<IReadOnlyList<Listener>> NextAsync(NotificationBatch batch, int limit, CancellationToken ct)
    {
        var people = Of(new Audience(batch.Role, batch.UserIds));
        if (batch.After is { } after) people = people.Where(user => user.Id.CompareTo(after) > 0);
        var part = await people.OrderBy(user => user.Id).Take(limit)
            .Select(user => new { user.Id, user.Email, Phone = user.PhoneNumberConfirmed ? user.PhoneNumber : null, user.FirstName, user.LastName, user.Locale })
            .ToListAsync(ct);

        var ids = part.ConvertAll(user => user.Id);
        var unwanted = batch.Category == Category.Security
            ? []
            : (await db.Set<NotificationPreference>().Where(row => ids.Contains(row.UserId) && row.Category == batch.Category && !row.IsEnabled)
                .Select(row => new { row.UserId, row.Channel }).ToListAsync(ct)).Select(row => (row.UserId, row.Channel)).ToHashSet();
        return part.ConvertAll(user => new Listener(
            new Addressee(user.Id, user.Email!, user.Phone, user.FirstName, user.LastName, user.Locale),
            [.. batch.Channels.Where(channel => (channel != Channel.Sms || user.Phone is not null) && !unwanted.Contains((user.Id, channel)))]));
    }

    private IQueryable<AppUser> Of(Audience audience)
    {
        var users = db.Set<AppUser>().AsNoTracking().Where(user => user.Status == UserStatus.Active);
        return EnumText.Parse<Role>(audience.Role) is { } role ? users.Where(user => user.Role == role) : users.Where(user => audience.UserIds.Contains(user.Id));
    }
}
