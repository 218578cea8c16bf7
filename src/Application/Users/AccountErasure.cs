using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>What one's own erasure and that by an administrator have in common: all of it happens, or nothing.</summary>
internal sealed class AccountErasure(
    IAnonymization account, IAdministrators administrators, ISessions sessions, IUnitOfWork unitOfWork, IEnumerable<IPersonalData> modules)
{
    public async Task<Result<Done>> EraseAsync(Guid userId, CancellationToken ct)
    {
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if ((await administrators.MayLeaveAsync(userId, ct)).Failed(out var error)) return error;
        if ((await account.BeginAsync(userId, ct)).Failed(out error)) return error;

        foreach (var module in modules) await module.EraseAsync(userId, ct);
        await account.OverwriteAsync(userId, ct);
        // It saves all of it: from here on no token of the account is good.
        await sessions.EndAllAsync(userId, except: null, ct);
        await transaction.CommitAsync(ct);
        return Done.Value;
    }
}
