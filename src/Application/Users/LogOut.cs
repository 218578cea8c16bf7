using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Ends the session that the request's token belongs to.</summary>
[AuditAction("users.logout")]
public sealed record LogOut;

internal sealed class LogOutHandler(ISessions sessions, ICurrentActor actor) : IUseCase<LogOut, Done>
{
    public async Task<Result<Done>> HandleAsync(LogOut request, CancellationToken ct)
    {
        if (actor.SessionId is not { } sessionId) return Error.Conflict("This token belongs to no session; revoke it at the revocation endpoint.");

        await sessions.EndAsync(sessionId, ct);
        return Done.Value;
    }
}
