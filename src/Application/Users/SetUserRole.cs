using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>
/// Gives somebody another role. It holds at once: access tokens that name the earlier one are refused, and the next refresh gives the new
/// one. The role that they have already changes nothing.
/// </summary>
/// <param name="Role"><c>user</c>, <c>support</c>, <c>moderator</c> or <c>admin</c>.</param>
[AuditAction("users.set_role")]
public sealed record SetUserRole(string Role)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class SetUserRoleValidator : AbstractValidator<SetUserRole>
{
    public SetUserRoleValidator() => RuleFor(request => request.Role).NotEmpty().OneOf<SetUserRole, Role>();
}

internal sealed class SetUserRoleHandler(
    IUserAdministration administration, IAdministrators administrators, ISessions sessions, IUserQueries users, IUnitOfWork unitOfWork) : IUseCase<SetUserRole, UserDto>
{
    public async Task<Result<UserDto>> HandleAsync(SetUserRole request, CancellationToken ct)
    {
        var role = EnumText.Parse<Role>(request.Role)!.Value;
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if (await administration.FindAsync(request.Id, ct) is not { } user) return UserErrors.NotFound;

        if (user.Role != role)
        {
            if (user.IsActiveAdministrator && (await administrators.MayLeaveAsync(user.Id, ct)).Failed(out var error)) return error;

            await administration.SetRoleAsync(user.Id, role, ct);
            await sessions.RefuseRoleAsync(user.Id, user.Role, ct);
            await unitOfWork.SaveAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return (await users.FindAsync(user.Id, ct))!;
    }
}
