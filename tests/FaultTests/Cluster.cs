using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GoApi.Tests.Hosting;
using Npgsql;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>Two APIs and two workers behind the proxy, as <c>scripts/cluster</c> runs them, on services of their own. They are started by the first test that needs them.</summary>
public sealed class Cluster : IAsyncDisposable
{
    public const string AdminEmail = "admin@example.test";

    /// <summary>Requests a second of one user; twice as many in one go.</summary>
    public const int RateLimit = 50;

    // Each takes far less than its limit, so that what is refused is not their own doing.
    private const int People = 12;

    private readonly SemaphoreSlim gate = new(1);
    private readonly Dictionary<string, string> variables = [];
    private readonly List<HttpClient> clients = [];
    private PrivateServices? services;

    public PrivateServices Services => services!;

    /// <summary>What clients talk to.</summary>
    public HttpClient Proxy { get; private set; } = null!;

    /// <summary>The two processes, past the proxy.</summary>
    public HttpClient[] Apis { get; private set; } = [];

    /// <summary>Access tokens of people who do nothing but make load.</summary>
    public IReadOnlyList<string> Crowd { get; private set; } = [];

    /// <summary>What the four hosts said when they started, all at once, on an empty server.</summary>
    public IReadOnlyDictionary<string, string> FirstLogs { get; private set; } = new Dictionary<string, string>();

    public string AdminToken { get; private set; } = "";

    public async Task StartAsync()
    {
        await gate.WaitAsync();
        try
        {
            if (Crowd.Count > 0) return;
            Assert.True(services is null, "The cluster did not start for an earlier test: see that one.");
            services = await PrivateServices.StartAsync("redis");
            Configure(Ports.Free(4));
            var (exitCode, output) = await PrivateServices.RunScriptAsync("cluster", variables, ["up"]);
            // 4: there is no HAProxy, and none can be installed.
            if (exitCode == 4) PrivateServices.SkipOrFail(output);
            Assert.True(exitCode == 0, output);

            FirstLogs = ((string[])["api-1", "api-2", "worker-1", "worker-2"]).ToDictionary(name => name, LogOf);
            AdminToken = await LogInAsync(Proxy, AdminEmail);
            Crowd = await Task.WhenAll(Enumerable.Range(0, People).Select(_ => NewUserAsync()));
        }
        finally
        {
            gate.Release();
        }
    }

    public async Task RunAsync(params string[] arguments)
    {
        var (exitCode, output) = await PrivateServices.RunScriptAsync("cluster", variables, arguments);
        Assert.True(exitCode == 0, $"scripts/cluster {string.Join(' ', arguments)}: {output}");
    }

    /// <summary>Of its present run.</summary>
    public string LogOf(string name) => File.ReadAllText(Path.Combine(variables["GOAPI_CLUSTER_DIR"], name, "log"));

    /// <summary>Somebody new, logged in.</summary>
    public async Task<string> NewUserAsync()
    {
        var email = Accounts.NewEmail();
        using var registered = await Proxy.RegisterAsync(email);
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        return await LogInAsync(Proxy, email);
    }

    public static async Task<string> LogInAsync(HttpClient api, string email)
    {
        using var answer = await api.LogInAsync(email);
        return (await DataAsync(answer)).GetProperty("access_token").GetString()!;
    }

    public static HttpRequestMessage Request(HttpMethod method, string path, string token, object? body = null) => new(method, $"/api/v1{path}")
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        Content = body is null ? null : JsonContent.Create(body),
    };

    public static object NewReview() => new { resource_type = "product", resource_id = $"r{Guid.CreateVersion7():N}", rating = 4, content = "Good." };

    public static async Task<HttpStatusCode> StatusAsync(HttpClient api, string path, string token)
    {
        using var request = Request(HttpMethod.Get, path, token);
        using var answer = await api.SendAsync(request);
        return answer.StatusCode;
    }

    public static async Task<JsonElement> DataAsync(HttpClient api, HttpMethod method, string path, string token, object? body = null)
    {
        using var request = Request(method, path, token, body);
        using var answer = await api.SendAsync(request);
        return await DataAsync(answer);
    }

    public static async Task<JsonElement> DataAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("data").Clone();
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var database = await Services.OpenDatabaseAsync(variables["GOAPI_CLUSTER_DB"]);
        await using var command = new NpgsqlCommand(sql, database);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The name of the Redis server that is the master now, as it says itself; null where none is.</summary>
    public async Task<string?> RedisMasterAsync()
    {
        foreach (var name in (string[])["redis", "redis-replica"])
        {
            try
            {
                if ((await Services.AskRedisAsync(name, "INFO replication")).Contains("role:master", StringComparison.Ordinal)) return name;
            }
            catch (Exception down) when (down is IOException or System.Net.Sockets.SocketException)
            {
                // The other one may be.
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        gate.Dispose();
        if (services is null) return;

        if (variables.Count > 0) await PrivateServices.RunScriptAsync("cluster", variables, ["down"]);
        await services.DisposeAsync();
    }

    private void Configure(int[] ports)
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name; // Debug or Release, as these tests
        foreach (var (name, value) in HostSettings.Common(Path.Combine(Services.Folder, "data"))) variables[name] = value;
        foreach (var (name, value) in Services.Variables) variables[name] = value;
        foreach (var (host, name) in new[] { ("WebApi", "GOAPI_CLUSTER_API"), ("Worker", "GOAPI_CLUSTER_WORKER") })
            variables[name] = Path.Combine(Tests.Hosting.Services.RepositoryRoot, "src", host, "bin", build, "net10.0", $"GoApi.{host}.dll");
        variables["GOAPI_CLUSTER_DIR"] = Path.Combine(Services.Folder, "cluster");
        variables["GOAPI_CLUSTER_DB"] = "goapi_cluster";
        variables["GOAPI_CLUSTER_PORT"] = $"{ports[0]}";
        variables["GOAPI_CLUSTER_STATS_PORT"] = $"{ports[1]}";
        variables["GOAPI_CLUSTER_API_PORTS"] = $"{ports[2]} {ports[3]}";
        variables["ADMIN_EMAIL"] = AdminEmail;
        variables["ADMIN_PASSWORD"] = Accounts.Password;
        variables["LOG_LEVEL"] = "information";
        variables["AUDIT_SEAL_INTERVAL"] = "1";
        variables["RATE_LIMIT_RPS"] = $"{RateLimit}";
        variables["SHUTDOWN_DRAIN"] = "1";
        Proxy = NewClient(ports[0]);
        Apis = [NewClient(ports[2]), NewClient(ports[3])];
    }

    private HttpClient NewClient(int port)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
        clients.Add(client);
        return client;
    }
}

/// <summary>One after the other and beside nothing else: they disturb one another, and measure.</summary>
[CollectionDefinition(nameof(Cluster), DisableParallelization = true)]
public sealed class ClusterTestCollection : ICollectionFixture<Cluster>;

[Collection(nameof(Cluster))]
public abstract class ClusterTest(Cluster cluster, ITestOutputHelper output) : IAsyncLifetime
{
    protected Cluster Cluster => cluster;

    protected ITestOutputHelper Output => output;

    public async ValueTask InitializeAsync() => await cluster.StartAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
