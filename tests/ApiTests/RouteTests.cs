using System.Text;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Notifications;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using GoApi.WebApi;
using GoApi.WebApi.Http;
using GoApi.WebApi.OAuth;
using GoApi.WebApi.OpenApi;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>Every route that is mapped, whoever maps it: none is found by nobody (S1).</summary>
public sealed record MappedRoute(string Method, string Pattern, bool Anonymous, bool Declared, string? Permission, string? Scope, bool FirstParty)
{
    public static IReadOnlyList<MappedRoute> All { get; } = Discover();

    public string Name => $"{Method} {Pattern}";

    public string? NeededScope => Permission ?? Scope;

    public bool HasId => Pattern.Contains("{id", StringComparison.Ordinal);

    public string With(Guid id) => Pattern.Replace("{id:guid}", id.ToString(), StringComparison.Ordinal);

    public static MappedRoute Named(string name) => All.Single(route => route.Name == name);

    public static IEnumerable<TheoryDataRow<string>> Which(Func<MappedRoute, bool> condition) => All.Where(condition).Select(route => new TheoryDataRow<string>(route.Name));

    // The host as it maps its routes; nothing is started.
    private static MappedRoute[] Discover()
    {
        var builder = Server.CreateBuilder(["--APP_ENV=test", $"--DATA_PATH={Path.GetTempPath()}", $"--ENCRYPTION_KEY={Convert.ToBase64String(new byte[32])}", "--DB_HOST=", "--REDIS_ADDRESSES=", "--NATS_URLS="]);
        var settings = builder.Configuration.ReadSettings();
        builder.Services.AddInfrastructure(settings, HostRole.Api);
        builder.Services.AddHttp(settings);
        builder.Services.AddOAuthPages(settings);
        builder.Services.AddApiDescription(settings);
        IEndpointRouteBuilder app = builder.Build();
        app.MapRoutes();
        return
        [
            .. from endpoint in app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
               from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"]
               let access = endpoint.Metadata.GetMetadata<AccessRequirement>()
               let pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/')
               orderby pattern, method
               select new MappedRoute(method, pattern, endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null, access is not null, access?.Permission, access?.Scope, access?.FirstParty is true),
        ];
    }
}

[Trait("Promise", "S1")]
public abstract class RouteTests(GoApiHost host) : ApiTest(host)
{
    private static readonly string[] Open =
    [
        "GET /",
        "GET /api/v1/health",
        "GET /api/v1/oauth/authorize",
        "POST /api/v1/oauth/authorize",
        "GET /api/v1/oauth/logout",
        "POST /api/v1/oauth/logout",
        "GET /api/v1/reviews",
        "GET /api/v1/reviews/{id:guid}",
        "GET /api/v1/reviews/summary",
        "GET /api/v1/status",
        "GET /api/v1/users/avatars/{key}",
        "POST /api/v1/users/email/resend",
        "POST /api/v1/users/email/verify",
        "POST /api/v1/users/login",
        "POST /api/v1/users/login/mfa",
        "POST /api/v1/users/password/forgot",
        "POST /api/v1/users/password/reset",
        "POST /api/v1/users/refresh",
        "POST /api/v1/users/register",
        "POST /api/v1/webhooks/sendgrid",
        "POST /api/v1/webhooks/twilio",
        "GET /consent",
        "POST /consent",
        "GET /dev/mailbox",
        "GET /dev/mailbox.json",
        "GET /device",
        "POST /device",
        "GET /device/connected",
        "GET /device/refused",
        "GET /docs/{documentName?}",
        "GET /docs/favicon.svg",
        "GET /docs/scalar.aspnetcore.js",
        "GET /docs/scalar.js",
        "GET /forgot-password",
        "POST /forgot-password",
        "GET /health/live",
        "GET /health/ready",
        "GET /logged-out",
        "GET /logo",
        "GET /login",
        "POST /login",
        "GET /mfa",
        "POST /mfa",
        "GET /openapi/v1.json",
        "GET /register",
        "POST /register",
        "GET /reset-password",
        "POST /reset-password",
        "GET /verify-email",
        "POST /verify-email",
    ];

    // How to make somebody's row; null where the rows belong to nobody but the installation.
    private static readonly Dictionary<string, Func<RouteTests, TestUser, Task<Guid>>?> Owned = new()
    {
        ["GET /api/v1/reviews/{id:guid}"] = PendingReview,
        ["PUT /api/v1/reviews/{id:guid}"] = PendingReview,
        ["DELETE /api/v1/reviews/{id:guid}"] = PendingReview,
        ["POST /api/v1/reviews/{id:guid}/report"] = PendingReview,
        ["PUT /api/v1/reviews/{id:guid}/moderate"] = null,
        ["GET /api/v1/notifications/{id:guid}"] = Unread,
        ["PUT /api/v1/notifications/{id:guid}/read"] = Unread,
        ["DELETE /api/v1/notifications/{id:guid}"] = Unread,
        ["GET /api/v1/notifications/batches/{id:guid}"] = null,
        ["POST /api/v1/notifications/batches/{id:guid}/cancel"] = null,
        ["POST /api/v1/notifications/batches/{id:guid}/resume"] = null,
        ["GET /api/v1/notifications/deliveries/{id:guid}"] = null,
        ["POST /api/v1/notifications/deliveries/{id:guid}/retry"] = null,
        ["DELETE /api/v1/notifications/suppressions/{id:guid}"] = null,
        ["GET /api/v1/audit-logs/{id:guid}"] = null,
        ["GET /api/v1/audit-logs/{id:guid}/proof"] = null,
        ["GET /api/v1/clients/{id:guid}"] = null,
        ["PUT /api/v1/clients/{id:guid}"] = null,
        ["DELETE /api/v1/clients/{id:guid}"] = null,
        ["POST /api/v1/clients/{id:guid}/regenerate-secret"] = null,
        ["PUT /api/v1/clients/{id:guid}/status"] = null,
        ["DELETE /api/v1/users/{id:guid}"] = null,
        ["POST /api/v1/users/{id:guid}/anonymize"] = null,
        // Whose it is, is tested where there are programs that people let in: OAuthTests.
        ["DELETE /api/v1/users/me/authorizations/{id:guid}"] = null,
        // In SessionTests: a session has no version to look at.
        ["DELETE /api/v1/users/me/sessions/{id:guid}"] = null,
        ["GET /api/v1/users/{id:guid}"] = null,
        ["PUT /api/v1/users/{id:guid}"] = null,
        ["PUT /api/v1/users/{id:guid}/status"] = null,
        ["PUT /api/v1/users/{id:guid}/role"] = null,
        ["DELETE /api/v1/users/{id:guid}/sessions"] = null,
        ["POST /api/v1/users/{id:guid}/password/reset"] = null,
    };

    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["PUT /api/v1/reviews/{id:guid}"] = """{"rating":1,"title":"Mine now","content":"Taken over."}""",
        ["POST /api/v1/reviews/{id:guid}/report"] = """{"reason":"I do not like it."}""",
        ["PUT /api/v1/reviews/{id:guid}/moderate"] = """{"status":"approved"}""",
        ["PUT /api/v1/clients/{id:guid}"] = """{"name":"Mine","grant_types":["client_credentials"]}""",
        ["PUT /api/v1/clients/{id:guid}/status"] = """{"is_active":false}""",
        ["PUT /api/v1/users/{id:guid}"] = """{"first_name":"Grace","last_name":"Hopper"}""",
        ["PUT /api/v1/users/{id:guid}/status"] = """{"status":"suspended"}""",
        ["PUT /api/v1/users/{id:guid}/role"] = """{"role":"user"}""",
    };

    public static IEnumerable<TheoryDataRow<string>> Protected => MappedRoute.Which(route => !route.Anonymous);

    public static IEnumerable<TheoryDataRow<string>> WithPermission => MappedRoute.Which(route => route.Permission is not null);

    public static IEnumerable<TheoryDataRow<string>> WithScope => MappedRoute.Which(route => route.NeededScope is not null);

    public static IEnumerable<TheoryDataRow<string>> WithOwnerOnly => MappedRoute.Which(route => route.FirstParty);

    public static IEnumerable<TheoryDataRow<string>> WithOwner => MappedRoute.Which(route => route.HasId && Owned.GetValueOrDefault(route.Name) is not null);

    public static IEnumerable<TheoryDataRow<string>> WithId => MappedRoute.Which(route => route.HasId);

    [Fact]
    public void Every_route_says_who_may_use_it()
    {
        Assert.NotEmpty(MappedRoute.All);
        Assert.Empty(MappedRoute.All.Where(route => route.Anonymous == route.Declared).Select(route => route.Name));
    }

    [Fact]
    public void Routes_open_to_everybody_are_those_written_here() =>
        Assert.Equal(Open.Order(StringComparer.Ordinal), MappedRoute.All.Where(route => route.Anonymous).Select(route => route.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_route_of_a_row_says_whose_the_row_is() =>
        Assert.Equal(Owned.Keys.Order(StringComparer.Ordinal), MappedRoute.All.Where(route => route.HasId).Select(route => route.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Protected))]
    public async Task Without_a_token_is_401(string route)
    {
        var answer = (await SendAsync(Anonymous, MappedRoute.Named(route))).Is(401, "UNAUTHORIZED");

        Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
        await LeftNothingAsync(answer);
    }

    [Theory]
    [MemberData(nameof(Protected))]
    public async Task With_a_forged_token_is_401(string name)
    {
        var route = MappedRoute.Named(name);
        var parts = (await Host.UserAsync(Role.Admin)).AccessToken.Split('.');
        string[] forged =
        [
            "garbage",
            $"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}",
            $"{parts[0]}.{parts[1]}",
            $"{Encode("""{"alg":"none","typ":"at+jwt"}""")}.{parts[1]}.",
        ];

        foreach (var token in forged)
        {
            var answer = (await SendAsync(Host.Main.As(token), route)).Is(401, "UNAUTHORIZED");
            Assert.Contains("error=\"invalid_token\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
            Assert.DoesNotContain(parts[1], answer.Text, StringComparison.Ordinal);
            await LeftNothingAsync(answer);
        }
    }

    [Theory]
    [MemberData(nameof(WithPermission))]
    public async Task With_a_role_that_has_no_permission_is_403_and_audited(string name)
    {
        var route = MappedRoute.Named(name);
        var roles = Enum.GetValues<Role>().Where(role => !Permission.Of(role).Contains(route.Permission!)).ToArray();
        Assert.NotEmpty(roles);

        foreach (var role in roles)
        {
            var user = await Host.UserAsync(role);
            var answer = (await SendAsync(user.Api, route)).Is(403, "FORBIDDEN");

            Assert.Contains(route.Permission!, answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
            var entry = await AuditedAsync(answer, route.Permission!.Replace(':', '.'), AuditStatus.Denied);
            Assert.Equal(user.Id, entry.ActorUserId);
            Assert.Empty(await OutboxAsync(answer));
        }
    }

    [Theory]
    [MemberData(nameof(WithScope))]
    public async Task With_a_token_of_another_scope_is_403_and_audited(string name)
    {
        var route = MappedRoute.Named(name);
        var machine = await Host.MachineAsync(route.NeededScope == Permission.AuditRead ? Permission.UsersRead : Permission.AuditRead);

        var answer = (await SendAsync(machine.Api, route)).Is(403, "FORBIDDEN");

        Assert.Equal($"Bearer error=\"insufficient_scope\", scope=\"{route.NeededScope}\"", answer.Header("WWW-Authenticate"));
        var entry = await AuditedAsync(answer, route.NeededScope!.Replace(':', '.'), AuditStatus.Denied);
        Assert.Equal((null, machine.ClientId), (entry.ActorUserId, entry.ActorClientId));
        Assert.Empty(await OutboxAsync(answer));
    }

    [Theory]
    [MemberData(nameof(WithScope))]
    public async Task With_a_token_of_its_scope_gets_past_the_door(string name)
    {
        var route = MappedRoute.Named(name);
        var machine = await Host.MachineAsync(route.NeededScope!);

        var answer = await SendAsync(machine.Api, route);

        // A machine has no reviews and no profile of its own: that is the use case's to say, in another way than by naming the scope.
        Assert.NotEqual(401, answer.Status);
        Assert.Null(answer.Header("WWW-Authenticate"));
    }

    [Theory]
    [MemberData(nameof(WithOwnerOnly))]
    public async Task With_a_token_of_a_program_is_403_and_audited_whatever_its_scopes(string name)
    {
        var machine = await Host.MachineAsync([.. Scope.Own.Select(scope => scope.Name), .. Permission.All.Select(permission => permission.Name)]);

        var answer = (await SendAsync(machine.Api, MappedRoute.Named(name))).Is(403, "FORBIDDEN");

        Assert.Equal("Bearer error=\"insufficient_scope\"", answer.Header("WWW-Authenticate"));
        var entry = await AuditedAsync(answer, "system.access", AuditStatus.Denied);
        Assert.Equal((null, machine.ClientId), (entry.ActorUserId, entry.ActorClientId));
        Assert.Empty(await OutboxAsync(answer));
    }

    [Fact]
    public async Task Document_offers_no_OAuth_flow_where_no_program_may_come()
    {
        var routes = MappedRoute.All.Where(route => route.FirstParty).ToArray();
        Assert.NotEmpty(routes);

        foreach (var route in routes)
        {
            var operation = (await Host.Main.Contract.OperationAsync(route.Method, route.Pattern))!.Value;
            var security = Assert.Single(operation.GetProperty("security").EnumerateArray());
            Assert.Equal("bearer", Assert.Single(security.EnumerateObject()).Name);
            Assert.Contains("no program", operation.GetProperty("description").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(WithOwner))]
    public async Task Row_of_somebody_else_is_404_and_stays(string name)
    {
        var route = MappedRoute.Named(name);
        var (owner, other) = (await Host.UserAsync(), await Host.UserAsync());
        var id = await Owned[name]!(this, owner);
        var before = await VersionAsync(id);

        var answer = (await SendAsync(other.Api, route, id)).Is(404, "NOT_FOUND");

        await LeftNothingAsync(answer);
        Assert.Equal(answer.Json.GetProperty("errors").ToString(), (await SendAsync(other.Api, route, Guid.CreateVersion7())).Is(404).Json.GetProperty("errors").ToString());
        Assert.Equal(before, await VersionAsync(id));
    }

    [Theory]
    [MemberData(nameof(WithId))]
    public async Task Row_that_does_not_exist_is_404(string name)
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answer = (await SendAsync(admin.Api, MappedRoute.Named(name))).Is(404, "NOT_FOUND");

        await LeftNothingAsync(answer);
    }

    private static Task<Answer> SendAsync(Caller caller, MappedRoute route, Guid? id = null)
    {
        var body = route.Method is "GET" or "DELETE" or "HEAD" ? null : Bodies.GetValueOrDefault(route.Name, "{}");
        return caller.SendAsync(new HttpMethod(route.Method), route.With(id ?? Guid.CreateVersion7()), body);
    }

    private static async Task<Guid> PendingReview(RouteTests test, TestUser owner) => (await SubmitAsync(owner)).Id;

    private static Task<Guid> Unread(RouteTests test, TestUser owner) => test.NotifyAsync(owner);

    // Of the one row of either kind.
    private Task<int> VersionAsync(Guid id) => Host.WithDatabaseAsync(async db => Assert.Single((int[])
    [
        .. await db.Set<Review>().Where(row => row.Id == id).Select(row => row.Version).ToListAsync(),
        .. await db.Set<Notification>().Where(row => row.Id == id).Select(row => row.Version).ToListAsync(),
    ]));

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

public sealed class RouteTestsEmbedded(EmbeddedHost host) : RouteTests(host);

public sealed class RouteTestsServices(ServicesHost host) : RouteTests(host);
