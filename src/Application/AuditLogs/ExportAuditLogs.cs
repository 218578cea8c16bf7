using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.AuditLogs;

/// <summary>Staff take a part of the audit trail with them, of which there is an entry before the first of them is read.</summary>
[AuditAction("audit_logs.export")]
public sealed record ExportAuditLogs(AuditLogFilter Filter);

internal sealed class ExportAuditLogsHandler(IAuditLogQueries entries, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<ExportAuditLogs, ExportedAuditLogs>
{
    public async Task<Result<ExportedAuditLogs>> HandleAsync(ExportAuditLogs request, CancellationToken ct)
    {
        var (resource, id) = request.Filter.Read;
        audit.Record("audit_logs.export", AuditStatus.Success, resource, id);
        await unitOfWork.SaveAsync(ct);
        return new ExportedAuditLogs(entries.StreamAsync(request.Filter, ct));
    }
}

/// <param name="Rows">Read while they are written.</param>
public sealed record ExportedAuditLogs(IAsyncEnumerable<AuditLogDto> Rows);

public enum AuditExportFormat
{
    Csv,
    Jsonl,
}

/// <summary>The shape that an export has.</summary>
/// <param name="Format"><c>csv</c>, which is also what comes where nothing is named, or <c>jsonl</c>: an entry a line, as <c>GET /{id}</c> shows it.</param>
public sealed record AuditLogExport(string? Format) : IListFilter
{
    public AuditExportFormat Kind() => EnumText.Parse<AuditExportFormat>(Format) ?? AuditExportFormat.Csv;
}

internal sealed class AuditLogExportValidator : AbstractValidator<AuditLogExport>
{
    public AuditLogExportValidator() => RuleFor(export => export.Format).OneOf<AuditLogExport, AuditExportFormat>();
}
