using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Checks a person's password and begins a browser session at our own pages: the rules of <see cref="LogIn"/>, and no tokens.</summary>
/// <param name="Replaced">The session that the browser has had so far.</param>
[AuditAction("users.login")]
public sealed record SignIn(string Email, Secret Password, Guid? Replaced = null);

/// <param name="Stamp">Of the account when it was looked at.</param>
/// <param name="MfaToken">Where a second factor is still to come: <see cref="SignInWithCode"/> is next, and nobody is signed in yet.</param>
/// <param name="DeviceToken">For the device to keep, so that it is known next time; null where it is known without.</param>
/// <param name="SessionId">Of the browser session that has begun.</param>
public sealed record SignedIn(Guid UserId, string Stamp, AuthenticationMethods Methods, string? MfaToken = null, string? DeviceToken = null, Guid? SessionId = null);

internal sealed class SignInValidator : AbstractValidator<SignIn>
{
    public SignInValidator()
    {
        RuleFor(request => request.Email).NotEmpty().MaximumLength(UserRules.MaxEmail);
        RuleFor(request => request.Password).IsPassword();
    }
}

internal sealed class SignInHandler(IUserAccounts accounts, IRegistrationPolicy policy, IBrowserSessions sessions, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<SignIn, SignedIn>
{
    public async Task<Result<SignedIn>> HandleAsync(SignIn request, CancellationToken ct)
    {
        var checkedPassword = await accounts.CheckPasswordAsync(request.Email, request.Password, ct);
        if (!checkedPassword.Failed(out var error, out var account) && policy.RequiresVerifiedEmail && !account.EmailVerified)
            error = UserErrors.EmailNotVerified;

        await using var transaction = await unitOfWork.BeginAsync(ct);
        var person = account is null ? null : new SignedIn(account.Id, account.Stamp, AuthenticationMethods.Password, account.MfaToken);
        if (error is null && person!.MfaToken is null) (await sessions.BeginAsync(accounts, person, request.Replaced, ct)).Failed(out error, out person);
        var action = error is null && account!.MfaToken is not null ? "users.mfa_challenge" : "users.login";
        audit.Record(action, error is null ? AuditStatus.Success : AuditStatus.Failure, "user", account?.Id.ToString(), error?.Code, account?.Id);
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return error is null ? person! : error;
    }
}

/// <summary>The last step of a log-in at our pages is the same after a password and after a code.</summary>
internal static class LastStepOfBrowser
{
    /// <summary>In the caller's transaction, so that what ends all sessions ends this one as well, or keeps it from beginning.</summary>
    public static async Task<Result<SignedIn>> BeginAsync(this IBrowserSessions sessions, IUserAccounts accounts, SignedIn person, Guid? replaced, CancellationToken ct) =>
        (await accounts.CompleteLogInAsync(person, ct)).Failed(out var error, out var deviceToken)
            ? error
            : person with { DeviceToken = deviceToken, SessionId = await sessions.BeginAsync(person.UserId, replaced, ct) };
}
