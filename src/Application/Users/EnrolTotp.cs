using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Gives the caller a secret for their authenticator. Nothing is asked for at log-in before <see cref="ConfirmTotp"/>.</summary>
[AuditAction("users.mfa_enrol")]
public sealed record EnrolTotp;

internal sealed class EnrolTotpHandler(ISecondFactor factor, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<EnrolTotp, TotpEnrolment>
{
    public async Task<Result<TotpEnrolment>> HandleAsync(EnrolTotp request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;
        if ((await factor.EnrolAsync(userId, ct)).Failed(out var error, out var enrolment)) return error;

        audit.Record("users.mfa_enrol", AuditStatus.Success, "user", userId.ToString());
        await unitOfWork.SaveAsync(ct);
        return enrolment;
    }
}
