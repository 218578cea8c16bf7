using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Ends every session of the caller but the one that asks: those of other programs and of browsers too.</summary>
[AuditAction("users.sessions_end")]
public sealed record EndOtherSessions;

internal sealed class EndOtherSessionsHandler(ISessions sessions, ICurrentActor actor) : IUseCase<EndOtherSessions, Done>
{
    public async Task<Result<Done>> HandleAsync(EndOtherSessions request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;

        await sessions.EndAllAsync(userId, actor.SessionId, ct);
        return Done.Value;
    }
}
