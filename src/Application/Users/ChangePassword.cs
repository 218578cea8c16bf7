using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Sets a new password for somebody who knows the old one. All other sessions end, those of browsers too.</summary>
[AuditAction("users.password_change")]
public sealed record ChangePassword(Secret OldPassword, Secret NewPassword);

internal sealed class ChangePasswordValidator : AbstractValidator<ChangePassword>
{
    public ChangePasswordValidator()
    {
        RuleFor(request => request.OldPassword).IsPassword();
        // Whose it is the account tells later.
        RuleFor(request => request.NewPassword).IsNewPassword(_ => [])
            .Must((request, password) => password.IsEmpty || password != request.OldPassword).WithMessage("The new password is the old one.");
    }
}

internal sealed class ChangePasswordHandler(
    ICredentialChanges credentials, ISessions sessions, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<ChangePassword, Done>
{
    public async Task<Result<Done>> HandleAsync(ChangePassword request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;
        if ((await credentials.FindOwnerAsync(userId, ct)).Failed(out var error, out var owner)) return error;
        if (UserRules.ContainsPersonal(request.NewPassword, owner.Email, owner.FirstName, owner.LastName)) return Error.Invalid("new_password", UserRules.PersonalPassword);

        if ((await credentials.ChangePasswordAsync(userId, request.OldPassword, request.NewPassword, ct)).Failed(out error))
        {
            audit.Record("users.password_change", AuditStatus.Failure, "user", userId.ToString(), error.Code);
            await unitOfWork.SaveAsync(ct);
            return error;
        }

        // It saves the new password as well: no other session outlives it.
        await sessions.EndAllAsync(userId, actor.SessionId, ct);
        return Done.Value;
    }
}
