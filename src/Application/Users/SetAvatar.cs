using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.Storage;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Gives the caller a picture.</summary>
/// <param name="File">What was uploaded; its size is bounded already.</param>
[AuditAction("users.avatar_set")]
public sealed record SetAvatar(ReadOnlyMemory<byte> File);

internal sealed class SetAvatarHandler(IAvatarImages images, IFileStore files, IAvatars avatars, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<SetAvatar, Done>
{
    public async Task<Result<Done>> HandleAsync(SetAvatar request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;
        if ((await images.RenderAsync(request.File, ct)).Failed(out var error, out var picture)) return error;

        // Another one for each picture, which nobody can guess: whoever has it may keep what is there for ever.
        var key = AvatarKeys.Make();
        if ((await avatars.SetAsync(userId, key, ct)).Failed(out error)) return error;

        var file = AvatarKeys.FileOf(key)!;
        // The bytes first: no row ever names a picture that is not there.
        await files.PutAsync(file, new MemoryStream(picture, writable: false), ct);
        try
        {
            await unitOfWork.SaveAsync(ct);
        }
        catch
        {
            await files.DeleteAsync(file, CancellationToken.None);
            throw;
        }

        return Done.Value;
    }
}
