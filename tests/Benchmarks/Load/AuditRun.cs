using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Benchmarks.Bare;
using GoApi.Benchmarks.Pipeline;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Tests.Seeding;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GoApi.Benchmarks.Load;

/// <summary>What the sealer takes from those who write, what an entry is of a write, and how fast a million of them is verified.</summary>
internal sealed class AuditRun(DirectoryInfo api, int databaseId, string data)
{
    private const string Sealed = "goapi_audit_sealed";
    private const string Unsealed = "goapi_audit_unsealed";
    private const int Entries = 1_000_000;
    private const int Writes = 1_000;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(8);

    public async Task RunAsync(int rounds, CancellationToken ct)
    {
        await ShowShareAsync(rounds, ct);
        await ShowSealerAsync(rounds, ct);
    }

    // Two installations, each with a database of its own: one seals every second in the process that is under load, one does not seal.
    private async Task ShowSealerAsync(int rounds, CancellationToken ct)
    {
        await using var without = await StartAsync(Unsealed, ("AUDIT_SEAL_INTERVAL", "0"), ct);
        await using var with = await StartAsync(Sealed, ("AUDIT_SEAL_INTERVAL", "1"), ct);
        var (unsealed, sealing) = (await MakeAccountsAsync(without, Unsealed, ct), await MakeAccountsAsync(with, Sealed, ct));
        foreach (var name in new[] { "post review", "client credentials" })
        {
            var (off, on) = (Requests(name, unsealed), Requests(name, sealing));
            for (var warmUp = 0; warmUp < 2; warmUp++) await TurnAsync();

            List<(Measurement Off, Measurement On)> found = [];
            for (var round = 0; round < rounds; round++) found.Add(await TurnAsync());
            // Of all requests: a turn that something else has disturbed weighs no more than its share.
            var ratio = found.Sum(turn => turn.On.PerSecond) / found.Sum(turn => turn.Off.PerSecond);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {Median(found.Select(turn => turn.Off.PerSecond)):0}/s without the sealer, {Median(found.Select(turn => turn.On.PerSecond)):0}/s with it: {ratio:0.00} (aim: at least 0.95), {Median(found.Select(turn => turn.On.CpuPer1000 / turn.Off.CpuPer1000)):0.00} of the CPU"));

            async Task<(Measurement Off, Measurement On)> TurnAsync() =>
                (await LoadGenerator.MeasureAsync(without, databaseId, off, 16, Slice, ct), await LoadGenerator.MeasureAsync(with, databaseId, on, 16, Slice, ct));
        }

        await ShowVerificationAsync(with, sealing, ct);
    }

    private static async Task ShowVerificationAsync(ServerProcess server, Accounts auditor, CancellationToken ct)
    {
        await using var database = NpgsqlDataSource.Create(Database(Sealed));
        await using (var fill = database.CreateCommand(
            $"""
             INSERT INTO audit_entries (id, action, resource, resource_id, ip_address, user_agent, request_id, status, changes, created_at)
             SELECT gen_random_uuid(), 'load.fill', 'load', n::text, '192.0.2.1', 'Mozilla/5.0 (load)', 'load', 'success', repeat('x', 300), now() FROM generate_series(1, {Entries}) AS one(n)
             """))
        {
            fill.CommandTimeout = 0;
            await fill.ExecuteNonQueryAsync(ct);
        }

        var started = Stopwatch.GetTimestamp();
        await using var behind = database.CreateCommand("SELECT count(*) FROM audit_entries WHERE sequence > coalesce((SELECT max(last_sequence) FROM audit_seals), 0)");
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while ((long)(await behind.ExecuteScalarAsync(ct))! > 0) await tick.WaitForNextTickAsync(ct);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Entries} entries were sealed in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));

        using var http = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", auditor.AccessToken);
        var (before, peak) = (server.ResidentBytes, 0L);
        started = Stopwatch.GetTimestamp();
        var verifying = http.GetStringAsync(new Uri("/api/v1/audit-logs/verify", UriKind.Relative), ct);
        while (!verifying.IsCompleted)
        {
            peak = Math.Max(peak, server.ResidentBytes);
            await Task.WhenAny(verifying, tick.WaitForNextTickAsync(ct).AsTask());
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        using var answer = JsonDocument.Parse(await verifying);
        var verdict = answer.RootElement.GetProperty("data");
        if (!verdict.GetProperty("valid").GetBoolean()) throw new InvalidOperationException($"The trail is not valid: {verdict}");
        var count = verdict.GetProperty("entries").GetInt64();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} entries were verified in {elapsed.TotalSeconds:0.0} s: {count / elapsed.TotalSeconds:0} a second; the process had {before >> 20} MiB before and {peak >> 20} MiB at most"));
    }

    // The same use case on the same database, with its entries and without them, one after the other.
    private async Task ShowShareAsync(int rounds, CancellationToken ct)
    {
        await using var host = new ApiHost();
        await using var silent = host.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.AddSingleton<IInterceptor, WithoutEntries>()));
        var author = await RegisterAsync(host.Services, ct);
        List<(Cost With, Cost Without)> found = [];
        for (var round = -1; round < rounds; round++)
        {
            var turn = (await WriteAsync(host.Services, author, ct), await WriteAsync(silent.Services, author, ct));
            if (round >= 0) found.Add(turn);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"An entry is {Median(found.Select(turn => 1 - turn.Without.Cpu / turn.With.Cpu)):P0} of the CPU of writing a review in the process, {Median(found.Select(turn => 1 - turn.Without.DatabaseCpu / turn.With.DatabaseCpu)):P0} of the database's, and {Median(found.Select(turn => 1 - turn.Without.Time / turn.With.Time)):P0} of the time"));
        await silent.DisposeAsync();
        await host.DropAsync();
    }

    private async Task<Cost> WriteAsync(IServiceProvider services, Guid author, CancellationToken ct)
    {
        using var self = Process.GetCurrentProcess();
        var (cpu, database, started) = (self.TotalProcessorTime, ServerProcess.CpuOfFamily(databaseId), Stopwatch.GetTimestamp());
        for (var write = 0; write < Writes; write++)
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(new Actor(author, FirstPartyClient.Id, Role.User, new HashSet<string>(), null, "192.0.2.1", "Mozilla/5.0 (load)", "load"));
            var submit = scope.ServiceProvider.GetRequiredService<IUseCase<SubmitReview, ReviewDto>>();
            var resource = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
            if ((await submit.HandleAsync(new SubmitReview("load", resource, 5, "Good", "It does what it should."), ct)).Failed(out var error)) throw new InvalidOperationException(error.Message);
        }

        self.Refresh();
        return new Cost((self.TotalProcessorTime - cpu).TotalMilliseconds, ServerProcess.CpuOfFamily(databaseId) - database, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static async Task<Guid> RegisterAsync(IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var register = scope.ServiceProvider.GetRequiredService<IUseCase<RegisterUser, Registration>>();
        return (await register.HandleAsync(new RegisterUser("load@example.test", new Secret(Accounts.Password), "Ada", "Lovelace", null), ct)).Failed(out var error, out var registration)
            ? throw new InvalidOperationException(error.Message) : registration.User!.Id;
    }

    private Task<ServerProcess> StartAsync(string database, (string, string) sealing, CancellationToken ct) =>
        ApiProcess.StartAsync(api, Path.Combine(data, database), ct, sealing, ("DB_NAME", database), ("NATS_URLS", ""), ("LOG_LEVEL", "warning"));

    private static async Task<Accounts> MakeAccountsAsync(ServerProcess server, string database, CancellationToken ct)
    {
        await using (var connection = new NpgsqlConnection(Database(database)))
        {
            await connection.OpenAsync(ct);
            await ManyReviews.FillAsync(connection, 1_000, isPostgreSql: true, ct);
        }

        return await Accounts.MakeAsync(server.Url, Database(database), ct);
    }

    private static Func<int, NextRequest> Requests(string scenario, Accounts accounts) => Scenarios.All(accounts, null).Single(one => one.Name == scenario).Requests;

    private static string Database(string name) => BareServer.ConnectionString(variable => variable == "DB_NAME" ? name : Environment.GetEnvironmentVariable(variable));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed record Cost(double Cpu, double DatabaseCpu, double Time);

    /// <summary>Takes the entries out of every save, after they were made: what is left is a write as it would be without a trail.</summary>
    private sealed class WithoutEntries : SaveChangesInterceptor
    {
        public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            foreach (var row in eventData.Context!.ChangeTracker.Entries().Where(row => row.Entity is AuditEntry or AuditAddress).ToArray()) row.State = EntityState.Detached;
            return ValueTask.FromResult(result);
        }
    }
}
