using System.Net;
using GoApi.Infrastructure.Configuration;
using GoApi.WebApi.OAuth;
using GoApi.WebApi.Pages;
using Microsoft.AspNetCore.HttpOverrides;

namespace GoApi.WebApi.Http;

/// <summary>What every request goes through.</summary>
internal static class HttpPipeline
{
    private static readonly string[] ExposedHeaders =
        [RequestId.Header, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "ETag", "Location", "Content-Disposition", "WWW-Authenticate", Idempotency.Replayed];

    public static void AddHttp(this IServiceCollection services, Settings settings)
    {
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        // Unreadable requests are exceptions everywhere, so that one place words the answer.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddCors(cors => cors.AddDefaultPolicy(policy =>
        {
            policy.WithOrigins(settings.Http.AllowOrigins).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(ExposedHeaders).SetPreflightMaxAge(TimeSpan.FromMinutes(10));
        }));
        services.AddAuthentication();
        services.AddAccess();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<RateRefusals>();
        services.AddHostedService(provider => provider.GetRequiredService<RateRefusals>());
        services.AddSingleton<Status.Instance>();
        services.AddSingleton<Draining>().AddHostedService(provider => provider.GetRequiredService<Draining>());
    }

    public static void UseHttp(this WebApplication app, Settings settings)
    {
        app.Use(app.Services.GetRequiredService<Draining>().CloseConnectionAsync);
        app.UseTrustedProxies(settings.Http);
        app.UseMiddleware<RequestId>();
        app.UseRequestLogging();
        app.UseMiddleware<SecurityHeaders>();
        if (settings.Http.RateLimitRps > 0) app.UseMiddleware<RateLimitHeaders>();
        app.UseMiddleware<ExceptionHandler>();
        if (settings.Http.AllowOrigins.Length > 0) app.UseCors();
        app.UseStatusCodePages(StatusErrors.AnswerAsync);
        app.UseMiddleware<RequestText>();
        app.UsePageFiles();
        app.Use(SnakeCaseQuery.InvokeAsync);
        app.UseRouting();
        app.UseMiddleware<Actors>();
        app.UseMiddleware<OAuthForms>();
        app.UseMiddleware<GrantLimiting>();
        app.UseAuthentication();
        app.UseMiddleware<Actors>();
        app.UseMiddleware<RateLimiting>();
        app.UseAuthorization();
        app.Use(Idempotency.BufferBodyAsync);
    }

    /// <summary>The group that all routes of the API belong to: what is true of each of them is said here.</summary>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app)
    {
        var routes = app.MapGroup("");
        routes.AddEndpointFilter(Denials.RecordAsync);
        routes.AddEndpointFilterFactory(ListFilters.Validate);
        routes.AddEndpointFilter(Preconditions.CheckAsync);
        ((IEndpointConventionBuilder)routes).Finally(OpenApi.Answers.Describe);
        return routes;
    }

    // The host is not taken from the headers: every link is made of APP_URL.
    private static void UseTrustedProxies(this IApplicationBuilder app, HttpSettings settings)
    {
        if (settings.TrustedProxies.Length == 0) return;

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in settings.TrustedProxies)
        {
            if (IPAddress.TryParse(proxy, out var address)) options.KnownProxies.Add(address);
            else options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }

        app.UseForwardedHeaders(options);
    }
}
