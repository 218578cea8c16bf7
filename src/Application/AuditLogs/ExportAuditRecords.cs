using FluentValidation;
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

/// <summary>Where an export goes on.</summary>
/// <param name="After">The number of the last seal that one has; everything, where it is not given.</param>
public sealed record AfterSeal(long? After) : IListFilter
{
    public long Number => After ?? 0;
}

internal sealed class AfterSealValidator : AbstractValidator<AfterSeal>
{
    public AfterSealValidator() => RuleFor(request => request.After).GreaterThanOrEqualTo(0);
}

/// <summary>A seal that was taken out of the system earlier, and has to be there still.</summary>
/// <param name="SealNumber">Its <c>number</c>.</param>
/// <param name="SealHash">Its <c>hash</c>.</param>
public sealed record KeptSeal(long? SealNumber, string? SealHash) : IListFilter
{
    public IReadOnlyCollection<KnownSeal> ToKnown() => SealNumber is { } number && SealHash is { } hash ? [new KnownSeal(number, hash.ToLowerInvariant())] : [];
}

internal sealed class KeptSealValidator : AbstractValidator<KeptSeal>
{
    public KeptSealValidator()
    {
        RuleFor(kept => kept.SealNumber).GreaterThanOrEqualTo(1);
        RuleFor(kept => kept.SealHash).Matches("^[0-9A-Fa-f]{64}$").WithMessage("64 hexadecimal digits are expected.");
        RuleFor(kept => kept.SealNumber).NotNull().When(kept => kept.SealHash is not null).WithMessage("Give the number and the hash of a seal.");
        RuleFor(kept => kept.SealHash).NotNull().When(kept => kept.SealNumber is not null).WithMessage("Give the number and the hash of a seal.");
    }
}
