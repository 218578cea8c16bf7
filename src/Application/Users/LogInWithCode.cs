using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>The second step of <see cref="LogIn"/>: a TOTP code, or a recovery code in its place.</summary>
[AuditAction("users.login_mfa")]
public sealed record LogInWithCode(string MfaToken, Secret Code);

internal sealed class LogInWithCodeValidator : AbstractValidator<LogInWithCode>
{
    public LogInWithCodeValidator()
    {
        RuleFor(request => request.MfaToken).NotEmpty().MaximumLength(UserRules.MaxToken);
        RuleFor(request => request.Code).IsCode();
    }
}

internal sealed class LogInWithCodeHandler(ISecondFactor factor, IUserAccounts accounts, ISessions sessions, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<LogInWithCode, LoggedIn>
{
    public async Task<Result<LoggedIn>> HandleAsync(LogInWithCode request, CancellationToken ct)
    {
        // The code is used up with the log-in, or not at all. A guess is counted before it is answered, and one without an answer tells nothing.
        await using var transaction = await unitOfWork.BeginAsync(ct);
        Result<LoggedIn> loggedIn;
        if ((await factor.TakeCodeAsync(audit, request.MfaToken, request.Code, ct)).Failed(out var error, out var signedIn))
        {
            await unitOfWork.SaveAsync(ct);
            loggedIn = error;
        }
        else
        {
            loggedIn = await sessions.BeginAsync(accounts, signedIn, audit, unitOfWork, ct);
        }

        await transaction.CommitAsync(ct);
        return loggedIn;
    }
}

/// <summary>The second step is the same at both doors.</summary>
internal static class SecondStep
{
    /// <summary>Records what becomes of the code, but for the success itself: that is the session's.</summary>
    public static async Task<Result<SignedIn>> TakeCodeAsync(this ISecondFactor factor, IAuditTrail audit, string mfaToken, Secret code, CancellationToken ct)
    {
        if ((await factor.FindLogInAsync(mfaToken, ct)).Failed(out var error, out var account))
        {
            audit.Record("users.login", AuditStatus.Failure, "user", null, error.Code);
            return error;
        }

        if ((await factor.CheckCodeAsync(account.Id, code, ct)).Failed(out error, out var methods))
        {
            audit.Record("users.login", AuditStatus.Failure, "user", account.Id.ToString(), error.Code, account.Id);
            return error;
        }

        if (methods == AuthenticationMethods.PasswordAndRecoveryCode) audit.Record("users.recovery_code_used", AuditStatus.Success, "user", account.Id.ToString(), null, account.Id);
        return new SignedIn(account.Id, account.Stamp, methods);
    }
}
