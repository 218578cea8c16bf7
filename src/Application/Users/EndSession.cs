using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Ends one of one's own sessions, wherever that is.</summary>
[AuditAction("users.session_end")]
public sealed record EndSession(Guid Id);

internal sealed class EndSessionHandler(ISessions sessions, ISessionQueries queries, ICurrentActor actor) : IUseCase<EndSession, Done>
{
    public async Task<Result<Done>> HandleAsync(EndSession request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId || !await queries.IsOfAsync(request.Id, userId, ct)) return UserErrors.NoSuchSession;

        await sessions.EndAsync(request.Id, ct);
        return Done.Value;
    }
}
