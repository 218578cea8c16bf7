using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;

namespace GoApi.Infrastructure.Notifications;

/// <summary>Takes down in the audit trail that a provider reported.</summary>
internal sealed class DeliveryReports(IAuditTrail audit, IUnitOfWork unitOfWork) : IDeliveryReports
{
    public Task RecordAsync(IReadOnlyList<DeliveryReport> reports, CancellationToken ct)
    {
        audit.Record("notifications.record_delivery_reports", AuditStatus.Success, "delivery");
        return unitOfWork.SaveAsync(ct);
    }
}
