using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using GoApi.Application;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Idempotency;
using GoApi.Application.Abstractions.Limits;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace GoApi.WebApiTests;

/// <summary>The whole pipeline in memory, with routes of the test's own and nothing behind it.</summary>
internal sealed class StubApi : IAsyncDisposable
{
    public static readonly Guid UserId = Guid.Parse("0197a0c0-0000-7000-8000-000000000001");

    private readonly WebApplication app;

    private StubApi(WebApplication app) => (this.app, Client) = (app, app.GetTestClient());

    public HttpClient Client { get; }

    public IAuditTrail Audit { get; } = Substitute.For<IAuditTrail>();

    public IUnitOfWork UnitOfWork { get; } = Substitute.For<IUnitOfWork>();

    public IIdempotentRequests Idempotent { get; } = Substitute.For<IIdempotentRequests>();

    public static async Task<StubApi> StartAsync(Action<IEndpointRouteBuilder> map, params (string Name, string Value)[] configuration)
    {
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(configuration.Prepend(("APP_ENV", "test")).ToDictionary(pair => pair.Item1, pair => (string?)pair.Item2))
            .Build().ReadSettings();
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.AddLogging(settings, aside: false);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(settings.App).AddSingleton(settings.Http).AddApplication();
        builder.Services.AddSingleton<IRateLimiter, MemoryRateLimiter>();
        builder.Services.AddHttp(settings);
        builder.Services.AddAuthentication("stub").AddScheme<AuthenticationSchemeOptions, StubAuthentication>("stub", null);
        StubApi? api = null;
        builder.Services.AddScoped(_ => api!.Audit).AddScoped(_ => api!.UnitOfWork).AddScoped(_ => api!.Idempotent);

        var app = builder.Build();
        app.UseHttp(settings);
        map(app.MapApi());
        await app.StartAsync();
        return api = new StubApi(app);
    }

    /// <summary>Who calls from now on: <c>role|scopes</c>.</summary>
    public void CallAs(string role, params string[] scopes) =>
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"{role}|{string.Join(' ', scopes)}");

    public async Task<(HttpResponseMessage Answer, JsonElement Body)> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, null, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var answer = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private sealed class StubAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers.Authorization.ToString() is not { Length: > 7 } header) return Task.FromResult(AuthenticateResult.NoResult());
            if (header[7..].Split('|') is not [var role, var scopes]) return Task.FromResult(AuthenticateResult.Fail("forged"));

            var identity = new ClaimsIdentity([new("sub", UserId.ToString()), new("client_id", "web"), new("role", role), new("scope", scopes)], "stub");
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "stub")));
        }
    }
}
