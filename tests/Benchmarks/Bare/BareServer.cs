using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GoApi.Benchmarks.Bare;

/// <summary>Kestrel with routing and nothing else: no log, no limits, no authentication.</summary>
internal static class BareServer
{
    public static async Task<int> RunAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(ConnectionString(Environment.GetEnvironmentVariable)));
        builder.Services.AddSingleton<BareReviews>();
        builder.Services.AddSingleton<BareTokens>();
        await using var app = builder.Build();
        app.Map(app.Services.GetRequiredService<BareReviews>());
        app.Map(app.Services.GetRequiredService<BareTokens>());
        await app.RunAsync();
        return 0;
    }

    public static void Map(this WebApplication app, BareReviews reviews)
    {
        app.MapGet("/health", async context =>
        {
            BareReviews.WriteHealth(Json(context));
            await context.Response.BodyWriter.FlushAsync();
        });
        app.MapGet("/reviews", async context =>
        {
            await reviews.ListAsync(context.Request.Query["resource_type"].ToString(), context.Request.Query["resource_id"].ToString(), Json(context), context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync();
        });
        app.MapGet("/reviews/{id:guid}", async context =>
        {
            await reviews.GetAsync(Guid.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture), Json(context), context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync();
        });
        app.MapPost("/reviews/{resource}", async context =>
        {
            await reviews.AddAsync((string)context.Request.RouteValues["resource"]!, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status201Created;
        });
    }

    private static void Map(this WebApplication app, BareTokens tokens)
    {
        app.MapPost("/tokens", context => tokens.AddAsync(context.RequestAborted));
        app.MapGet("/tokens/{id:guid}", context => AnswerAsync(context, tokens.ReadAsync(Id(context), Json(context), context.RequestAborted)));
        app.MapGet("/users/{id:guid}", context => AnswerAsync(context, tokens.ReadUserAsync(Id(context), Json(context), context.RequestAborted)));
        app.MapPost("/sessions/{id:guid}", context => AnswerAsync(context, tokens.BeginSessionAsync(Id(context), Json(context), context.RequestAborted)));
        app.MapPost("/refreshes/{reference}", context => AnswerAsync(
            context, tokens.RefreshAsync((string)context.Request.RouteValues["reference"]!, Json(context), context.RequestAborted)));
    }

    private static async Task AnswerAsync(HttpContext context, Task write)
    {
        await write;
        await context.Response.BodyWriter.FlushAsync();
    }

    private static Guid Id(HttpContext context) => Guid.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    /// <summary>The API's database, with the settings of its pool.</summary>
    public static string ConnectionString(Func<string, string?> setting) => new NpgsqlConnectionStringBuilder
    {
        Host = setting("DB_HOST"),
        Port = int.Parse(setting("DB_PORT")!, CultureInfo.InvariantCulture),
        Username = setting("DB_USER"),
        Password = setting("DB_PASSWORD"),
        Database = setting("DB_NAME"),
        SslMode = SslMode.Disable,
        MaxPoolSize = 50,
        MinPoolSize = 5,
        MaxAutoPrepare = 200,
        NoResetOnClose = true,
    }.ConnectionString;

    private static System.IO.Pipelines.PipeWriter Json(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.BodyWriter;
    }
}
