using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Erases one's own account, for good. A token is not enough for that: the password has to be known. No mail follows: there is no address left to write to.</summary>
[AuditAction("users.anonymize_account")]
public sealed record AnonymizeAccount(Secret Password);

internal sealed class AnonymizeAccountValidator : AbstractValidator<AnonymizeAccount>
{
    public AnonymizeAccountValidator() => RuleFor(request => request.Password).IsPassword();
}

internal sealed class AnonymizeAccountHandler(
    IUserAccounts accounts, AccountErasure erasure, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<AnonymizeAccount, Done>
{
    public async Task<Result<Done>> HandleAsync(AnonymizeAccount request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;
        // Before the transaction: the check takes a quarter of a second, and others wait for the administrators' lock.
        if (!(await accounts.ConfirmPasswordAsync(userId, request.Password, ct)).Failed(out var error)) return await erasure.EraseAsync(userId, ct);

        audit.Record("users.anonymize_account", AuditStatus.Failure, "user", userId.ToString(), error.Code);
        await unitOfWork.SaveAsync(ct);
        return error;
    }
}
