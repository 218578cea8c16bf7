using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

[AuditAction("users.login")]
public sealed record LogIn(string Email, Secret Password);

/// <summary>What a right password leads to.</summary>
public abstract record LogInStep
{
    private LogInStep()
    {
    }

    /// <summary>The session has begun.</summary>
    public sealed record Complete(LoggedIn LoggedIn) : LogInStep;

    /// <summary><see cref="LogInWithCode"/> comes next.</summary>
    public sealed record NeedsCode(string MfaToken) : LogInStep;
}

internal sealed class LogInValidator : AbstractValidator<LogIn>
{
    public LogInValidator()
    {
        RuleFor(request => request.Email).NotEmpty().MaximumLength(UserRules.MaxEmail);
        RuleFor(request => request.Password).IsPassword();
    }
}

internal sealed class LogInHandler(
    IUserAccounts accounts, ISessions sessions, IRegistrationPolicy policy, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<LogIn, LogInStep>
{
    public async Task<Result<LogInStep>> HandleAsync(LogIn request, CancellationToken ct)
    {
        var checkedPassword = await accounts.CheckPasswordAsync(request.Email, request.Password, ct);
        if (!checkedPassword.Failed(out var error, out var account) && policy.RequiresVerifiedEmail && !account.EmailVerified)
            error = UserErrors.EmailNotVerified;

        if (error is not null)
        {
            audit.Record("users.login", AuditStatus.Failure, "user", account?.Id.ToString(), error.Code, account?.Id);
            await unitOfWork.SaveAsync(ct);
            return error;
        }

        if (account!.MfaToken is not { } mfaToken)
        {
            var begun = await sessions.BeginAsync(accounts, new SignedIn(account.Id, account.Stamp, AuthenticationMethods.Password), audit, unitOfWork, ct);
            return begun.Failed(out error, out var loggedIn) ? error : new LogInStep.Complete(loggedIn);
        }

        audit.Record("users.mfa_challenge", AuditStatus.Success, "user", account.Id.ToString(), null, account.Id);
        await unitOfWork.SaveAsync(ct);
        return new LogInStep.NeedsCode(mfaToken);
    }
}
