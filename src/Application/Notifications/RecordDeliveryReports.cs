using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Notifications;

/// <summary>Takes down what a provider says has become of messages. The provider has proved who it is; doing it twice is harmless.</summary>
public sealed record RecordDeliveryReports(IReadOnlyList<DeliveryReport> Reports);

internal sealed class RecordDeliveryReportsHandler(IDeliveryReports ledger) : IUseCase<RecordDeliveryReports, Done>
{
    public async Task<Result<Done>> HandleAsync(RecordDeliveryReports request, CancellationToken ct)
    {
        if (request.Reports.Count > 0) await ledger.RecordAsync(request.Reports, ct);
        return Done.Value;
    }
}
