using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;

namespace GoApi.WebApi.Users;

/// <summary>Where a user is logged in. No program may look at it or end anything: only the user.</summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder users)
    {
        var sessions = users.MapGroup("/me/sessions").RequireFirstParty();
        sessions.MapGet("/", List).WithSummary("Where one is logged in: programs and browsers, their devices and addresses");
        sessions.MapDelete("/{id:guid}", End).WithSummary("End one session; its tokens are refused within a second. With a browser's end those of programs that it let in, unless for offline use");
        sessions.MapDelete("/", EndOthers).WithSummary("End every session but this one, browsers and other programs too");
    }

    private static async Task<ApiResult<Page<SessionDto>>> List([AsParameters] PageRequest page, ISessionQueries sessions, ICurrentActor actor, CancellationToken ct) =>
        (await sessions.ListAsync(actor.UserId ?? Guid.Empty, actor.SessionId, page, ct)).ToPage("Sessions");

    private static async Task<ApiResult<Done>> End(Guid id, IUseCase<EndSession, Done> end, CancellationToken ct) =>
        (await end.HandleAsync(new EndSession(id), ct)).ToHttp("Session ended");

    private static async Task<ApiResult<Done>> EndOthers(IUseCase<EndOtherSessions, Done> end, CancellationToken ct) =>
        (await end.HandleAsync(new EndOtherSessions(), ct)).ToHttp("All other sessions ended");
}
