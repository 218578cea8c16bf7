using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Staff look at what was sent to whom, of which there is an entry.</summary>
public sealed record ListDeliveries(DeliveryFilter Filter, PageRequest Page);

public sealed record ReadDelivery(Guid Id);

/// <summary>Staff look at the addresses that nothing more is sent to, of which there is an entry.</summary>
public sealed record ListSuppressions(SuppressionFilter Filter, PageRequest Page);

internal sealed class ReadLedgerHandler(INotificationQueries queries, IAuditTrail audit, IUnitOfWork unitOfWork) :
    IUseCase<ListDeliveries, Page<DeliveryDto>>, IUseCase<ReadDelivery, DeliveryDto>, IUseCase<ListSuppressions, Page<SuppressionDto>>
{
    public async Task<Result<Page<DeliveryDto>>> HandleAsync(ListDeliveries request, CancellationToken ct)
    {
        if ((await queries.ListDeliveriesAsync(request.Filter, request.Page, ct)).Failed(out var error, out var page)) return error;

        await RecordAsync("notifications.list_deliveries", "delivery", null, ct);
        return page;
    }

    public async Task<Result<DeliveryDto>> HandleAsync(ReadDelivery request, CancellationToken ct)
    {
        if (await queries.FindDeliveryAsync(request.Id, ct) is not { } delivery) return NotificationErrors.NoSuchDelivery;

        await RecordAsync("notifications.read_delivery", "delivery", delivery.Id, ct);
        return delivery;
    }

    public async Task<Result<Page<SuppressionDto>>> HandleAsync(ListSuppressions request, CancellationToken ct)
    {
        if ((await queries.ListSuppressionsAsync(request.Filter, request.Page, ct)).Failed(out var error, out var page)) return error;

        await RecordAsync("notifications.list_suppressions", "suppression", null, ct);
        return page;
    }

    private Task RecordAsync(string action, string resource, Guid? id, CancellationToken ct)
    {
        audit.Record(action, AuditStatus.Success, resource, id?.ToString());
        return unitOfWork.SaveAsync(ct);
    }
}
