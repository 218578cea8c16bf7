using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace GoApi.WebApi.Http;

/// <summary>What a route asks of its caller beyond being known. In the metadata of every route that is not anonymous.</summary>
/// <param name="FirstParty">A user's own log-in: no program may, whatever its token was given.</param>
internal sealed record AccessRequirement(string? Permission, string? Scope, bool FirstParty = false) : IAuthorizationRequirement
{
    /// <summary>The scope that the token needs: a permission has one of its name.</summary>
    public string? NeededScope => Permission ?? Scope;

    public bool IsMetBy(ICurrentActor actor) =>
        actor.IsAuthenticated && (Permission is null || actor.May(Permission)) && (Scope is null || actor.HasScope(Scope)) && (!FirstParty || actor.IsFirstParty);
}

internal static class Access
{
    /// <summary>The role (where there is a user) and the token both have this permission.</summary>
    public static TRoute RequirePermission<TRoute>(this TRoute route, string permission) where TRoute : IEndpointConventionBuilder =>
        Permission.All.Any(known => known.Name == permission)
            ? route.Require(new AccessRequirement(permission, null))
            : throw new ArgumentException($"There is no permission {permission}.", nameof(permission));

    /// <summary>The caller's own things: the token must have been given them.</summary>
    public static TRoute RequireScope<TRoute>(this TRoute route, string scope) where TRoute : IEndpointConventionBuilder =>
        Scope.All.Any(known => known.Name == scope)
            ? route.Require(new AccessRequirement(null, scope))
            : throw new ArgumentException($"There is no scope {scope}.", nameof(scope));

    /// <summary>Anybody who is known.</summary>
    public static TRoute RequireAuthenticated<TRoute>(this TRoute route) where TRoute : IEndpointConventionBuilder => route.Require(new AccessRequirement(null, null));

    /// <summary>
    /// How an account is logged in to: that is between the user and us. A program that acts for a user may not change it with any
    /// scope, or a stolen or careless one could take the account over.
    /// </summary>
    public static TRoute RequireFirstParty<TRoute>(this TRoute route) where TRoute : IEndpointConventionBuilder => route.Require(new AccessRequirement(null, null, FirstParty: true));

    public static void AddAccess(this IServiceCollection services)
    {
        // Denied by default (S1): a route that says nothing is closed to everybody.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicy([new Undeclared()], []));
        services.AddScoped<IAuthorizationHandler, AccessHandler>();
        services.AddSingleton<IAuthorizationHandler, UndeclaredHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessDenied>();
    }

    private static TRoute Require<TRoute>(this TRoute route, AccessRequirement requirement) where TRoute : IEndpointConventionBuilder =>
        route.WithMetadata(requirement).RequireAuthorization(new AuthorizationPolicy([requirement], []));
}

internal sealed class AccessHandler(ICurrentActor actor) : AuthorizationHandler<AccessRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        if (requirement.IsMetBy(actor)) context.Succeed(requirement);
        return Task.CompletedTask;
    }
}

internal sealed record Undeclared : IAuthorizationRequirement;

internal sealed class UndeclaredHandler : AuthorizationHandler<Undeclared>
{
    // Where no route matched there is nothing to protect: routing answers 404, 405 or 415 there.
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Undeclared requirement)
    {
        if (context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint) context.Succeed(requirement);
        return Task.CompletedTask;
    }
}

internal sealed class AccessDenied : IAuthorizationMiddlewareResultHandler
{
    private static readonly Error NotFirstParty = Error.Forbidden("Only you yourself may do this, logged in at this API; a program that acts for you may not.");

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
            return;
        }

        if (!context.RequestServices.GetRequiredService<ICurrentActor>().IsAuthenticated)
        {
            await Error.Unauthorized().ToAnswer().ExecuteAsync(context);
            return;
        }

        var requirement = policy.Requirements.OfType<AccessRequirement>().FirstOrDefault();
        await Denials.RecordAsync(context, requirement?.NeededScope?.Replace(':', '.'), "FORBIDDEN");
        context.Response.Headers.WWWAuthenticate = Bearer.InsufficientScope(requirement?.NeededScope);
        await (requirement is { FirstParty: true } ? NotFirstParty : Error.Forbidden()).ToAnswer().ExecuteAsync(context);
    }
}
