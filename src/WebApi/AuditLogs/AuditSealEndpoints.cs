using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.AuditLogs;
using GoApi.Domain.AuditLogs;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.AuditLogs;

/// <summary>What shows that the trail is what it was: docs/audit-trail.md.</summary>
internal static class AuditSealEndpoints
{
    public static void MapAuditSeals(this IEndpointRouteBuilder trail)
    {
        trail.MapGet("/verify", Verify).RequirePermission(Permission.AuditRead).LimitExpensive().WithSummary("Recompute all seals over the entries; with a seal that was kept elsewhere, also whether anything was cut off since");
        trail.MapGet("/{id:guid}/proof", Prove).RequirePermission(Permission.AuditRead).MayAnswer(StatusCodes.Status409Conflict).WithSummary("What shows, offline too, that an entry is in its seal");
        trail.MapGet("/seals", ListSeals).RequirePermission(Permission.AuditRead).WithSummary("The seals, newest first");
        trail.MapGet("/seals/export", ExportSeals).RequirePermission(Permission.AuditRead).LimitExpensive().Streams(JsonLinesStream.MediaType).WithSummary("The seals as JSON lines, by number: for keeping them elsewhere");
        trail.MapGet("/records", ExportRecords).RequirePermission(Permission.AuditRead).LimitExpensive().Streams(JsonLinesStream.MediaType)
            .WithSummary("The sealed entries as JSON lines, exactly as they are stored: what is personal is encrypted, and each line is what a seal vouches for");
    }

    private static async Task<ApiResult<TrailAnswer>> Verify([AsParameters] KeptSeal kept, IAuditSeals seals, CancellationToken ct) =>
        ((Result<TrailAnswer>)TrailAnswer.Of(await seals.VerifyAsync(kept.ToKnown(), ct))).ToHttp("Audit trail verified");

    private static async Task<ApiResult<InclusionProof>> Prove(Guid id, IAuditSeals seals, CancellationToken ct) =>
        (await seals.ProveAsync(id, ct)).ToHttp("Inclusion proof");

    private static async Task<ApiResult<Page<SealDto>>> ListSeals([AsParameters] PageRequest page, IAuditSeals seals, CancellationToken ct) =>
        (await seals.ListAsync(page, ct)).ToPage("Seals");

    private static JsonLinesStream<SealDto> ExportSeals([AsParameters] AfterSeal after, IAuditSeals seals, CancellationToken ct) =>
        new("audit-seals", seals.StreamAsync(after.Number, ct));

    private static async Task<IResult> ExportRecords([AsParameters] AfterSeal after, IUseCase<ExportAuditRecords, ExportedAuditRecords> export, CancellationToken ct) =>
        (await export.HandleAsync(new ExportAuditRecords(after.Number), ct)).Failed(out var error, out var exported) ? error.ToAnswer() : new JsonLinesStream<RecordLine>("audit-records", exported.Rows.Select(record => new RecordLine(record)));
}

/// <param name="Valid">Nothing is wrong with any sealed entry or seal.</param>
/// <param name="Entries">Sealed entries that were found as they were sealed.</param>
/// <param name="Seals">Seals that hold.</param>
/// <param name="SealedThrough">The highest sequence that they vouch for; 0 where there is none.</param>
/// <param name="LastSeal">The last one that holds: kept elsewhere, it shows later whether something was cut off.</param>
/// <param name="FirstInvalid">What is wrong first; what lies behind it was not looked at.</param>
internal sealed record TrailAnswer(bool Valid, long Entries, long Seals, long SealedThrough, KnownSeal? LastSeal, TrailFault? FirstInvalid)
{
    public static TrailAnswer Of(TrailVerdict verdict) => new(
        verdict.IsValid, verdict.Entries, verdict.Seals, verdict.SealedThrough, verdict.Last is { } last ? new KnownSeal(last.Number, last.Hash) : null, verdict.FirstInvalid);
}
