using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;

namespace GoApi.WebApi.Http;

/// <summary>Hands <c>If-Match</c> over to the unit of work, which alone can compare it with the row that is changed.</summary>
internal static class Preconditions
{
    private const string Id = "id";

    /// <summary>The resource of this route is the caller: <c>If-Match</c> names a version of their own account.</summary>
    public static RouteHandlerBuilder OnOwnAccount(this RouteHandlerBuilder route) => route.WithMetadata(new OwnAccount());

    /// <summary>Every route that changes the resource <c>{id}</c>, or the caller's account.</summary>
    public static bool Apply(EndpointBuilder endpoint) =>
        endpoint.Metadata.OfType<IHttpMethodMetadata>().Any(method => method.HttpMethods.Any(IsChange))
        && (endpoint.Metadata.OfType<OwnAccount>().Any() || endpoint is RouteEndpointBuilder route && route.RoutePattern.GetParameter(Id) is not null);

    public static ValueTask<object?> CheckAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var http = call.HttpContext;
        var tags = http.Request.Headers.IfMatch;
        if (tags.Count > 0 && IsChange(http.Request.Method) && ResourceId(http) is { } id && EntityTags.Accepted(tags) is { } versions)
            http.RequestServices.GetRequiredService<ExpectedVersion>().Require(id, versions);
        return next(call);
    }

    private static Guid? ResourceId(HttpContext http)
    {
        if (http.GetEndpoint()!.Metadata.GetMetadata<OwnAccount>() is not null) return http.RequestServices.GetRequiredService<ICurrentActor>().UserId;
        return Guid.TryParse(http.GetRouteValue(Id) as string, out var id) ? id : null;
    }

    private static bool IsChange(string method) => HttpMethods.IsPut(method) || HttpMethods.IsPatch(method) || HttpMethods.IsDelete(method);

    private sealed record OwnAccount;
}
