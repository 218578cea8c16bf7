using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;

namespace GoApi.Infrastructure.Identity;

internal sealed class Avatars(AppDbContext db, TimeProvider time) : IAvatars
{
    public async Task<Result<Done>> SetAsync(Guid userId, string? key, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;
        if (user.AvatarKey == key) return Done.Value;

        if (user.AvatarKey is { } old) user.Raise(new AvatarDiscarded(old));
        (user.AvatarKey, user.UpdatedAt) = (key, time.GetUtcNow());
        return Done.Value;
    }
}
