using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

/// <summary>The ledger to read: what is settled is in the delivery's row, and how far one is that waits, in its message's.</summary>
internal sealed class DeliveryLedger(AppDbContext db, PageReader pages, TimeProvider time)
{
    private static readonly ListOrder<Row> NewestFirst = new ByCreation<Row>(row => row.Id, newestFirst: true);

    public async Task<Result<Page<DeliveryDto>>> ListAsync(DeliveryFilter filter, PageRequest page, CancellationToken ct)
    {
        var rows = db.Set<Delivery>().AsNoTracking();
        if (EnumText.Parse<DeliveryStatus>(filter.Status) is { } status) rows = In(status, rows);
        if (EnumText.Parse<Channel>(filter.Channel) is { } channel) rows = rows.Where(row => row.Channel == channel);
        if (filter.UserId is { } userId) rows = rows.Where(row => row.UserId == userId);
        if (filter.BatchId is { } batchId) rows = rows.Where(row => row.BatchId == batchId);
        // Not as a parameter: the index has only those.
        if (filter.Ambiguous is { } ambiguous) rows = ambiguous ? rows.Where(row => row.IsAmbiguous) : rows.Where(row => !row.IsAmbiguous);

        if ((await pages.ReadAsync("notifications.deliveries", rows, WithMessage, NewestFirst, page, ct)).Failed(out var error, out var found)) return error;

        var attempts = await AttemptsAsync([.. found.Items.Select(row => row.Id)], ct);
        var now = time.GetUtcNow();
        return found.Select(row => row.ToDto(attempts[row.Id], now));
    }

    public async Task<DeliveryDto?> FindAsync(Guid id, CancellationToken ct)
    {
        if (await WithMessage(db.Set<Delivery>().AsNoTracking().Where(row => row.Id == id)).FirstOrDefaultAsync(ct) is not { } found) return null;

        return found.ToDto((await AttemptsAsync([id], ct))[id], time.GetUtcNow());
    }

    private async Task<ILookup<Guid, DeliveryAttempt>> AttemptsAsync(Guid[] ids, CancellationToken ct) =>
        (await db.Set<DeliveryAttempt>().AsNoTracking().Where(row => ids.Contains(row.DeliveryId)).OrderBy(row => row.Number).ToListAsync(ct)).ToLookup(row => row.DeliveryId);

    private IQueryable<Delivery> In(DeliveryStatus status, IQueryable<Delivery> rows)
    {
        var now = time.GetUtcNow();
        var messages = db.Set<OutboxMessage>();
        var unjudged = rows.Where(row => row.Verdict == null);
        var pending = unjudged.Where(row => row.State == DeliveryState.Pending);
        return status switch
        {
            DeliveryStatus.Pending => pending.Where(row => !messages.Any(message => message.Id == row.Id && (message.LeaseUntil >= now || message.Dispatches > message.Settled))),
            DeliveryStatus.Queued => pending.Where(row => messages.Any(message => message.Id == row.Id && (message.LeaseUntil == null || message.LeaseUntil < now) && message.Dispatches > message.Settled)),
            DeliveryStatus.Sending => pending.Where(row => messages.Any(message => message.Id == row.Id && message.LeaseUntil >= now)),
            DeliveryStatus.Sent => unjudged.Where(row => row.State == DeliveryState.Sent),
            DeliveryStatus.Delivered => rows.Where(row => row.Verdict == DeliveryVerdict.Delivered),
            DeliveryStatus.Failed => rows.Where(row => row.State == DeliveryState.Failed && row.Verdict == null || row.Verdict == DeliveryVerdict.Failed),
            DeliveryStatus.Dead => unjudged.Where(row => row.State == DeliveryState.Dead),
            _ => throw new InvalidOperationException($"Status {status} is not known."),
        };
    }

    private IQueryable<Row> WithMessage(IQueryable<Delivery> rows) =>
        from delivery in rows
        join message in db.Set<OutboxMessage>() on delivery.Id equals message.Id into messages
        from message in messages.DefaultIfEmpty()
        select new Row
        {
            Id = delivery.Id,
            Delivery = delivery,
            IsOpen = message != null && message.State == OutboxState.Open,
            IsQueued = message != null && message.Dispatches > message.Settled,
            LeaseUntil = message == null ? null : message.LeaseUntil,
            DueAt = message == null ? null : message.DueAt,
        };

    private sealed record Row
    {
        public required Guid Id { get; init; }

        public required Delivery Delivery { get; init; }

        public bool IsOpen { get; init; }

        public bool IsQueued { get; init; }

        public DateTimeOffset? LeaseUntil { get; init; }

        public DateTimeOffset? DueAt { get; init; }

        public DeliveryDto ToDto(IEnumerable<DeliveryAttempt> attempts, DateTimeOffset now)
        {
            var status = StatusAt(now);
            return new DeliveryDto
            {
                Id = Id,
                BatchId = Delivery.BatchId,
                UserId = Delivery.UserId,
                Channel = Delivery.Channel,
                Category = Delivery.Category,
                Template = Delivery.Template,
                To = Delivery.Address,
                Subject = Delivery.Subject,
                Status = status,
                Ambiguous = Delivery.IsAmbiguous,
                Attempts = [.. attempts.Select(attempt => new AttemptDto(attempt.Number, attempt.Outcome, attempt.ProviderId, attempt.Error, attempt.StartedAt, attempt.EndedAt))],
                NextAttemptAt = status == DeliveryStatus.Pending && IsOpen ? DueAt : null,
                Error = Delivery.Verdict == DeliveryVerdict.Failed ? Delivery.VerdictReason : Delivery.LastError,
                ProviderId = Delivery.ProviderId,
                SendAt = Delivery.SendAt,
                SentAt = Delivery.SentAt,
                DeliveredAt = Delivery.Verdict == DeliveryVerdict.Delivered ? Delivery.VerdictAt : null,
                CreatedAt = Delivery.CreatedAt,
                UpdatedAt = Delivery.UpdatedAt,
            };
        }

        private DeliveryStatus StatusAt(DateTimeOffset now) => Delivery switch
        {
            { Verdict: DeliveryVerdict.Delivered } => DeliveryStatus.Delivered,
            { Verdict: DeliveryVerdict.Failed } or { State: DeliveryState.Failed } => DeliveryStatus.Failed,
            { State: DeliveryState.Sent } => DeliveryStatus.Sent,
            { State: DeliveryState.Dead } => DeliveryStatus.Dead,
            _ when LeaseUntil >= now => DeliveryStatus.Sending,
            _ when IsQueued => DeliveryStatus.Queued,
            _ => DeliveryStatus.Pending,
        };
    }
}
