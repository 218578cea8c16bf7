using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;

namespace GoApi.WebApi.Http;

/// <summary>
/// A1: what somebody who is known may not do has an entry, whether the route says so or the use case; where it cannot be written the answer is
/// 503, not a denial that nobody sees. A 401 has none (nobody is known, and anybody could fill the trail), and neither has the 404 of somebody
/// else's row, of which the program itself does not know whether it is there (decision 0029).
/// </summary>
internal static class Denials
{
    private const int MaxResourceId = 128;

    /// <param name="action">What was asked for, as <c>module.verb</c>.</param>
    public static Task RecordAsync(HttpContext context, string? action, string code)
    {
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        return RecordAsync(
            context.RequestServices.GetRequiredService<IServiceScopeFactory>(), Actors.From(context),
            trail => trail.Record(action ?? "system.access", AuditStatus.Denied, "route", route[..Math.Min(route.Length, MaxResourceId)], code), context.RequestAborted);
    }

    /// <summary>In a scope of its own: what a refused use case has begun in the request's is not to be saved.</summary>
    public static async Task RecordAsync(IServiceScopeFactory scopes, Actor actor, Action<IAuditTrail> record, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(actor);
        record(scope.ServiceProvider.GetRequiredService<IAuditTrail>());
        await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(ct);
    }

    /// <summary>Around every route, and so after the end of an idempotent request's transaction, which is undone. A repeated answer is no second denial.</summary>
    public static async ValueTask<object?> RecordAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var answer = await next(call);
        var http = call.HttpContext;
        if (answer is ApiResult { Status: StatusCodes.Status403Forbidden, Errors: [var fault, ..] } && http.GetEndpoint()?.Metadata.GetMetadata<AccessRequirement>() is not null
            && !http.Response.Headers.ContainsKey(Idempotency.Replayed))
        {
            await RecordAsync(http, http.RequestServices.GetRequiredService<CurrentUseCase>().Action, fault.Code);
        }

        return answer;
    }
}
