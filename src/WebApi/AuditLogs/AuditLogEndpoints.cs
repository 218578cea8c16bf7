using System.Globalization;
using GoApi.Application.Abstractions.Csv;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.AuditLogs;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.AuditLogs;

internal static class AuditLogEndpoints
{
    private static readonly CsvColumn<AuditLogDto>[] Columns =
    [
        new("id", entry => entry.Id.ToString()),
        new("sequence", entry => entry.Sequence.ToString(CultureInfo.InvariantCulture)),
        new("actor_user_id", entry => entry.ActorUserId?.ToString()),
        new("actor_client_id", entry => entry.ActorClientId),
        new("subject_user_id", entry => entry.SubjectUserId?.ToString()),
        new("action", entry => entry.Action),
        new("resource", entry => entry.Resource),
        new("resource_id", entry => entry.ResourceId),
        new("ip_address", entry => entry.IpAddress),
        new("user_agent", entry => entry.UserAgent),
        new("request_id", entry => entry.RequestId),
        new("status", entry => entry.Status.ToText()),
        new("error", entry => entry.Error),
        new("changes", entry => entry.Changes?.GetRawText()),
        new("created_at", entry => entry.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)),
    ];

    public static void MapAuditLogs(this IEndpointRouteBuilder app)
    {
        var entries = app.MapGroup("/api/v1/audit-logs").WithTags("AuditLogs");
        entries.MapGet("/", List).RequirePermission(Permission.AuditRead).WithSummary("Search the audit trail, newest first; all filters may be combined, and `action` takes all of a module as `module.*`");
        entries.MapGet("/export", Export).RequirePermission(Permission.AuditRead).LimitExpensive().Streams(CsvStream.MediaType, JsonLinesStream.MediaType)
            .WithSummary("All entries that fit, as a CSV file or as JSON lines; a cell that begins like a formula has an apostrophe before it");
        entries.MapGet("/{id:guid}", Get).RequirePermission(Permission.AuditRead).WithSummary("One entry");
        entries.MapAuditSeals();
    }

    private static async Task<ApiResult<Page<AuditLogDto>>> List(
        [AsParameters] AuditLogFilter filter, [AsParameters] PageRequest page, IUseCase<ListAuditLogs, Page<AuditLogDto>> list, CancellationToken ct) =>
        (await list.HandleAsync(new ListAuditLogs(filter, page), ct)).ToPage("Audit entries");

    private static async Task<IResult> Export(
        [AsParameters] AuditLogFilter filter, [AsParameters] AuditLogExport export, IUseCase<ExportAuditLogs, ExportedAuditLogs> entries, CancellationToken ct)
    {
        if ((await entries.HandleAsync(new ExportAuditLogs(filter), ct)).Failed(out var error, out var exported)) return error.ToAnswer();
        return export.Kind() == AuditExportFormat.Csv ? new CsvStream<AuditLogDto>("audit-logs", Columns, exported.Rows) : new JsonLinesStream<AuditLogDto>("audit-logs", exported.Rows);
    }

    private static async Task<ApiResult<AuditLogDto>> Get(Guid id, IUseCase<ReadAuditLog, AuditLogDto> read, CancellationToken ct) =>
        (await read.HandleAsync(new ReadAuditLog(id), ct)).ToHttp("Audit entry");
}
