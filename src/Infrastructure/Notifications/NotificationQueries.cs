using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

internal sealed class NotificationQueries(AppDbContext db, PageReader pages, DeliveryLedger ledger, MessageRetries messages) : INotificationQueries
{
    private static readonly ListOrder<NotificationDto> Newest = new ByCreation<NotificationDto>(row => row.Id, newestFirst: true);
    private static readonly ListOrder<BatchDto> NewestBatch = new ByCreation<BatchDto>(row => row.Id, newestFirst: true);
    private static readonly ListOrder<SuppressionDto> NewestSuppression = new ByCreation<SuppressionDto>(row => row.Id, newestFirst: true);

    public async Task<Result<Inbox>> ListAsync(Guid userId, InboxFilter filter, PageRequest page, CancellationToken ct)
    {
        var rows = Of(userId);
        if (filter.Unread is { } unread) rows = unread ? rows.Where(row => row.ReadAt == null) : rows.Where(row => row.ReadAt != null);
        if (filter.Type is { } type) rows = rows.Where(row => row.Type == type);
        if (EnumText.Parse<Channel>(filter.Channel) is { } channel)
        {
            var name = NotificationColumns.Containing(channel);
            rows = rows.Where(row => ((string)(object)row.Channels).Contains(name));
        }

        if ((await pages.ReadAsync("notifications", rows, Project, Newest, page, ct)).Failed(out var error, out var found)) return error;

        return new Inbox(found, await Of(userId).LongCountAsync(row => row.ReadAt == null, ct));
    }

    public Task<NotificationDto?> FindAsync(Guid id, Guid userId, CancellationToken ct) => Project(Of(userId).Where(row => row.Id == id)).FirstOrDefaultAsync(ct);

    public Task<Result<Page<DeliveryDto>>> ListDeliveriesAsync(DeliveryFilter filter, PageRequest page, CancellationToken ct) => ledger.ListAsync(filter, page, ct);

    public Task<DeliveryDto?> FindDeliveryAsync(Guid id, CancellationToken ct) => ledger.FindAsync(id, ct);

    public Task<Result<Page<BatchDto>>> ListBatchesAsync(PageRequest page, CancellationToken ct) =>
        pages.ReadAsync("notifications.batches", db.Set<NotificationBatch>().AsNoTracking(), Project, NewestBatch, page, ct);

    public async Task<BatchDto?> FindBatchAsync(Guid id, CancellationToken ct)
    {
        if (await Project(db.Set<NotificationBatch>().AsNoTracking().Where(row => row.Id == id)).FirstOrDefaultAsync(ct) is not { } batch) return null;

        var counts = await db.Set<Delivery>().Where(row => row.BatchId == id).GroupBy(row => row.State).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, ct);
        return batch with
        {
            Deliveries = new DeliveryCounts(
                counts.GetValueOrDefault(DeliveryState.Pending), counts.GetValueOrDefault(DeliveryState.Sent),
                counts.GetValueOrDefault(DeliveryState.Failed), counts.GetValueOrDefault(DeliveryState.Dead)),
        };
    }

    public Task<Result<Page<SuppressionDto>>> ListSuppressionsAsync(SuppressionFilter filter, PageRequest page, CancellationToken ct)
    {
        var rows = db.Set<Suppression>().AsNoTracking();
        if (EnumText.Parse<Channel>(filter.Channel) is { } channel) rows = rows.Where(row => row.Channel == channel);
        if (filter.Address is { } given)
        {
            var address = Suppression.Normalize(given);
            rows = rows.Where(row => row.Address == address);
        }

        return pages.ReadAsync("notifications.suppressions", rows, Project, NewestSuppression, page, ct);
    }

    public async Task<PreferencesDto> ListPreferencesAsync(Guid userId, CancellationToken ct)
    {
        var set = (await db.Set<NotificationPreference>().AsNoTracking().Where(row => row.UserId == userId).ToListAsync(ct)).ToDictionary(row => (row.Category, row.Channel), row => row.IsEnabled);
        return new PreferencesDto([.. Category.All.Union(set.Keys.Select(key => key.Category)).Order(StringComparer.Ordinal)
            .SelectMany(category => Enum.GetValues<Channel>().Select(channel => new PreferenceDto(category, channel, category == Category.Security || set.GetValueOrDefault((category, channel), true))))]);
    }

    private IQueryable<Notification> Of(Guid userId) => db.Set<Notification>().AsNoTracking().Where(row => row.UserId == userId);

    private static IQueryable<NotificationDto> Project(IQueryable<Notification> rows) => rows.Select(row => new NotificationDto
    {
        Id = row.Id,
        UserId = row.UserId,
        Type = row.Type,
        Category = row.Category,
        Channels = row.Channels,
        Title = row.Title,
        Content = row.Content,
        ReadAt = row.ReadAt,
        CreatedAt = row.CreatedAt,
        Version = row.Version,
    });

    private IQueryable<BatchDto> Project(IQueryable<NotificationBatch> rows) => rows.Select(row => new BatchDto
    {
        Id = row.Id,
        CreatedBy = row.CreatedBy,
        Role = row.Role,
        Channels = row.Channels,
        Template = row.Template,
        Category = row.Category,
        Status = row.Status,
        Accepted = row.Accepted,
        Expanded = row.Expanded,
        Skipped = row.Skipped,
        IsStalled = row.Status != BatchStatus.Cancelled && messages.Dead.Any(message => message.Id == row.NextPart),
        SendAt = row.SendAt,
        ExpandedAt = row.ExpandedAt,
        CancelledAt = row.CancelledAt,
        CreatedAt = row.CreatedAt,
    });

    private static IQueryable<SuppressionDto> Project(IQueryable<Suppression> rows) => rows.Select(row => new SuppressionDto
    {
        Id = row.Id,
        Channel = row.Channel,
        Address = row.Address,
        Reason = row.Reason,
        Detail = row.Detail,
        CreatedAt = row.CreatedAt,
    });
}
