using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Suspends somebody, which ends all their sessions, or lifts a suspension. The status that it has already changes nothing.</summary>
/// <param name="Status"><c>active</c> or <c>suspended</c>.</param>
[AuditAction("users.set_status")]
public sealed record SetUserStatus(string Status)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class SetUserStatusValidator : AbstractValidator<SetUserStatus>
{
    public SetUserStatusValidator() => RuleFor(request => request.Status).NotEmpty().OneOf(UserStatus.Active, UserStatus.Suspended);
}

internal sealed class SetUserStatusHandler(
    IUserAdministration administration, IAdministrators administrators, ISessions sessions, IUserQueries users, IUnitOfWork unitOfWork) : IUseCase<SetUserStatus, UserDto>
{
    public async Task<Result<UserDto>> HandleAsync(SetUserStatus request, CancellationToken ct)
    {
        var status = EnumText.Parse<UserStatus>(request.Status)!.Value;
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if (await administration.FindAsync(request.Id, ct) is not { } user) return UserErrors.NotFound;

        if (user.Status != status)
        {
            if (user.IsActiveAdministrator && (await administrators.MayLeaveAsync(user.Id, ct)).Failed(out var error)) return error;

            await administration.SetStatusAsync(user.Id, status, ct);
            // It saves the status as well: no session outlives it.
            if (status == UserStatus.Suspended) await sessions.EndAllAsync(user.Id, except: null, ct);
            else await unitOfWork.SaveAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return (await users.FindAsync(user.Id, ct))!;
    }
}
