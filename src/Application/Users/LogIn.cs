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

internal sealed class LogInValidator : AbstractValidator<LogIn>
{
    public LogInValidator()
    {
        RuleFor(request => request.Email).NotEmpty().MaximumLength(UserRules.MaxEmail);
        RuleFor(request => request.Password).Must(password => !password.IsEmpty).WithMessage("A password is required.")
            .Must(password => password.Value is not { Length: > 1024 }).WithMessage("A password has at most 72 bytes.");
    }
}

internal sealed class LogInHandler(
    IUserAccounts accounts, ISessions sessions, IRegistrationPolicy policy, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<LogIn, IssuedTokens>
{
    public async Task<Result<IssuedTokens>> HandleAsync(LogIn request, CancellationToken ct)
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

        return await sessions.BeginAsync(account!.Id, ct);
    }
}
