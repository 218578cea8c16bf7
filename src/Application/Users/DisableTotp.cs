using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Turns multi-factor authentication off. A token is not enough for that: the password has to be known.</summary>
[AuditAction("users.mfa_disable")]
public sealed record DisableTotp(Secret Password);

internal sealed class DisableTotpValidator : AbstractValidator<DisableTotp>
{
    public DisableTotpValidator() => RuleFor(request => request.Password).IsPassword();
}

internal sealed class DisableTotpHandler(
    IUserAccounts accounts, ISecondFactor factor, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<DisableTotp, Done>
{
    public async Task<Result<Done>> HandleAsync(DisableTotp request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;

        if (!(await accounts.ConfirmPasswordAsync(userId, request.Password, ct)).Failed(out var error)) (await factor.DisableAsync(userId, ct)).Failed(out error);
        if (error is not null) audit.Record("users.mfa_disable", AuditStatus.Failure, "user", userId.ToString(), error.Code);
        await unitOfWork.SaveAsync(ct);
        return error is null ? Done.Value : error;
    }
}
