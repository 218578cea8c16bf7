using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Asks for another e-mail address; it comes into use when the mail to it is answered (<see cref="VerifyEmail"/>).</summary>
[AuditAction("users.email_change_request")]
public sealed record RequestEmailChange(string Email, Secret Password);

internal sealed class RequestEmailChangeValidator : AbstractValidator<RequestEmailChange>
{
    public RequestEmailChangeValidator()
    {
        RuleFor(request => request.Email).IsEmail();
        RuleFor(request => request.Password).IsPassword();
    }
}

internal sealed class RequestEmailChangeHandler(
    ICredentialChanges credentials, IRegistrationPolicy policy, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<RequestEmailChange, Done>
{
    public async Task<Result<Done>> HandleAsync(RequestEmailChange request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;

        (await credentials.RequestEmailAsync(userId, request.Email, request.Password, ct)).Failed(out var error);
        audit.Record("users.email_change_request", error is null ? AuditStatus.Success : AuditStatus.Failure, "user", userId.ToString(), error?.Code);
        var hidden = error == UserErrors.EmailTaken && policy.IsPrivate;
        if (hidden) await credentials.TellOwnerOfAddressAsync(request.Email, ct);
        await unitOfWork.SaveAsync(ct);
        return error is null || hidden ? Done.Value : error;
    }
}
