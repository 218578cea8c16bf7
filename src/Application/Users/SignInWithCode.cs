using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>The second step of <see cref="SignIn"/>: the rules of <see cref="LogInWithCode"/>, and no tokens.</summary>
/// <param name="Replaced">The session that the browser has had so far.</param>
[AuditAction("users.login_mfa")]
public sealed record SignInWithCode(string MfaToken, Secret Code, Guid? Replaced = null);

internal sealed class SignInWithCodeValidator : AbstractValidator<SignInWithCode>
{
    public SignInWithCodeValidator()
    {
        RuleFor(request => request.MfaToken).NotEmpty().MaximumLength(UserRules.MaxToken);
        RuleFor(request => request.Code).IsCode();
    }
}

internal sealed class SignInWithCodeHandler(ISecondFactor factor, IUserAccounts accounts, IBrowserSessions sessions, IAuditTrail audit, IUnitOfWork unitOfWork)
    : IUseCase<SignInWithCode, SignedIn>
{
    public async Task<Result<SignedIn>> HandleAsync(SignInWithCode request, CancellationToken ct)
    {
        // As in LogInWithCode.
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if (!(await factor.TakeCodeAsync(audit, request.MfaToken, request.Code, ct)).Failed(out var error, out var person))
        {
            var userId = person.UserId;
            (await sessions.BeginAsync(accounts, person, request.Replaced, ct)).Failed(out error, out person);
            audit.Record("users.login", error is null ? AuditStatus.Success : AuditStatus.Failure, "user", userId.ToString(), error?.Code, userId);
        }

        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return error is null ? person! : error;
    }
}
