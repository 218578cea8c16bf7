using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>
/// New recovery codes in place of all earlier ones. They stand in for the second factor, so a token is not enough for them, as it is
/// not for <see cref="DisableTotp"/>.
/// </summary>
[AuditAction("users.mfa_recovery_codes")]
public sealed record RenewRecoveryCodes(Secret Password);

internal sealed class RenewRecoveryCodesValidator : AbstractValidator<RenewRecoveryCodes>
{
    public RenewRecoveryCodesValidator() => RuleFor(request => request.Password).IsPassword();
}

internal sealed class RenewRecoveryCodesHandler(
    IUserAccounts accounts, ISecondFactor factor, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<RenewRecoveryCodes, RecoveryCodes>
{
    public async Task<Result<RecoveryCodes>> HandleAsync(RenewRecoveryCodes request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;

        RecoveryCodes? codes = null;
        if (!(await accounts.ConfirmPasswordAsync(userId, request.Password, ct)).Failed(out var error)) (await factor.RenewRecoveryCodesAsync(userId, ct)).Failed(out error, out codes);
        audit.Record("users.mfa_recovery_codes", error is null ? AuditStatus.Success : AuditStatus.Failure, "user", userId.ToString(), error?.Code);
        await unitOfWork.SaveAsync(ct);
        return error is null ? codes! : error;
    }
}
