using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>An administrator ends all sessions of somebody, who may log in again.</summary>
public sealed record SignOutUser(Guid Id);

internal sealed class SignOutUserHandler(IUserAdministration administration, ISessions sessions, IAuditTrail audit) : IUseCase<SignOutUser, Done>
{
    public async Task<Result<Done>> HandleAsync(SignOutUser request, CancellationToken ct)
    {
        if (await administration.FindAsync(request.Id, ct) is not { } user) return UserErrors.NotFound;

        // Also where there is no session to end.
        audit.Record("users.sign_out", AuditStatus.Success, "user", user.Id.ToString());
        await sessions.EndAllAsync(user.Id, except: null, ct);
        return Done.Value;
    }
}
