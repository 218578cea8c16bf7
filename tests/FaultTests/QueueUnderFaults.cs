using System.Globalization;
using System.Net;
using GoApi.Tests.Hosting;
using Npgsql;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>
/// Hundreds of mails on their way through API, NATS, two workers and a provider that counts, while something is stopped, wiped or killed,
/// or a clock is wrong: nothing is lost, and nothing is taken twice by the provider that is not marked as ambiguous.
/// </summary>
public sealed class QueueUnderFaults(ITestOutputHelper output)
{
    private const int Mails = 250;

    [Fact, Trait("Promise", "N10")]
    public async Task Two_workers_at_once_call_the_provider_once_for_each_message()
    {
        await using var run = await Run.StartAsync();
        await run.RegisterAsync(Mails);
        await run.AllTakenAsync(seconds: 60);
        await run.ReportAsync(output);
        Assert.Equal(Mails, run.Provider.CallCount);
        Assert.Empty(await run.AmbiguousAsync());
    }

    [Fact, Trait("Promise", "N2")]
    public async Task NATS_that_is_restarted_killed_and_wiped_while_messages_are_in_work_loses_and_doubles_none()
    {
        await using var run = await Run.StartAsync();
        run.Provider.Behave = (_, _) => new Behaviour.Accept(TimeSpan.FromMilliseconds(200));
        var registering = run.RegisterAsync(Mails);
        await run.TakenAsync(30);
        await run.Services.RunAsync("stop", "nats");
        await run.Services.RunAsync("start", "nats");
        await run.TakenAsync(90);
        await run.Services.RunAsync("kill", "nats");
        await run.Services.RunAsync("start", "nats");
        await run.TakenAsync(150);
        await run.Services.RunAsync("reset", "nats");
        await registering;

        await run.AllTakenAsync(seconds: 120);
        await run.ReportAsync(output);
        Assert.Empty(run.Provider.Duplicates);
        Assert.Empty(await run.AmbiguousAsync());
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Worker_that_is_killed_in_the_middle_loses_nothing_and_what_was_in_its_hands_is_ambiguous()
    {
        await using var run = await Run.StartAsync();
        run.Provider.Behave = (_, _) => new Behaviour.Accept(TimeSpan.FromMilliseconds(200));
        var registering = run.RegisterAsync(Mails);
        foreach (var (at, worker) in new[] { (40, 0), (100, 1), (160, 0) })
        {
            await run.TakenAsync(at);
            await run.Workers[worker].KillAsync();
            await run.Workers[worker].StartAsync();
        }

        await registering;
        // What a killed worker had in its hands is taken up when its lease ends, a minute later.
        await run.AllTakenAsync(seconds: 150);
        await run.ReportAsync(output);
        var ambiguous = await run.AmbiguousAsync();
        Assert.InRange(ambiguous.Count, 1, 3 * 3 * 8);
        Assert.Empty(run.Provider.Duplicates.Select(call => call.MessageId).Except(ambiguous));
    }

    [Fact, Trait("Promise", "N3"), Trait("Promise", "N4")]
    public async Task Provider_that_fails_in_every_way_gets_each_message_and_twice_only_where_its_answer_was_lost()
    {
        await using var run = await Run.StartAsync();
        var numbers = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        run.Provider.Behave = (call, attempt) => (numbers.GetOrAdd(call.MessageId, _ => numbers.Count) % 5, attempt) switch
        {
            (1, 1) => new Behaviour.Refuse(500),
            (2, 1) => new Behaviour.Refuse(429, TimeSpan.FromSeconds(2)),
            (3, 1) => new Behaviour.CutOff(),
            (4, 1) when numbers[call.MessageId] < 20 => new Behaviour.Hang(),
            _ => new Behaviour.Accept(),
        };
        await run.RegisterAsync(50);
        await run.Provider.StopListeningAsync();
        await run.RegisterAsync(50);
        await run.Provider.ListenAsync();

        await run.AllTakenAsync(seconds: 150);
        await run.ReportAsync(output);
        Assert.Empty(run.Provider.Duplicates.Select(call => call.MessageId).Except(await run.AmbiguousAsync()));
        Assert.Equal(0, await run.CountAsync("state = 'dead'"));
    }

    [Theory, Trait("Promise", "N3")]
    [InlineData(7_200)]
    [InlineData(-7_200)]
    public async Task Clock_of_one_of_two_workers_that_jumps_by_two_hours_loses_nothing_and_doubles_nothing_that_is_not_ambiguous(int seconds)
    {
        await using var run = await Run.StartAsync(wrongClock: true);
        run.Provider.Behave = (_, _) => new Behaviour.Accept(TimeSpan.FromMilliseconds(150));
        var registering = run.RegisterAsync(Mails);
        await run.TakenAsync(50);
        run.SetClock(seconds);
        await registering;

        await run.AllTakenAsync(seconds: 120);
        await run.ReportAsync(output);
        var ambiguous = await run.AmbiguousAsync();
        Assert.Empty(run.Provider.Duplicates.Select(call => call.MessageId).Except(ambiguous));
        Assert.True(ambiguous.Count < Mails / 2, "A wrong clock must not make everything doubtful.");
    }

    /// <summary>Services, an API and two workers of the test's own, and the provider.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly HashSet<string> expected = [];
        private string clock = "";
        private HostProcess api = null!;

        public PrivateServices Services { get; private set; } = null!;

        public ProviderStub Provider { get; private set; } = null!;

        public HostProcess[] Workers { get; private set; } = [];

        public static async Task<Run> StartAsync(bool wrongClock = false)
        {
            var run = new Run { Services = await PrivateServices.StartAsync(), Provider = await ProviderStub.StartAsync() };
            var settings = new Dictionary<string, string>(run.Services.Settings);
            foreach (var (name, value) in run.Provider.Settings) settings[name] = value;
            run.api = await HostProcess.StartApiAsync(settings);
            var other = new Dictionary<string, string>(settings);
            if (wrongClock)
            {
                run.clock = Path.Combine(settings["DATA_PATH"], "clock");
                run.SetClock(0);
                (other["DOTNET_STARTUP_HOOKS"], other[StartupHook.ClockFile]) = (typeof(StartupHook).Assembly.Location, run.clock);
            }

            run.Workers = await Task.WhenAll(HostProcess.StartWorkerAsync(settings), HostProcess.StartWorkerAsync(other));
            return run;
        }

        /// <param name="seconds">By which the second worker's clock is ahead from now on.</param>
        public void SetClock(int seconds)
        {
            var next = clock + ".next";
            File.WriteAllText(next, seconds.ToString(CultureInfo.InvariantCulture));
            File.Move(next, clock, overwrite: true);
        }

        public Task RegisterAsync(int count)
        {
            var emails = Enumerable.Range(0, count).Select(_ => Accounts.NewEmail()).ToArray();
            expected.UnionWith(emails);
            return Parallel.ForEachAsync(emails, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (email, _) =>
            {
                using var answer = await api.Client.RegisterAsync(email);
                Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            });
        }

        public Task TakenAsync(int count) => Eventually.HoldsAsync(() => Task.FromResult(Provider.TakenCount >= count), $"{count} mails are taken", seconds: 90);

        /// <summary>Every recipient has the mail, and no row is open any more.</summary>
        public async Task AllTakenAsync(int seconds)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(expected.IsSubsetOf(Provider.Taken.Select(call => call.Recipient))), "every mail is taken", seconds);
            await Eventually.HoldsAsync(async () => await CountAsync("state = 'open'") == 0, "every message is done", seconds);
            Assert.Equal(expected, Provider.Taken.Select(call => call.Recipient).ToHashSet());
        }

        public Task<HashSet<string>> AmbiguousAsync() => ReadAsync("SELECT id::text FROM outbox_messages WHERE ambiguous");

        public async Task<int> CountAsync(string condition) => (await ReadAsync($"SELECT id::text FROM outbox_messages WHERE {condition}")).Count;

        public async Task ReportAsync(ITestOutputHelper output) => output.WriteLine(
            $"{expected.Count} messages: {Provider.CallCount} calls, {Provider.TakenCount} delivered, {Provider.Duplicates.Count} duplicates, {(await AmbiguousAsync()).Count} ambiguous, {await CountAsync("dispatches > 1")} sent again");

        public async ValueTask DisposeAsync()
        {
            foreach (var worker in Workers) await worker.DisposeAsync();
            await api.DisposeAsync();
            await Provider.DisposeAsync();
            await Services.DisposeAsync();
        }

        private async Task<HashSet<string>> ReadAsync(string sql)
        {
            var settings = Services.Settings;
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
            {
                Host = settings["DB_HOST"],
                Port = int.Parse(settings["DB_PORT"], CultureInfo.InvariantCulture),
                Username = settings["DB_USER"],
                Password = settings["DB_PASSWORD"],
                Database = settings["DB_NAME"],
                Pooling = false,
            }.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            var found = new HashSet<string>();
            while (await reader.ReadAsync()) found.Add(reader.GetString(0));
            return found;
        }
    }
}
