using System.Reflection;
using GoApi.Domain.Users;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using GoApi.WebApi;
using GoApi.WebApi.Http;
using GoApi.WebApi.OAuth;
using GoApi.WebApi.OpenApi;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.ArchitectureTests;

/// <summary>Every route of the API as the host maps it; nothing is started.</summary>
public sealed class EndpointTests : IAsyncLifetime
{
    private WebApplication app = null!;

    public ValueTask InitializeAsync()
    {
        var builder = Server.CreateBuilder([.. Composition.Embedded.Select(setting => $"--{setting.Key}={setting.Value}")]);
        var settings = builder.Configuration.ReadSettings();
        builder.Services.AddInfrastructure(settings, HostRole.Api);
        builder.Services.AddHttp(settings);
        builder.Services.AddOAuthPages(settings);
        builder.Services.AddApiDescription(settings);
        app = builder.Build();
        app.MapRoutes();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    [Trait("Promise", "S1")]
    public void Every_route_says_who_may_use_it() => Rule.Holds(Endpoints, SaysWhoMayUseIt);

    [Fact]
    public void Every_permission_exists_and_somebody_has_it() =>
        Rule.Holds(Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<AccessRequirement>()?.NeededScope is not null), PermissionExists);

    [Fact]
    [Trait("Promise", "S1")]
    public void How_an_account_is_logged_in_to_is_changed_by_its_owner_only() =>
        Rule.Holds(Endpoints.OfType<RouteEndpoint>().Where(endpoint => Credentials.Any(path => $"/{endpoint.RoutePattern.RawText!.TrimStart('/')}".StartsWith(path, StringComparison.Ordinal))), IsForTheOwnerOnly);

    [Fact]
    public void Every_POST_of_the_API_honours_an_idempotency_key_or_is_listed_as_making_nothing()
    {
        var without = Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Post) == true && endpoint.Metadata.GetMetadata<CreatesResource>() is null)
            .Select(endpoint => $"/{endpoint.RoutePattern.RawText!.Trim('/')}")
            .Where(path => path.StartsWith("/api/", StringComparison.Ordinal));

        Assert.Equal(MakingNothing.Order(StringComparer.Ordinal), without.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_dependency_of_a_route_is_registered()
    {
        var services = app.Services.GetRequiredService<IServiceProviderIsService>();

        Rule.Holds(Endpoints, endpoint => DependenciesResolve(endpoint, services));
    }

    [Fact]
    public void Rules_can_fail()
    {
        var services = app.Services.GetRequiredService<IServiceProviderIsService>();

        Assert.NotEmpty(SaysWhoMayUseIt(Route()));
        Assert.NotEmpty(SaysWhoMayUseIt(Route(new AccessRequirement(null, null), new AllowAnonymousAttribute())));
        Assert.Empty(SaysWhoMayUseIt(Route(new AllowAnonymousAttribute())));
        Assert.NotEmpty(PermissionExists(Route(new AccessRequirement("reviews:burn", null))));
        Assert.NotEmpty(PermissionExists(Route(new AccessRequirement(null, "reviews:moderate-all"))));
        Assert.Empty(PermissionExists(Route(new AccessRequirement(Permission.ReviewsModerate, null))));
        Assert.NotEmpty(IsForTheOwnerOnly(Route(new AccessRequirement(null, Scope.ProfileWrite))));
        Assert.NotEmpty(IsForTheOwnerOnly(Route(new AllowAnonymousAttribute())));
        Assert.Empty(IsForTheOwnerOnly(Route(new AccessRequirement(null, null, FirstParty: true))));
        Assert.NotEmpty(DependenciesResolve(Route(((Delegate)NeedsTheUnknown).Method), services));
    }

    // Below these nothing is open to a program that acts for a user.
    private static readonly string[] Credentials = ["/api/v1/users/me/mfa"];

    // Done twice they leave what they leave when done once: the second takes the first one's place, is used up by it, or has an identity of its own (a webhook's event).
    private static readonly string[] MakingNothing =
    [
        "/api/v1/clients/{id:guid}/regenerate-secret",
        "/api/v1/notifications/batches/{id:guid}/cancel",
        "/api/v1/notifications/batches/{id:guid}/resume",
        "/api/v1/notifications/deliveries/retry",
        "/api/v1/notifications/deliveries/{id:guid}/retry",
        "/api/v1/notifications/templates/{name}/preview",
        "/api/v1/oauth/authorize",
        "/api/v1/oauth/logout",
        "/api/v1/reviews/moderation/bulk",
        "/api/v1/users/email/resend",
        "/api/v1/users/email/verify",
        "/api/v1/users/login",
        "/api/v1/users/login/mfa",
        "/api/v1/users/logout",
        "/api/v1/users/me/anonymize",
        "/api/v1/users/me/email",
        "/api/v1/users/me/phone",
        "/api/v1/users/me/phone/verify",
        "/api/v1/users/password/forgot",
        "/api/v1/users/password/reset",
        "/api/v1/users/refresh",
        "/api/v1/users/{id:guid}/anonymize",
        "/api/v1/users/{id:guid}/password/reset",
        "/api/v1/webhooks/sendgrid",
        "/api/v1/webhooks/twilio",
    ];

    private IEnumerable<Endpoint> Endpoints => ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints);

    private static IEnumerable<string> SaysWhoMayUseIt(Endpoint endpoint) =>
        (endpoint.Metadata.GetMetadata<AccessRequirement>(), endpoint.Metadata.GetMetadata<IAllowAnonymous>()) switch
        {
            (null, null) => [$"{endpoint.DisplayName} says nothing."],
            (not null, not null) => [$"{endpoint.DisplayName} asks for something and is open to everybody."],
            _ => [],
        };

    private static IEnumerable<string> IsForTheOwnerOnly(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<AccessRequirement>() is { FirstParty: true } ? [] : [$"{endpoint.DisplayName} is not for first-party tokens only."];

    private static IEnumerable<string> PermissionExists(Endpoint endpoint)
    {
        var access = endpoint.Metadata.GetMetadata<AccessRequirement>()!;
        if (access.Permission is { } permission && !Enum.GetValues<Role>().Any(role => Permission.Of(role).Contains(permission))) yield return $"{endpoint.DisplayName}: nobody has {permission}.";
        if (access.Scope is { } scope && Scope.All.All(known => known.Name != scope)) yield return $"{endpoint.DisplayName}: there is no scope {scope}.";
    }

    private static IEnumerable<string> DependenciesResolve(Endpoint endpoint, IServiceProviderIsService services) =>
        (endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [])
            .Where(parameter => parameter.ParameterType.IsInterface && !parameter.ParameterType.Namespace!.StartsWith("System", StringComparison.Ordinal) && !services.IsService(parameter.ParameterType))
            .Select(parameter => $"{endpoint.DisplayName}: {parameter.ParameterType} is not registered.");

    private static Endpoint Route(params object[] metadata) => new(null, new EndpointMetadataCollection(metadata), "a route");

    private static void NeedsTheUnknown(RulesCanFail.ISpeakSql unknown) => _ = unknown;
}
