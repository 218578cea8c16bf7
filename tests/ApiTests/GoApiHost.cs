using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Hosting;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

[assembly: AssemblyFixture(typeof(GoApi.ApiTests.EmbeddedHost))]
[assembly: AssemblyFixture(typeof(GoApi.ApiTests.ServicesHost))]

namespace GoApi.ApiTests;

/// <summary>The whole program on a real Kestrel, in one of its two modes. One for all tests of a run: each test makes users of its own.</summary>
public abstract class GoApiHost : IAsyncLifetime
{
    public const string Password = "correct-Horse-7-staple";

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("goapi-apitests-");
    private WebApplicationFactory<Program>? factory;

    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Provider => factory!.Services;

    public abstract string Mode { get; }

    /// <summary>What differs between the modes; null where this mode cannot run here.</summary>
    protected abstract Task<IReadOnlyDictionary<string, string>?> ConfigureAsync();

    public async ValueTask InitializeAsync()
    {
        if (await ConfigureAsync() is not { } settings) return;

        factory = new Factory(new Dictionary<string, string>
        {
            ["APP_ENV"] = "test",
            ["APP_PORT"] = "0",
            ["DATA_PATH"] = data.FullName,
            ["BCRYPT_WORK_FACTOR"] = "4",
            ["RATE_LIMIT_RPS"] = "0",
            ["RATE_LIMIT_CREDENTIALS"] = "0",
            ["LOG_LEVEL"] = "warning",
            ["ADMIN_EMAIL"] = "admin@example.test",
            ["ADMIN_PASSWORD"] = Password,
            ["NOTIFICATION_RETRY_BASE"] = "1",
            // Whatever the environment has is not this test's.
            ["DB_HOST"] = "",
            ["REDIS_ADDRESSES"] = "",
            ["NATS_URLS"] = "",
            ["SENDGRID_API_KEY"] = "",
        }.Concat(settings).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Last().Value));
        factory.UseKestrel(0);
        factory.StartServer();
        Client = NewClient();
    }

    public async ValueTask DisposeAsync()
    {
        if (factory is not null) await factory.DisposeAsync();
        await CleanUpAsync();
        data.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    public HttpClient NewClient()
    {
        var client = factory!.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
        return client;
    }

    /// <summary>Somebody new with this role, logged in.</summary>
    public async Task<TestUser> LogInAsync(Role role = Role.User)
    {
        var email = $"{role.ToString().ToLowerInvariant()}-{Guid.CreateVersion7():N}@example.test";
        var registered = await Client.PostAsJsonAsync("/api/v1/users/register", new { email, password = Password, first_name = "Ada", last_name = "Lovelace" });
        Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());
        var id = (await registered.ReadAsync()).GetProperty("data").GetProperty("id").GetGuid();
        if (role != Role.User)
        {
            await using var scope = Provider.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<AppUser>().Where(user => user.Id == id)
                .ExecuteUpdateAsync(row => row.SetProperty(user => user.Role, role));
        }

        return await LogInAsync(email, id);
    }

    public async Task<TestUser> LogInAsync(string email, Guid id)
    {
        var answer = await Client.PostAsJsonAsync("/api/v1/users/login", new { email, password = Password });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var data = (await answer.ReadAsync()).GetProperty("data");
        return new TestUser(id, email, data.GetProperty("access_token").GetString()!, data.GetProperty("refresh_token").GetString()!);
    }

    /// <summary>Works on the database of this host, behind the API's back.</summary>
    internal async Task<T> WithDatabaseAsync<T>(Func<AppDbContext, Task<T>> work)
    {
        await using var scope = Provider.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }

    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    private sealed class Factory(Dictionary<string, string> settings) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
        }
    }
}

public sealed class EmbeddedHost : GoApiHost
{
    public override string Mode => "embedded";

    protected override Task<IReadOnlyDictionary<string, string>?> ConfigureAsync() =>
        Task.FromResult<IReadOnlyDictionary<string, string>?>(new Dictionary<string, string>());
}

public sealed class ServicesHost : GoApiHost
{
    private TestDatabase? database;

    public override string Mode => "services";

    protected override async Task<IReadOnlyDictionary<string, string>?> ConfigureAsync()
    {
        if (!Services.AreRunning) return null;

        database = await Services.CreateDatabaseAsync();
        return new Dictionary<string, string>(Services.Settings) { ["DB_NAME"] = database.Name, ["NATS_STREAM_NAME"] = database.Name.ToUpperInvariant() };
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (database is not null) await database.DisposeAsync();
    }
}

public sealed record TestUser(Guid Id, string Email, string AccessToken, string RefreshToken)
{
    public AuthenticationHeaderValue Bearer => new("Bearer", AccessToken);
}

public static class Answers
{
    public static async Task<JsonElement> ReadAsync(this HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.Clone();
}
