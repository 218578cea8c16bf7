using System.Net.Http.Json;
using GoApi.Domain.Users;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using GoApi.Tests.Hosting;
using GoApi.Tests.Trail;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

[assembly: AssemblyFixture(typeof(GoApi.ApiTests.EmbeddedHost))]
[assembly: AssemblyFixture(typeof(GoApi.ApiTests.ServicesHost))]

namespace GoApi.ApiTests;

/// <summary>The whole program on a real Kestrel, in one of its two modes. One for all tests of a run: each test makes users of its own.</summary>
public abstract class GoApiHost : IAsyncLifetime
{
    public const string Password = "correct-Horse-7-staple";

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("goapi-apitests-");
    private Dictionary<string, string>? settings;
    private Instance? first;
    private IHost? worker;

    public Instance Main => first!;

    /// <summary>Nothing is changed without an audit entry, in any of its instances.</summary>
    public EntryWatcher Watcher { get; } = new();

    /// <summary>What its instances are configured with.</summary>
    public IReadOnlyDictionary<string, string> Settings => settings!;

    public abstract string Mode { get; }

    /// <summary>How many hostile requests are sent in this mode.</summary>
    public abstract int HostileRequests { get; }

    /// <summary>What differs between the modes; null where this mode cannot run here.</summary>
    protected abstract Task<IReadOnlyDictionary<string, string>?> ConfigureAsync();

    public async ValueTask InitializeAsync()
    {
        if (await ConfigureAsync() is not { } own) return;

        settings = new Dictionary<string, string>
        {
            ["APP_ENV"] = "test",
            ["APP_PORT"] = "0",
            ["APP_URL"] = "http://localhost:8080",
            ["DATA_PATH"] = data.FullName,
            ["BCRYPT_WORK_FACTOR"] = "4",
            ["RATE_LIMIT_RPS"] = "0",
            ["RATE_LIMIT_CREDENTIALS"] = "0",
            ["SHUTDOWN_DRAIN"] = "0",
            ["LOG_LEVEL"] = "error",
            ["ADMIN_EMAIL"] = "admin@example.test",
            ["ADMIN_PASSWORD"] = Password,
            ["NOTIFICATION_RETRY_BASE"] = "1",
            ["AUDIT_SEAL_INTERVAL"] = "1",
            // Whatever the environment has is not this test's.
            ["ALLOW_ORIGINS"] = "",
            ["TRUSTED_PROXIES"] = "",
            ["DB_HOST"] = "",
            ["REDIS_ADDRESSES"] = "",
            ["NATS_URLS"] = "",
            ["SENDGRID_API_KEY"] = "",
            ["SENDGRID_WEBHOOK_PUBLIC_KEY"] = "",
            ["TWILIO_ACCOUNT_SID"] = "",
            ["STORAGE_BASE_PATH"] = "",
        };
        foreach (var (name, value) in own) settings[name] = value;
        first = Start([]);
        if (settings["NATS_URLS"].Length > 0) worker = await StartWorkerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (worker is not null)
        {
            await worker.StopAsync();
            worker.Dispose();
        }

        if (first is not null) await first.DisposeAsync();
        await CleanUpAsync();
        data.Delete(recursive: true);
        Watcher.Dispose();
        // What came after the last test.
        Watcher.AssertComplete();
        GC.SuppressFinalize(this);
    }

    /// <summary>Skips, or fails in CI, where this mode cannot run.</summary>
    public virtual void Needed()
    {
    }

    /// <summary>Another instance of the same installation, with these settings changed.</summary>
    public Instance Start(params (string Name, string Value)[] changed)
    {
        var own = new Dictionary<string, string>(settings!);
        foreach (var (name, value) in changed) own[name] = value;
        var factory = new Factory(own, Watcher);
        factory.UseKestrel(0);
        factory.StartServer();
        return new Instance(factory);
    }

    /// <summary>An installation of its own in this mode, which does the worker's jobs itself: for what the messages of other tests must not meet.</summary>
    public async Task<Installation> InstallAsync(params (string Name, string Value)[] changed)
    {
        var folder = Directory.CreateTempSubdirectory("goapi-apitests-");
        var database = settings!["DB_HOST"].Length > 0 ? await Tests.Hosting.Services.CreateDatabaseAsync() : null;
        var instance = Start([("DATA_PATH", folder.FullName), ("DB_NAME", database?.Name ?? ""), ("NATS_URLS", ""), .. changed]);
        return new Installation(instance, folder, database);
    }

    /// <summary>Somebody new with this role, logged in.</summary>
    public async Task<TestUser> UserAsync(Role role = Role.User)
    {
        var user = await RegisterAsync();
        if (role != Role.User)
        {
            await WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.Id == user.Id).ExecuteUpdateAsync(row => row.SetProperty(one => one.Role, role)));
        }

        return await LogInAsync(user);
    }

    /// <summary>Somebody new, not logged in.</summary>
    public async Task<TestUser> RegisterAsync()
    {
        var email = $"ada-{Guid.CreateVersion7():N}@example.test";
        var registered = await Main.Anonymous.PostAsync("/api/v1/users/register", new { email, password = Password, first_name = "Ada", last_name = "Lovelace" });
        Assert.Equal(201, registered.Status);
        return new TestUser(registered.Id, email, "", "", Main.Anonymous);
    }

    public async Task<TestUser> LogInAsync(TestUser user)
    {
        var answer = await Main.Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = Password });
        Assert.Equal(200, answer.Status);
        var access = answer.Data.GetProperty("access_token").GetString()!;
        return user with { AccessToken = access, RefreshToken = answer.Data.GetProperty("refresh_token").GetString()!, Api = Main.As(access) };
    }

    /// <summary>A machine with these scopes, registered by an administrator, and its token.</summary>
    public async Task<TestClient> MachineAsync(params string[] scopes)
    {
        var admin = await UserAsync(Role.Admin);
        var made = await admin.Api.PostAsync("/api/v1/clients", new { name = "Machine", scopes, grant_types = new[] { "client_credentials" } });
        Assert.Equal(201, made.Status);
        var client = new TestClient(made.Id, made.Data.GetProperty("client_id").GetString()!, made.Data.GetProperty("client_secret").GetString()!, "", Main.Anonymous);
        var (status, json) = await Main.TokenAsync(client.ClientId, client.Secret, scopes);
        Assert.Equal(200, status);
        var token = json.GetProperty("access_token").GetString()!;
        return client with { AccessToken = token, Api = Main.As(token) };
    }

    /// <summary>Works on the database of this host, behind the API's back.</summary>
    internal async Task<T> WithDatabaseAsync<T>(Func<AppDbContext, Task<T>> work)
    {
        using var aside = EntryWatcher.Aside();
        await using var scope = Main.Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }

    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    // With NATS the API process does not consume: the other program's composition does, in this process.
    private async Task<IHost> StartWorkerAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Test" });
        builder.Configuration.AddInMemoryCollection(settings!.Select(pair => KeyValuePair.Create<string, string?>(pair.Key, pair.Value)));
        builder.Logging.ClearProviders();
        builder.Services.AddInfrastructure(builder.Configuration.ReadSettings(), HostRole.Worker);
        builder.Services.AddSingleton<IInterceptor>(Watcher);
        var host = builder.Build();
        await host.PrepareAsync();
        await host.StartAsync();
        return host;
    }

    private sealed class Factory(Dictionary<string, string> settings, EntryWatcher watcher) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
            builder.ConfigureTestServices(services => services.AddSingleton<IInterceptor>(watcher));
        }
    }
}

/// <summary>One process of the API, as far as it is concerned.</summary>
public sealed class Instance : IAsyncDisposable
{
    private readonly WebApplicationFactory<Program> factory;

    internal Instance(WebApplicationFactory<Program> factory)
    {
        this.factory = factory;
        Address = new Uri(factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
        Contract = new Contract(Http);
        Anonymous = new Caller(this, null);
    }

    public HttpClient Http { get; }

    public Contract Contract { get; }

    public Caller Anonymous { get; }

    public Uri Address { get; }

    public IServiceProvider Services => factory.Services;

    public Caller As(string token) => new(this, token);

    public async Task<(int Status, System.Text.Json.JsonElement Json)> TokenAsync(string clientId, string secret, params string[] scopes)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = clientId,
            ["client_secret"] = secret,
            ["scope"] = string.Join(' ', scopes),
        });
        using var answer = await Http.PostAsync(new Uri("/api/v1/oauth/token", UriKind.Relative), form);
        return ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).Clone());
    }

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        return factory.DisposeAsync();
    }
}

/// <summary>One process of an installation of its own, gone with the result.</summary>
public sealed class Installation(Instance instance, DirectoryInfo folder, TestDatabase? database) : IAsyncDisposable
{
    public Instance Instance => instance;

    /// <summary>The first administrator.</summary>
    public async Task<Caller> AdminAsync()
    {
        var answer = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email = "admin@example.test", password = GoApiHost.Password })).Is(200);
        return instance.As(answer.Field("access_token")!);
    }

    public async ValueTask DisposeAsync()
    {
        await instance.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

public sealed class EmbeddedHost : GoApiHost
{
    public override string Mode => "embedded";

    public override int HostileRequests => 10_000;

    protected override Task<IReadOnlyDictionary<string, string>?> ConfigureAsync() =>
        Task.FromResult<IReadOnlyDictionary<string, string>?>(new Dictionary<string, string>());
}

public sealed class ServicesHost : GoApiHost
{
    private TestDatabase? database;

    public override string Mode => "services";

    public override int HostileRequests => 2_000;

    public override void Needed() => _ = Tests.Hosting.Services.Settings;

    protected override async Task<IReadOnlyDictionary<string, string>?> ConfigureAsync()
    {
        if (!Tests.Hosting.Services.AreRunning) return null;

        database = await Tests.Hosting.Services.CreateDatabaseAsync();
        return new Dictionary<string, string>(Tests.Hosting.Services.Settings) { ["DB_NAME"] = database.Name, ["NATS_STREAM_NAME"] = database.Name.ToUpperInvariant() };
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (database is not null) await database.DisposeAsync();
    }
}

public sealed record TestUser(Guid Id, string Email, string AccessToken, string RefreshToken, Caller Api);

public sealed record TestClient(Guid Id, string ClientId, string Secret, string AccessToken, Caller Api);
