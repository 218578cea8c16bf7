using GoApi.Infrastructure.Configuration;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Sinks.SystemConsole.Themes;

namespace GoApi.WebApi.Http;

internal static class Logging
{
    public const string RequestIdProperty = "request_id";

    /// <summary>Lines for people while developing, compact JSON (one object a line) in production.</summary>
    /// <param name="aside">To standard error, because standard output is what a command answers.</param>
    public static void AddLogging(this WebApplicationBuilder builder, Settings settings, bool aside) => builder.Services.AddSerilog(log =>
    {
        LogEventLevel? errorsFrom = aside ? LogEventLevel.Verbose : null;
        log.MinimumLevel.Is(Enum.Parse<LogEventLevel>(settings.App.LogLevel, ignoreCase: true))
            .MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore", LogEventLevel.Warning)
            // It calls every refusal of the database an error, also the lost races that are answered as conflicts; what nobody expects is logged where it is caught.
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore.Database.Command", LogEventLevel.Fatal)
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore.Update", LogEventLevel.Fatal)
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
            .MinimumLevel.Override("NATS", LogEventLevel.Warning)
            // It tells of each read, with its key.
            .MinimumLevel.Override("ZiggyCreatures.Caching.Fusion", LogEventLevel.Warning)
            .MinimumLevel.Override("OpenIddict", LogEventLevel.Warning)
            // Its reminder is about production (README.md, Licence).
            .MinimumLevel.Override("LuckyPennySoftware", settings.App.IsProduction ? LogEventLevel.Warning : LogEventLevel.Error)
            .Enrich.FromLogContext();
        if (settings.App.IsProduction) log.WriteTo.Console(new RenderedCompactJsonFormatter(), standardErrorFromLevel: errorsFrom);
        else log.WriteTo.Console(
            outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj} {" + RequestIdProperty + "}{NewLine}{Exception}",
            formatProvider: System.Globalization.CultureInfo.InvariantCulture,
            standardErrorFromLevel: errorsFrom,
            theme: AnsiConsoleTheme.Code);
    }, preserveStaticLogger: true);

    /// <summary>One line a request: never the query, headers or bodies, which may hold secrets.</summary>
    public static void UseRequestLogging(this IApplicationBuilder app) => app.UseSerilogRequestLogging(options =>
    {
        // This host's own: the static one belongs to whichever host of the process was built last.
        options.Logger = app.ApplicationServices.GetRequiredService<Serilog.ILogger>();
        options.MessageTemplate = "{Method} {Path} {Status} {Elapsed:0.0} ms";
        // The path as it is on the wire: percent-encoded, so that nobody writes lines of their own into the log.
        options.GetMessageTemplateProperties = (context, _, elapsed, status) =>
        [
            new("Method", new ScalarValue(context.Request.Method)),
            new("Path", new ScalarValue(context.Request.Path.ToUriComponent())),
            new("Status", new ScalarValue(status)),
            new("Elapsed", new ScalarValue(elapsed)),
        ];
        options.GetLevel = (context, _, exception) => exception is not null || context.Response.StatusCode == 500 ? LogEventLevel.Error
            : context.Response.StatusCode == ExceptionHandler.ClientClosedRequest || context.Request.Path.StartsWithSegments("/health") ? LogEventLevel.Debug
            : LogEventLevel.Information;
    });
}
