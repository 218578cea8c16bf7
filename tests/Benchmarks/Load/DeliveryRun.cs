using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GoApi.Benchmarks.Bare;
using GoApi.Tests.Seeding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Npgsql;

namespace GoApi.Benchmarks.Load;

/// <summary>
/// Notifications from one API call to a provider that answers after 20 ms, by 1, 2 and 4 workers, and a backlog that waits for the workers;
/// beside what JetStream alone takes and gives of messages as long as ours, by one publisher and one consumer that acknowledges each.
/// </summary>
internal sealed class DeliveryRun(DirectoryInfo api, DirectoryInfo worker, int databaseId, string data)
{
    private const string AdminEmail = "admin@example.test";
    private const string Password = "correct-Horse-7-staple";
    private const int WarmUps = 2;
    private static readonly TimeSpan ProviderTakes = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <param name="messages">About so many in each measurement: as many people get the notification.</param>
    /// <param name="backlog">At least so many wait before the last worker is started.</param>
    public async Task RunAsync(int messages, int backlog, CancellationToken ct)
    {
        await using var provider = await CountingProvider.StartAsync(ct);
        (string, string)[] settings =
        [
            ("ADMIN_EMAIL", AdminEmail), ("ADMIN_PASSWORD", Password), ("SENDGRID_API_KEY", "SG.load"), ("SENDGRID_BASE_URL", provider.Url), ("LOG_LEVEL", "warning"),
        ];
        await using var server = await ApiProcess.StartAsync(api, Path.Combine(data, "api"), ct, settings);
        await using (var connection = new NpgsqlConnection(BareServer.ConnectionString(Environment.GetEnvironmentVariable)))
        {
            await connection.OpenAsync(ct);
            await ManyUsers.FillAsync(connection, messages, isPostgreSql: true, ct);
        }

        using var http = new HttpClient { BaseAddress = server.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await LogInAsync(http, ct));

        foreach (var count in new[] { 1, 2, 4 })
        {
            var workers = new List<ServerProcess>();
            try
            {
                for (var number = 0; number < count; number++) workers.Add(await StartWorkerAsync(server, $"worker{count}-{number}", settings, ct));
                for (var warmUp = 0; warmUp < WarmUps; warmUp++) await SendAsync(http, provider, ct);

                var plain = await JetStreamAsync(messages, ct);
                var (cpu, database) = (workers.Sum(one => one.CpuMilliseconds), ServerProcess.CpuOfFamily(databaseId));
                var (sent, took) = await SendAsync(http, provider, ct);
                var (ours, theirs) = (workers.Sum(one => one.CpuMilliseconds) - cpu, ServerProcess.CpuOfFamily(databaseId) - database);
                var rate = sent / took.TotalSeconds;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{count} worker(s): {sent} notifications in {took.TotalSeconds:0.0} s, {rate:0}/s; JetStream alone {plain:0}/s, ratio {rate / plain:0.000}; for each {ours / sent:0.00} ms of CPU of the workers and {theirs / sent:0.00} ms of the database"));
            }
            finally
            {
                foreach (var one in workers) await one.DisposeAsync();
            }
        }

        var before = provider.Count;
        var waiting = 0;
        while (waiting < backlog) waiting += await PostAsync(http, ct);
        var done = provider.ReachAsync(before + waiting);
        var started = Stopwatch.GetTimestamp();
        await using var late = await StartWorkerAsync(server, "late", settings, ct);
        await done.WaitAsync(Patience, ct);
        var drained = Stopwatch.GetElapsedTime(started);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A backlog of {waiting} is drained by one worker in {drained.TotalSeconds:0.0} s with its start: {waiting / drained.TotalSeconds:0}/s"));
    }

    private Task<ServerProcess> StartWorkerAsync(ServerProcess server, string name, (string Name, string Value)[] settings, CancellationToken ct) =>
        ApiProcess.StartWorkerAsync(worker, server.Url, Path.Combine(data, name), ct, settings);

    private static async Task<string> LogInAsync(HttpClient http, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync("/api/v1/users/login", new { email = AdminEmail, password = Password }, ct);
        using var json = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(ct));
        return json.RootElement.GetProperty("data").GetProperty("access_token").GetString()!;
    }

    private static async Task<(int Sent, TimeSpan Took)> SendAsync(HttpClient http, CountingProvider provider, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var before = provider.Count;
        var accepted = await PostAsync(http, ct);
        await provider.ReachAsync(before + accepted).WaitAsync(Patience, ct);
        return (accepted, Stopwatch.GetElapsedTime(started));
    }

    /// <returns>How many people it was accepted for.</returns>
    private static async Task<int> PostAsync(HttpClient http, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync("/api/v1/notifications", new { role = "user", channels = new[] { "email" }, title = "Maintenance", content = "On Sunday nothing can be changed." }, ct);
        using var json = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(ct));
        return json.RootElement.GetProperty("data").GetProperty("accepted").GetInt32();
    }

    // Messages a second, from the first that is published to the last that is acknowledged.
    private static async Task<double> JetStreamAsync(int messages, CancellationToken ct)
    {
        await using var connection = new NatsConnection(new NatsOpts
        {
            Url = Environment.GetEnvironmentVariable("NATS_URLS")!,
            AuthOpts = new NatsAuthOpts { Token = Environment.GetEnvironmentVariable("NATS_TOKEN") },
        });
        var jetStream = new NatsJSContext(connection);
        await jetStream.CreateStreamAsync(new StreamConfig("PLAIN", ["plain"]) { Retention = StreamConfigRetention.Workqueue, Storage = StreamConfigStorage.File }, ct);
        var consumer = await jetStream.CreateConsumerAsync("PLAIN", new ConsumerConfig("plain") { AckPolicy = ConsumerConfigAckPolicy.Explicit }, ct);

        var started = Stopwatch.GetTimestamp();
        var publishing = Task.Run(async () =>
        {
            for (var number = 0; number < messages; number++)
            {
                var id = $"{Guid.CreateVersion7(TimeProvider.System.GetUtcNow())}:1";
                (await jetStream.PublishAsync("plain", id, opts: new NatsJSPubOpts { MsgId = id }, cancellationToken: ct)).EnsureSuccess();
            }
        }, ct);
        var left = messages;
        await foreach (var message in consumer.ConsumeAsync<string>(cancellationToken: ct))
        {
            await message.AckAsync(cancellationToken: ct);
            if (--left == 0) break;
        }

        await publishing;
        var elapsed = Stopwatch.GetElapsedTime(started);
        await jetStream.DeleteStreamAsync("PLAIN", ct);
        return messages / elapsed.TotalSeconds;
    }

    /// <summary>Takes every mail, after a while, and counts.</summary>
    private sealed class CountingProvider : IAsyncDisposable
    {
        private readonly WebApplication server;
        private readonly Lock gate = new();
        private TaskCompletionSource reached = new();
        private int awaited = int.MaxValue;

        private CountingProvider(WebApplication server) => this.server = server;

        public int Count { get; private set; }

        public string Url => server.Urls.Single();

        public static async Task<CountingProvider> StartAsync(CancellationToken ct)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
            var server = builder.Build();
            var provider = new CountingProvider(server);
            server.MapPost("/v3/mail/send", provider.TakeAsync);
            await server.StartAsync(ct);
            return provider;
        }

        public Task ReachAsync(int count)
        {
            lock (gate)
            {
                (reached, awaited) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), count);
                if (Count >= awaited) reached.SetResult();
                return reached.Task;
            }
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            await Task.Delay(ProviderTakes, http.RequestAborted);
            http.Response.StatusCode = StatusCodes.Status202Accepted;
            lock (gate)
            {
                Count++;
                if (Count >= awaited) reached.TrySetResult();
            }
        }
    }
}
