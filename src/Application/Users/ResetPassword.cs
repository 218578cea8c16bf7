using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Sets a new password with the token of <see cref="RequestPasswordReset"/>, which is single-use, and ends all sessions. The second factor stays.</summary>
[AuditAction("users.password_reset")]
public sealed record ResetPassword(string Token, Secret NewPassword);

internal sealed class ResetPasswordValidator : AbstractValidator<ResetPassword>
{
    public ResetPasswordValidator()
    {
        RuleFor(request => request.Token).NotEmpty().MaximumLength(UserRules.MaxToken);
        // Whose it is the token tells later.
        RuleFor(request => request.NewPassword).IsNewPassword(_ => []);
    }
}

internal sealed class ResetPasswordHandler(IPasswordResets resets, ISessions sessions) : IUseCase<ResetPassword, Done>
{
    public async Task<Result<Done>> HandleAsync(ResetPassword request, CancellationToken ct)
    {
        if ((await resets.FindAsync(request.Token, ct)).Failed(out var error, out var owner)) return error;
        if (UserRules.ContainsPersonal(request.NewPassword, owner.Email, owner.FirstName, owner.LastName)) return Error.Invalid("new_password", UserRules.PersonalPassword);

        if ((await resets.SetPasswordAsync(owner.Id, request.NewPassword, ct)).Failed(out error)) return error;

        // It saves the new password as well: no session outlives it.
        await sessions.EndAllAsync(owner.Id, except: null, ct);
        return Done.Value;
    }
}
