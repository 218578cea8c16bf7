using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Takes the caller's picture away, where there is one.</summary>
[AuditAction("users.avatar_remove")]
public sealed record RemoveAvatar;

internal sealed class RemoveAvatarHandler(IAvatars avatars, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<RemoveAvatar, Done>
{
    public async Task<Result<Done>> HandleAsync(RemoveAvatar request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;
        if ((await avatars.SetAsync(userId, null, ct)).Failed(out var error)) return error;

        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
