using System.Globalization;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.Configuration;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Sinks.SystemConsole.Themes;

namespace GoApi.Worker;

internal static partial class WorkerHost
{
    /// <summary>The environment of the host is that of APP_ENV, wherever it is set: it can only be named before there is a builder.</summary>
    public static HostApplicationBuilder CreateBuilder(string[] args)
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables().AddDotEnv().AddCommandLine(args).Build()["APP_ENV"];
        return Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            EnvironmentName = environment switch { "production" => Environments.Production, "test" => "Test", _ => Environments.Development },
        });
    }

    /// <summary>Lines for people while developing, compact JSON (one object a line) in production; what systemd and containers collect.</summary>
    public static void AddLogging(this HostApplicationBuilder builder, Settings settings) => builder.Services.AddSerilog(log =>
    {
        log.MinimumLevel.Is(Enum.Parse<LogEventLevel>(settings.App.LogLevel, ignoreCase: true))
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore", LogEventLevel.Warning)
            // It calls every refusal of the database an error, also the lost races that are answered as conflicts; what nobody expects is logged where it is caught.
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore.Database.Command", LogEventLevel.Fatal)
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore.Update", LogEventLevel.Fatal)
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
            .MinimumLevel.Override("NATS", LogEventLevel.Warning)
            // It tells of each read, with its key.
            .MinimumLevel.Override("ZiggyCreatures.Caching.Fusion", LogEventLevel.Warning)
            // Its reminder is about production (README.md, Licence).
            .MinimumLevel.Override("LuckyPennySoftware", settings.App.IsProduction ? LogEventLevel.Warning : LogEventLevel.Error)
            .Enrich.FromLogContext();
        if (settings.App.IsProduction) log.WriteTo.Console(new RenderedCompactJsonFormatter());
        else log.WriteTo.Console(
            outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj} {consumer} {request_id}{NewLine}{Exception}",
            formatProvider: CultureInfo.InvariantCulture,
            theme: AnsiConsoleTheme.Code);
    });

    public static void LogModes(this IHost host, Settings settings)
    {
        using var scope = host.Services.CreateScope();
        Starting(
            host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("GoApi.Worker"),
            settings.App.Environment,
            settings.Database.IsPostgreSql ? "postgresql" : "sqlite",
            scope.ServiceProvider.GetRequiredService<IQueue>().Mode,
            scope.ServiceProvider.GetRequiredService<IEmailSender>().Mode);
    }

    [LoggerMessage(4001, LogLevel.Information, "Worker of {Environment}: database {Database}, queue {Queue}, e-mail {Email}")]
    private static partial void Starting(Microsoft.Extensions.Logging.ILogger logger, string environment, string database, string queue, string email);
}
