using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Seeding;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GoApi.Benchmarks.Pipeline;

/// <summary>The whole program without Kestrel, on a filled database of its own: on the PostgreSQL that DB_HOST names, else SQLite.</summary>
internal sealed class ApiHost : WebApplicationFactory<Program>
{
    private DirectoryInfo data = Directory.CreateTempSubdirectory("goapi-benchmarks-");

    private string database = $"goapi_benchmark_{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}";

    private bool withRedis;

    // More than anybody asks for.
    private string limit = "1000000";

    private Action<IServiceCollection>? configure;

    // Built somewhere else than in the repository, there is no solution to find the content by; the program has none.
    static ApiHost() => Environment.SetEnvironmentVariable("ASPNETCORE_TEST_CONTENTROOT_GOAPI_WEBAPI", AppContext.BaseDirectory);

    public static bool OnPostgreSql => Environment.GetEnvironmentVariable("DB_HOST") is { Length: > 0 };

    public static bool HasRedis => Environment.GetEnvironmentVariable("REDIS_ADDRESSES") is { Length: > 0 };

    /// <param name="withRedis">That of REDIS_ADDRESSES, where there is one.</param>
    public static async Task<ApiHost> StartAsync(int reviews, bool withRedis = false, Action<IServiceCollection>? configure = null)
    {
        var host = new ApiHost { withRedis = withRedis, configure = configure };
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await db.Database.OpenConnectionAsync();
        await ManyReviews.FillAsync(db.Database.GetDbConnection(), reviews, db.Database.IsNpgsql(), default);
        return host;
    }

    /// <summary>Another instance on the same database.</summary>
    public ApiHost Twin() => Twin(withRedis);

    public ApiHost Twin(bool withRedis, bool isLimited = true) => new() { data = data, database = database, withRedis = withRedis, limit = isLimited ? limit : "0", configure = configure };

    /// <summary>A GET straight into the pipeline; the answer is read to its end.</summary>
    public static async Task GetAsync(TestServer server, string path, string query = "", string? token = null)
    {
        var context = await server.SendAsync(http =>
        {
            http.Request.Method = HttpMethods.Get;
            http.Request.Path = path;
            http.Request.QueryString = new QueryString(query);
            if (token is not null) http.Request.Headers.Authorization = $"Bearer {token}";
        });
        if (context.Response.StatusCode != StatusCodes.Status200OK) throw new InvalidOperationException($"{path} answered {context.Response.StatusCode}.");

        await context.Response.Body.CopyToAsync(Stream.Null);
    }

    public async Task DropAsync()
    {
        var settings = Services.GetRequiredService<DatabaseSettings>();
        await DisposeAsync();
        data.Delete(recursive: true);
        if (!settings.IsPostgreSql) return;

        await using var maintenance = NpgsqlDataSource.Create(PostgreSql.ConnectionString(settings with { Name = "postgres" }));
        await using var drop = maintenance.CreateCommand($"DROP DATABASE {settings.Name} WITH (FORCE)");
        await drop.ExecuteNonQueryAsync();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder) => builder
        .UseSetting("APP_ENV", "test").UseSetting("APP_PORT", "0").UseSetting("DATA_PATH", data.FullName).UseSetting("BCRYPT_WORK_FACTOR", "4")
        .UseSetting("RATE_LIMIT_RPS", limit).UseSetting("RATE_LIMIT_CREDENTIALS", "1000000").UseSetting("RATE_LIMIT_EXPENSIVE", "1000000").UseSetting("REDIS_ADDRESSES", withRedis ? Environment.GetEnvironmentVariable("REDIS_ADDRESSES") : "").UseSetting("NATS_URLS", "")
        .UseSetting("DB_NAME", database)
        .UseSetting("SHUTDOWN_DRAIN", "0")
        // The lines would end up among those of the benchmark.
        .UseSetting("LOG_LEVEL", "warning")
        .ConfigureTestServices(services => configure?.Invoke(services));
}
