using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Shows the code of the text message: the number is the caller's.</summary>
[AuditAction("users.phone_verify")]
public sealed record ConfirmPhone(Secret Code);

internal sealed class ConfirmPhoneValidator : AbstractValidator<ConfirmPhone>
{
    public ConfirmPhoneValidator() => RuleFor(request => request.Code).IsCode();
}

internal sealed class ConfirmPhoneHandler(IPhoneChanges phones, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<ConfirmPhone, Done>
{
    public async Task<Result<Done>> HandleAsync(ConfirmPhone request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;

        // The code is used up with the number that it proves, or not at all.
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if ((await phones.ConfirmAsync(userId, request.Code, ct)).Failed(out var error)) audit.Record("users.phone_verify", AuditStatus.Failure, "user", userId.ToString(), error.Code);
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return error is null ? Done.Value : error;
    }
}
