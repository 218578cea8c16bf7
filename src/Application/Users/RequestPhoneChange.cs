using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Asks for a code by text message; the number comes into use when the code is shown (<see cref="ConfirmPhone"/>).</summary>
[AuditAction("users.phone_change_request")]
public sealed record RequestPhoneChange(string Phone);

internal sealed class RequestPhoneChangeValidator : AbstractValidator<RequestPhoneChange>
{
    public RequestPhoneChangeValidator() => RuleFor(request => request.Phone).NotEmpty().IsPhone();
}

internal sealed class RequestPhoneChangeHandler(IPhoneChanges phones, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<RequestPhoneChange, Done>
{
    public async Task<Result<Done>> HandleAsync(RequestPhoneChange request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;
        if ((await phones.RequestAsync(userId, request.Phone, ct)).Failed(out var error)) return error;

        audit.Record("users.phone_change_request", AuditStatus.Success, "user", userId.ToString());
        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
