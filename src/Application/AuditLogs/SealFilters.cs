using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.AuditLogs;

namespace GoApi.Application.AuditLogs;

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
