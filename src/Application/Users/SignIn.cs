using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Checks a person's password for a browser session at our own pages: the rules of <see cref="LogIn"/>, and no tokens.</summary>
[AuditAction("users.login")]
public sealed record SignIn(string Email, Secret Password);

public sealed record SignedIn(Guid UserId);

internal sealed class SignInValidator : AbstractValidator<SignIn>
{
    public SignInValidator()
    {
        RuleFor(request => request.Email).NotEmpty().MaximumLength(UserRules.MaxEmail);
        RuleFor(request => request.Password).Must(password => !password.IsEmpty).WithMessage("A password is required.")
            .Must(password => password.Value is not { Length: > 1024 }).WithMessage("A password has at most 72 bytes.");
    }
}

internal sealed class SignInHandler(IUserAccounts accounts, IRegistrationPolicy policy, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<SignIn, SignedIn>
{
    public async Task<Result<SignedIn>> HandleAsync(SignIn request, CancellationToken ct)
    {
        var checkedPassword = await accounts.CheckPasswordAsync(request.Email, request.Password, ct);
        if (!checkedPassword.Failed(out var error, out var account) && policy.RequiresVerifiedEmail && !account.EmailVerified)
            error = UserErrors.EmailNotVerified;

        audit.Record("users.login", error is null ? AuditStatus.Success : AuditStatus.Failure, "user", account?.Id.ToString(), error?.Code, account?.Id);
        await unitOfWork.SaveAsync(ct);
        return error is null ? new SignedIn(account!.Id) : error;
    }
}
