using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.AuditLogs;
using GoApi.Domain.Kernel;

namespace GoApi.Application.AuditLogs;

/// <summary>An auditor takes the sealed entries along, of which there is an entry.</summary>
/// <param name="After">Those that later seals than this number vouch for.</param>
[AuditAction("audit_logs.export_records")]
public sealed record ExportAuditRecords(long After);

internal sealed class ExportAuditRecordsHandler(IAuditSeals seals, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<ExportAuditRecords, ExportedAuditRecords>
{
    public async Task<Result<ExportedAuditRecords>> HandleAsync(ExportAuditRecords request, CancellationToken ct)
    {
        audit.Record("audit_logs.export_records", AuditStatus.Success, "audit_log");
        await unitOfWork.SaveAsync(ct);
        return new ExportedAuditRecords(seals.StreamRecordsAsync(request.After, ct));
    }
}

/// <param name="Rows">Read while they are written.</param>
public sealed record ExportedAuditRecords(IAsyncEnumerable<AuditRecord> Rows);
