using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>An administrator makes somebody choose a new password: the old one stops working at once, all sessions end, and a mail leads to the new one.</summary>
public sealed record ForcePasswordReset(Guid Id);

internal sealed class ForcePasswordResetHandler(IUserAdministration administration, ISessions sessions) : IUseCase<ForcePasswordReset, Done>
{
    public async Task<Result<Done>> HandleAsync(ForcePasswordReset request, CancellationToken ct)
    {
        if (await administration.FindAsync(request.Id, ct) is not { } user) return UserErrors.NotFound;
        if (user.Status != UserStatus.Active) return UserErrors.Suspended;

        await administration.ForgetPasswordAsync(user.Id, ct);
        // It saves that as well: no session outlives the password.
        await sessions.EndAllAsync(user.Id, except: null, ct);
        return Done.Value;
    }
}
