using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Staff look at somebody, of which there is an entry.</summary>
public sealed record ReadUser(Guid Id);

internal sealed class ReadUserHandler(IUserQueries users, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<ReadUser, UserDto>
{
    public async Task<Result<UserDto>> HandleAsync(ReadUser request, CancellationToken ct)
    {
        if (await users.FindAsync(request.Id, ct) is not { } user) return UserErrors.NotFound;

        if (user.Id != actor.UserId)
        {
            audit.Record("users.read", AuditStatus.Success, "user", user.Id.ToString());
            await unitOfWork.SaveAsync(ct);
        }

        return user;
    }
}
