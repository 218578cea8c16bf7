using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Erases once more, when every request has ended that the erasure ran side by side with: what such a one added is gone then too.</summary>
[Consumer("users.finish-erasure", Lane.Work)]
internal sealed class FinishErasure(IEnumerable<IPersonalData> modules, IUnitOfWork unitOfWork, TimeProvider time) : IConsumer<UserAnonymized>
{
    /// <summary>Longer than any request takes.</summary>
    private static readonly TimeSpan Requests = TimeSpan.FromMinutes(1);

    public async Task<Consumed> HandleAsync(UserAnonymized happened, Message message, CancellationToken ct)
    {
        var wait = message.CreatedAt + Requests - time.GetUtcNow();
        if (wait > TimeSpan.Zero) return new Consumed.Postponed(wait);

        await using var transaction = await unitOfWork.BeginAsync(ct);
        foreach (var module in modules) await module.EraseAsync(happened.UserId, ct);
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return Consumed.Done;
    }
}
