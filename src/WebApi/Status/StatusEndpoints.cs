using System.Reflection;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Status;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using GoApi.WebApi.Http;

namespace GoApi.WebApi.Status;

/// <summary>What there is, and whether it works.</summary>
internal static class StatusEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder app)
    {
        var system = app.MapGroup("").WithTags("System");
        system.MapGet("/", Welcome).AllowAnonymous().WithSummary("Name, version and where to read on");
        system.MapGet("/api/v1/health", Health).AllowAnonymous().WithSummary("Whether the process answers; nothing else is asked");
        system.MapGet("/api/v1/status", Status).AllowAnonymous().WithSummary("Each component; 503 where the database is down");
        system.MapGet("/health/live", () => Results.Text("live")).AllowAnonymous().WithoutRateLimit().ExcludeFromDescription();
        system.MapGet("/health/ready", Ready).AllowAnonymous().WithoutRateLimit().ExcludeFromDescription();
    }

    private static ApiResult<About> Welcome(AppSettings app) =>
        ((Result<About>)new About(app.Name, BuildVersion(app), app.Environment, new Links("/docs", "/openapi/v1.json", "/api/v1/status"))).ToHttp(app.Name);

    private static ApiResult<Pulse> Health(TimeProvider time) => ((Result<Pulse>)new Pulse("healthy", time.GetUtcNow())).ToHttp("Healthy");

    private static async Task<ApiResult<SystemStatus>> Status(
        IEnumerable<IComponentProbe> probes, AppSettings app, Instance instance, ICurrentActor actor, CancellationToken ct)
    {
        var found = await ProbeAsync(probes, ct);
        if (!IsServing(found)) return StatusErrors.Of(StatusCodes.Status503ServiceUnavailable).ToAnswer<SystemStatus>(retryAfter: 2);

        var components = found.ToDictionary(one => one.Name, one => actor.Role == Role.Admin ? one.Status : one.Status with { Details = null });
        var overall = found.Any(one => one.Status.Status == ComponentState.Down) ? "degraded" : "operational";
        return ((Result<SystemStatus>)new SystemStatus(overall, BuildVersion(app), instance.Id, instance.UptimeSeconds, components)).ToHttp("Status");
    }

    private static async Task<IResult> Ready(IEnumerable<IComponentProbe> probes, Draining draining, CancellationToken ct) =>
        !draining.HasBegun && IsServing(await ProbeAsync(probes.Where(probe => probe.Name == ComponentStatus.Database), ct))
            ? Results.Text("ready")
            : Results.Text("not ready", statusCode: StatusCodes.Status503ServiceUnavailable);

    private static async Task<(string Name, ComponentStatus Status)[]> ProbeAsync(IEnumerable<IComponentProbe> probes, CancellationToken ct) =>
        await Task.WhenAll(probes.Select(async probe => (probe.Name, await probe.ProbeAsync(ct))));

    private static bool IsServing((string Name, ComponentStatus Status)[] components) =>
        !components.Any(one => one is { Name: ComponentStatus.Database, Status.Status: ComponentState.Down });

    private static string BuildVersion(AppSettings app) =>
        app.Version ?? typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}

internal sealed record About(string Name, string Version, string Environment, Links Links);

internal sealed record Links(string Docs, string Openapi, string Status);

internal sealed record Pulse(string Status, DateTimeOffset Time);

/// <param name="Status"><c>operational</c>, or <c>degraded</c> where something that is not the database is down.</param>
/// <param name="Instance">Another one after each start.</param>
internal sealed record SystemStatus(string Status, string Version, string Instance, long UptimeSeconds, IReadOnlyDictionary<string, ComponentStatus> Components);

/// <summary>This process. Its id is random: the name of a machine is nobody's business.</summary>
internal sealed class Instance(TimeProvider time)
{
    private readonly long started = time.GetTimestamp();

    public string Id { get; } = Guid.CreateVersion7(time.GetUtcNow()).ToString("N")[^12..];

    public long UptimeSeconds => (long)time.GetElapsedTime(started).TotalSeconds;
}
