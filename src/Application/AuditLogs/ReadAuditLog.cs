using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.AuditLogs;

/// <summary>Staff look at one entry of the audit trail, of which there is another one.</summary>
public sealed record ReadAuditLog(Guid Id);

internal sealed class ReadAuditLogHandler(IAuditLogQueries entries, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<ReadAuditLog, AuditLogDto>
{
    public async Task<Result<AuditLogDto>> HandleAsync(ReadAuditLog request, CancellationToken ct)
    {
        if (await entries.FindAsync(request.Id, ct) is not { } entry) return AuditLogErrors.NotFound;

        audit.Record("audit_logs.read", AuditStatus.Success, "audit_log", entry.Id.ToString());
        await unitOfWork.SaveAsync(ct);
        return entry;
    }
}
