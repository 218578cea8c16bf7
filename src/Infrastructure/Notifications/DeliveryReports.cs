using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

internal sealed class DeliveryReports(AppDbContext db, TimeProvider time) : IDeliveryReports
{
    public async Task RecordAsync(IReadOnlyList<DeliveryReport> reports, CancellationToken ct)
    {
        try
        {
            await TryAsync(reports, ct);
        }
        catch (DbUpdateException refused) when (refused.IsUniqueViolation())
        {
            // Another report has suppressed the address meanwhile.
            db.ChangeTracker.Clear();
            await TryAsync(reports, ct);
        }
    }

    private async Task TryAsync(IReadOnlyList<DeliveryReport> reports, CancellationToken ct)
    {
        var ids = reports.Select(report => report.DeliveryId).OfType<Guid>().Distinct().ToArray();
        var providerIds = reports.Where(report => report.DeliveryId is null).Select(report => report.ProviderId).OfType<string>().Distinct().ToArray();
        var deliveries = await db.Set<Delivery>().Where(row => ids.Contains(row.Id) || row.ProviderId != null && providerIds.Contains(row.ProviderId)).ToListAsync(ct);
        var suppressed = await SuppressedAsync(reports.Select(report => report.Address).Concat(deliveries.Select(row => row.Address)), ct);

        var (byId, byProvider) = (deliveries.ToDictionary(row => row.Id), deliveries.Where(row => row.ProviderId is not null).ToLookup(row => row.ProviderId!));

        foreach (var report in reports)
        {
            var delivery = report.DeliveryId is { } id ? byId.GetValueOrDefault(id) : report.ProviderId is { } of ? byProvider[of].FirstOrDefault() : null;
            if (report.Kind != ReportKind.Complaint)
                delivery?.Judge(report.Kind == ReportKind.Delivered ? DeliveryVerdict.Delivered : DeliveryVerdict.Failed, report.Reason, report.At);
            if (report.Kind is ReportKind.HardBounce or ReportKind.Complaint && (report.Address ?? delivery?.Address) is { } address && suppressed.Add((report.Channel, Suppression.Normalize(address))))
                db.Add(new Suppression(report.Channel, address, report.Kind == ReportKind.HardBounce ? SuppressionReason.HardBounce : SuppressionReason.Complaint, report.Reason, time.GetUtcNow()));
        }

        await db.SaveChangesAsync(ct);
    }

    private async Task<HashSet<(Channel Channel, string Address)>> SuppressedAsync(IEnumerable<string?> addresses, CancellationToken ct)
    {
        var normalized = addresses.OfType<string>().Select(Suppression.Normalize).Distinct().ToArray();
        return (await db.Set<Suppression>().Where(row => normalized.Contains(row.Address)).Select(row => new { row.Channel, row.Address }).ToListAsync(ct))
            .Select(row => (row.Channel, row.Address)).ToHashSet();
    }
}
