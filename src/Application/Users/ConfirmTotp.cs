using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Turns multi-factor authentication on: the code shows that the authenticator has the secret of <see cref="EnrolTotp"/>.</summary>
[AuditAction("users.mfa_enable")]
public sealed record ConfirmTotp(Secret Code);

internal sealed class ConfirmTotpValidator : AbstractValidator<ConfirmTotp>
{
    public ConfirmTotpValidator() => RuleFor(request => request.Code).IsCode();
}

internal sealed class ConfirmTotpHandler(ISecondFactor factor, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<ConfirmTotp, RecoveryCodes>
{
    public async Task<Result<RecoveryCodes>> HandleAsync(ConfirmTotp request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;

        // The code is used up with what it confirms, or not at all.
        await using var transaction = await unitOfWork.BeginAsync(ct);
        var confirmed = await factor.ConfirmAsync(userId, request.Code, ct);
        if (confirmed.Failed(out var error)) audit.Record("users.mfa_enable", AuditStatus.Failure, "user", userId.ToString(), error.Code);
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return confirmed;
    }
}
