using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Asks for the mail with which a forgotten password is replaced. Neither the answer nor its time tells whether the address is known.</summary>
[AuditAction("users.password_forgot")]
public sealed record RequestPasswordReset(string Email);

internal sealed class RequestPasswordResetValidator : AbstractValidator<RequestPasswordReset>
{
    public RequestPasswordResetValidator() => RuleFor(request => request.Email).IsEmail();
}

internal sealed class RequestPasswordResetHandler(IPasswordResets resets, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<RequestPasswordReset, Done>
{
    public async Task<Result<Done>> HandleAsync(RequestPasswordReset request, CancellationToken ct)
    {
        // An unknown address has an entry too: without one it would be answered sooner, by the time of a commit.
        var userId = await resets.RequestAsync(request.Email, ct);
        audit.Record("users.password_forgot", userId is null ? AuditStatus.Failure : AuditStatus.Success, "user", userId?.ToString(), userId is null ? "NOT_FOUND" : null, userId);
        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
