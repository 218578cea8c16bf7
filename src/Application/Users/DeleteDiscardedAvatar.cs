using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Storage;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>After the commit, so that a change which was undone has lost nothing.</summary>
[Consumer("users.delete-discarded-avatar", Lane.Work)]
internal sealed class DeleteDiscardedAvatar(IFileStore files) : IConsumer<AvatarDiscarded>
{
    public async Task<Consumed> HandleAsync(AvatarDiscarded happened, Message message, CancellationToken ct)
    {
        if (AvatarKeys.FileOf(happened.Key) is { } file) await files.DeleteAsync(file, ct);
        return Consumed.Done;
    }
}
