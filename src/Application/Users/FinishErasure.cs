using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Erases once more, when every request has ended that the erasure ran side by side with: what such a one added is gone then too.</summary>
[Consumer("users.finish-erasure", Lane.Work)]
internal sealed class FinishErasure(IEnumerable<IPersonalData> modules, IUnitOfWork unitOfWork) : IConsumer<UserAnonymized>
{
    /// <summary>Longer than any request takes.</summary>
    private static readonly TimeSpan Requests = TimeSpan.FromMinutes(1);

    public async Task<Consumed> HandleAsync(UserAnonymized happened, Message message, CancellationToken ct)
    {
        if (message.Attempt == 1) return new Consumed.Failed("Requests of the account may still be running.", Requests);

        await using var transaction = await unitOfWork.BeginAsync(ct);
        foreach (var module in modules) await module.EraseAsync(happened.UserId, ct);
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return Consumed.Done;
    }
}
