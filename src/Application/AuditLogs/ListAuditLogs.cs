using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.AuditLogs;

/// <summary>Staff search the audit trail, of which there is an entry: about the person whose doings were asked for, where it was one.</summary>
[AuditAction("audit_logs.list")]
public sealed record ListAuditLogs(AuditLogFilter Filter, PageRequest Page);

internal sealed class ListAuditLogsHandler(IAuditLogQueries entries, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<ListAuditLogs, Page<AuditLogDto>>
{
    public async Task<Result<Page<AuditLogDto>>> HandleAsync(ListAuditLogs request, CancellationToken ct)
    {
        if ((await entries.ListAsync(request.Filter, request.Page, ct)).Failed(out var error, out var page)) return error;

        var (resource, id) = request.Filter.Read;
        audit.Record("audit_logs.list", AuditStatus.Success, resource, id);
        await unitOfWork.SaveAsync(ct);
        return page;
    }
}
