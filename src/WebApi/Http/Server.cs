using System.Net;
using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace GoApi.WebApi.Http;

internal static class Server
{
    public const long MaxJsonBody = 1024 * 1024;

    /// <summary>The environment of ASP.NET Core is that of APP_ENV, wherever it is set: it can only be named before there is a builder.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables().AddDotEnv().AddCommandLine(args).Build()["APP_ENV"];
        return WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            // Beside the program, wherever it is started from: the working directory is for .env and data only.
            ContentRootPath = AppContext.BaseDirectory,
            WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
            EnvironmentName = environment switch { "production" => Environments.Production, "test" => "Test", _ => Environments.Development },
        });
    }

    /// <summary>Kestrel, its limits, and how it stops.</summary>
    public static void AddServer(this WebApplicationBuilder builder, Settings settings)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // An authorize request of the usual 8 KiB travels on to the log-in and consent pages within their addresses, escaped.
            kestrel.Limits.MaxRequestLineSize = 24 * 1024;
            // Routes that take more (uploads) say so themselves.
            kestrel.Limits.MaxRequestBodySize = MaxJsonBody;
            Listen(kestrel, settings.App);
        });
        // Longer than any request may take; then what is left is cut off (N8).
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
    }

    // A developer's machine serves nobody else; a container in production is reached from outside of it.
    private static void Listen(KestrelServerOptions kestrel, AppSettings app)
    {
        if (app.IsProduction) kestrel.ListenAnyIP(app.Port);
        else if (app.Port == 0) kestrel.Listen(IPAddress.Loopback, 0);
        else kestrel.ListenLocalhost(app.Port);
    }
}
