using System.Net.Http.Json;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Benchmarks.Bare;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Reviews;
using GoApi.Tests.Seeding;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GoApi.Benchmarks.Pipeline;

/// <summary>What our pipeline adds to a request, and what its parts take of that. The bare endpoint needs PostgreSQL.</summary>
[MemoryDiagnoser]
public class RequestBenchmarks
{
    private const string Password = "correct-Horse-7-staple";
    private static readonly string Query = $"?resource_type={ManyReviews.ResourceType}&resource_id={ManyReviews.ResourceId}";

    private ApiHost host = null!;
    private ApiHost unlimited = null!;
    private ApiHost withRedis = null!;
    private WebApplication? bare;
    private string token = null!;
    private ApiResult<Page<ReviewDto>> answer = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        host = await ApiHost.StartAsync(100_000);
        (unlimited, withRedis) = (host.Twin(withRedis: false, isLimited: false), host.Twin(withRedis: true));
        using var http = host.CreateClient();
        await http.PostAsJsonAsync("/api/v1/users/register", new { email = "bench@example.test", password = Password, first_name = "Ada", last_name = "Lovelace" });
        using var loggedIn = await http.PostAsJsonAsync("/api/v1/users/login", new { email = "bench@example.test", password = Password });
        token = (await loggedIn.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("access_token").GetString()!;

        await using var scope = host.Services.CreateAsyncScope();
        var found = await scope.ServiceProvider.GetRequiredService<ReviewQueries>().ListAsync(
            new ReviewFilter(ManyReviews.ResourceType, ManyReviews.ResourceId, null, null, null), new PageRequest(null, null, null), default);
        answer = found.ToPage("Reviews");
        if (ApiHost.OnPostgreSql) bare = await StartBareAsync(PostgreSql.ConnectionString(host.Services.GetRequiredService<DatabaseSettings>()));
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        if (bare is not null) await bare.DisposeAsync();
        await unlimited.DisposeAsync();
        await withRedis.DisposeAsync();
        await host.DropAsync();
    }

    [Benchmark(Baseline = true)]
    public Task BareList() => ApiHost.GetAsync((bare ?? throw new NotSupportedException("DB_HOST names no PostgreSQL.")).GetTestServer(), "/reviews", Query);

    // The first page comes from the cache (decision 0036), the second from the database.
    [Benchmark]
    public Task List() => ApiHost.GetAsync(host.Server, "/api/v1/reviews", Query + "&page=2");

    [Benchmark]
    public Task ListWithBearer() => ApiHost.GetAsync(host.Server, "/api/v1/reviews", Query + "&page=2", token);

    [Benchmark]
    public Task CachedList() => ApiHost.GetAsync(host.Server, "/api/v1/reviews", Query);

    [Benchmark]
    public Task CachedListWithoutLimits() => ApiHost.GetAsync(unlimited.Server, "/api/v1/reviews", Query);

    // The limits in memory where REDIS_ADDRESSES names none.
    [Benchmark]
    public Task CachedListWithLimitsInRedis() => ApiHost.GetAsync(withRedis.Server, "/api/v1/reviews", Query);

    [Benchmark]
    public Task WithoutDatabase() => ApiHost.GetAsync(host.Server, "/api/v1/health");

    [Benchmark]
    public async Task<bool> BearerToken() => await host.Services.GetRequiredService<AccessTokens>().ValidateAsync(token, default) is not null;

    [Benchmark]
    public async Task EnvelopeOf20()
    {
        await using var scope = host.Services.CreateAsyncScope();
        await answer.ExecuteAsync(new DefaultHttpContext { RequestServices = scope.ServiceProvider });
    }

    private static async Task<WebApplication> StartBareAsync(string database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(database));
        builder.Services.AddSingleton<BareReviews>();
        var app = builder.Build();
        app.Map(app.Services.GetRequiredService<BareReviews>());
        await app.StartAsync();
        return app;
    }
}

/// <summary>P2: a page costs what is on it, however long the list is.</summary>
[MemoryDiagnoser]
public class KeysetBenchmarks
{
    private ApiHost host = null!;
    private string cursor = null!;

    [Params(1_000, 1_000_000)]
    public int Reviews { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        host = await ApiHost.StartAsync(Reviews);
        cursor = (await ListAsync(null)).NextCursor!;
    }

    [GlobalCleanup]
    public Task StopAsync() => host.DropAsync();

    [Benchmark]
    public Task FirstPageWithCount() => ListAsync(null);

    [Benchmark]
    public Task PageBehindCursor() => ListAsync(cursor);

    private async Task<Page<ReviewDto>> ListAsync(string? behind)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var found = await scope.ServiceProvider.GetRequiredService<ReviewQueries>().ListAsync(
            new ReviewFilter(ManyReviews.ResourceType, ManyReviews.ResourceId, null, null, null), new PageRequest(null, null, behind), default);
        return found.Failed(out var error, out var page) ? throw new InvalidOperationException(error.Message) : page;
    }
}
