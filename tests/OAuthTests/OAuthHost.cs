using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Hosting;
using GoApi.Tests.Trail;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using Xunit;
using static OpenIddict.Abstractions.OpenIddictConstants;

[assembly: AssemblyFixture(typeof(GoApi.OAuthTests.EmbeddedHost))]
[assembly: AssemblyFixture(typeof(GoApi.OAuthTests.ServicesHost))]

namespace GoApi.OAuthTests;

/// <summary>The whole program on a real Kestrel, in one of its two modes; a twin is a second instance on the same database.</summary>
public abstract class OAuthHost : IAsyncLifetime
{
    public const string Password = "correct-Horse-7-staple";

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("goapi-oauthtests-");
    private Dictionary<string, string>? settings;
    private Instance? first;

    public string Origin { get; private set; } = "";

    /// <summary>Nothing is changed without an audit entry, in any of its instances.</summary>
    public EntryWatcher Watcher { get; } = new();

    public IServiceProvider Provider => first!.Services;

    /// <summary>What this installation runs with.</summary>
    public IReadOnlyDictionary<string, string> Configured => settings!;

    protected abstract Task<IReadOnlyDictionary<string, string>?> ConfigureAsync();

    public async ValueTask InitializeAsync()
    {
        if (await ConfigureAsync() is not { } own) return;

        var port = Ports.Free();
        Origin = $"http://127.0.0.1:{port}";
        settings = new Dictionary<string, string>
        {
            ["APP_ENV"] = "test",
            ["APP_PORT"] = "0",
            ["APP_URL"] = Origin,
            ["APP_NAME"] = "Orchard",
            ["DATA_PATH"] = data.FullName,
            ["BCRYPT_WORK_FACTOR"] = "4",
            ["RATE_LIMIT_RPS"] = "0",
            ["RATE_LIMIT_CREDENTIALS"] = "0",
            ["SHUTDOWN_DRAIN"] = "0",
            ["LOG_LEVEL"] = "warning",
            // Whatever the environment has is not this test's.
            ["DB_HOST"] = "",
            ["REDIS_ADDRESSES"] = "",
            ["NATS_URLS"] = "",
            ["SENDGRID_API_KEY"] = "",
        };
        foreach (var (name, value) in own) settings[name] = value;
        first = Start(port);
    }

    public async ValueTask DisposeAsync()
    {
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

    /// <summary>Another instance of the same installation.</summary>
    public Instance StartTwin() => Start(Ports.Free());

    /// <summary>Another instance whose clock is ahead: what has expired there, without waiting.</summary>
    public Instance StartLater(TimeSpan ahead) => Start(Ports.Free(), clock: new ClockAhead(ahead));

    /// <summary>Another instance with a setting of its own.</summary>
    public Instance StartWith(string name, string value) => Start(Ports.Free(), (name, value));

    public Browser NewBrowser(string? userAgent = null) => new(Origin, userAgent);

    public async Task<TestUser> RegisterAsync(Role role = Role.User)
    {
        var email = $"{role.ToString().ToLowerInvariant()}-{Guid.CreateVersion7():N}@example.test";
        using var http = new HttpClient { BaseAddress = new Uri(Origin) };
        var answer = await http.PostAsJsonAsync("/api/v1/users/register", new { email, password = Password, first_name = "Ada", last_name = "Lovelace" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var id = Guid.Parse((await answer.JsonAsync())["data"]!["id"]!.ToString());
        if (role != Role.User) await SetUserAsync(id, role: role);
        return new TestUser(id, email);
    }

    public async Task<JsonObject> LogInAsync(TestUser user, string? origin = null)
    {
        using var http = new HttpClient { BaseAddress = new Uri(origin ?? Origin) };
        var answer = await http.PostAsJsonAsync("/api/v1/users/login", new { email = user.Email, password = Password });
        var json = await answer.JsonAsync();
        return json["data"] as JsonObject ?? json;
    }

    public async Task<(HttpStatusCode Status, JsonObject? Data)> RefreshAsync(string refreshToken, string? origin = null)
    {
        using var http = new HttpClient { BaseAddress = new Uri(origin ?? Origin) };
        var answer = await http.PostAsJsonAsync("/api/v1/users/refresh", new { refresh_token = refreshToken });
        return (answer.StatusCode, (await answer.JsonAsync())["data"] as JsonObject);
    }

    public Task SetUserAsync(Guid id, UserStatus? status = null, Role? role = null) => WithDatabaseAsync(async db =>
    {
        var user = await db.Set<AppUser>().SingleAsync(row => row.Id == id);
        (user.Status, user.Role) = (status ?? user.Status, role ?? user.Role);
        return await db.SaveChangesAsync();
    });

    /// <summary>A client with everything that a code flow needs, and consent asked for.</summary>
    public async Task<TestClient> AddCodeClientAsync(bool isPublic = false, bool consent = true, params string[] scopes)
    {
        var client = new TestClient($"client-{Guid.CreateVersion7():N}", isPublic ? null : ClientSecrets.New());
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.Id,
            ClientSecret = client.Secret,
            ClientType = isPublic ? ClientTypes.Public : ClientTypes.Confidential,
            ApplicationType = isPublic ? ApplicationTypes.Native : ApplicationTypes.Web,
            ConsentType = consent ? ConsentTypes.Explicit : ConsentTypes.Implicit,
            DisplayName = "Pear & Partners",
            RedirectUris = { new Uri(TestClient.RedirectUri), new Uri("http://127.0.0.1/cb"), new Uri("http://[::1]/cb") },
            PostLogoutRedirectUris = { new Uri(TestClient.LogoutUri) },
            Permissions =
            {
                Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.Revocation, Permissions.Endpoints.EndSession,
                Permissions.Endpoints.PushedAuthorization,
                Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.ResponseTypes.Code,
            },
        };
        if (!isPublic) descriptor.Permissions.Add(Permissions.Endpoints.Introspection);
        foreach (var scope in scopes.Length > 0 ? scopes : ["email", "profile", "profile:read", "reviews:write", "tickets:manage"]) descriptor.Permissions.Add(Permissions.Prefixes.Scope + scope);
        await AddAsync(descriptor);
        return client;
    }

    public async Task<TestClient> AddMachineAsync(params string[] scopes)
    {
        var client = new TestClient($"machine-{Guid.CreateVersion7():N}", ClientSecrets.New());
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.Id,
            ClientSecret = client.Secret,
            ClientType = ClientTypes.Confidential,
            DisplayName = "Machine",
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Introspection, Permissions.Endpoints.Revocation, Permissions.GrantTypes.ClientCredentials },
        };
        foreach (var scope in scopes) descriptor.Permissions.Add(Permissions.Prefixes.Scope + scope);
        await AddAsync(descriptor);
        return client;
    }

    /// <summary>A program on a screen without a keyboard.</summary>
    public async Task<TestClient> AddDeviceAsync(params string[] scopes)
    {
        var client = new TestClient($"device-{Guid.CreateVersion7():N}", null);
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.Id,
            ClientType = ClientTypes.Public,
            DisplayName = "Pear TV",
            Permissions =
            {
                Permissions.Endpoints.DeviceAuthorization, Permissions.Endpoints.Token, Permissions.Endpoints.Revocation,
                Permissions.GrantTypes.DeviceCode, Permissions.GrantTypes.RefreshToken,
            },
        };
        foreach (var scope in scopes.Length > 0 ? scopes : ["profile:read", "reviews:write", "tickets:manage"]) descriptor.Permissions.Add(Permissions.Prefixes.Scope + scope);
        await AddAsync(descriptor);
        return client;
    }

    /// <summary>A service that trades the tokens of users.</summary>
    public async Task<TestClient> AddExchangerAsync(params string[] scopes)
    {
        var client = new TestClient($"exchanger-{Guid.CreateVersion7():N}", ClientSecrets.New());
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.Id,
            ClientSecret = client.Secret,
            ClientType = ClientTypes.Confidential,
            DisplayName = "Gateway",
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Introspection, Permissions.GrantTypes.TokenExchange, Permissions.GrantTypes.ClientCredentials },
        };
        foreach (var scope in scopes) descriptor.Permissions.Add(Permissions.Prefixes.Scope + scope);
        await AddAsync(descriptor);
        return client;
    }

    /// <summary>A machine that proves itself with a key (private_key_jwt), whose id is <c>k1</c>.</summary>
    public async Task<TestClient> AddSignerAsync(ECDsa key, params string[] scopes)
    {
        var client = new TestClient($"signer-{Guid.CreateVersion7():N}", null);
        var point = key.ExportParameters(false).Q;
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.Id,
            ClientType = ClientTypes.Confidential,
            DisplayName = "Signer",
            JsonWebKeySet = JsonWebKeySet.Create($$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"{{Web.Encode(point.X!)}}","y":"{{Web.Encode(point.Y!)}}"}]}"""),
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Introspection, Permissions.Endpoints.Revocation, Permissions.GrantTypes.ClientCredentials },
        };
        foreach (var scope in scopes) descriptor.Permissions.Add(Permissions.Prefixes.Scope + scope);
        await AddAsync(descriptor);
        return client;
    }

    internal async Task<T> WithDatabaseAsync<T>(Func<AppDbContext, Task<T>> work)
    {
        using var aside = EntryWatcher.Aside();
        await using var scope = Provider.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }

    public Task<string[]> AuditActionsAsync(Guid userId) => WithDatabaseAsync(db => db.Set<Infrastructure.Auditing.AuditEntry>()
        .Where(entry => entry.ActorUserId == userId).OrderBy(entry => entry.Sequence).Select(entry => entry.Action).ToArrayAsync());

    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    private Instance Start(int port, (string Name, string Value)? own = null, TimeProvider? clock = null)
    {
        var all = new Dictionary<string, string>(settings!);
        if (own is { } one) all[one.Name] = one.Value;
        var factory = new Factory(all, clock, Watcher);
        factory.UseKestrel(port);
        factory.StartServer();
        return new Instance(factory, $"http://127.0.0.1:{port}");
    }

    private async Task AddAsync(OpenIddictApplicationDescriptor descriptor)
    {
        await using var scope = Provider.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(descriptor);
    }

    private sealed class Factory(Dictionary<string, string> settings, TimeProvider? clock, EntryWatcher watcher) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
            builder.ConfigureTestServices(services => services.AddSingleton<IInterceptor>(watcher));
            if (clock is not null) builder.ConfigureTestServices(services => services.AddSingleton(clock));
        }
    }

    private sealed class ClockAhead(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
    }
}

public sealed class Instance(WebApplicationFactory<Program> factory, string origin) : IAsyncDisposable
{
    public string Origin => origin;

    public IServiceProvider Services => factory.Services;

    public ValueTask DisposeAsync() => factory.DisposeAsync();
}

public sealed class EmbeddedHost : OAuthHost
{
    protected override Task<IReadOnlyDictionary<string, string>?> ConfigureAsync() =>
        Task.FromResult<IReadOnlyDictionary<string, string>?>(new Dictionary<string, string>());
}

public sealed class ServicesHost : OAuthHost
{
    private TestDatabase? database;

    public override void Needed() => _ = Services.Settings;

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

public sealed record TestUser(Guid Id, string Email);

public sealed record TestClient(string Id, string? Secret)
{
    public const string RedirectUri = "https://client.example/cb";
    public const string LogoutUri = "https://client.example/bye";
}
