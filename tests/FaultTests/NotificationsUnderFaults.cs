using System.Collections.Concurrent;
using System.Net;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>
/// Hundreds of mails on their way from one POST through API, NATS, two workers and a provider that counts, while something is stopped, wiped
/// or killed, or a clock is wrong: each is delivered, and none is taken twice by the provider that is not marked as ambiguous in the ledger.
/// </summary>
public sealed class NotificationsUnderFaults(ITestOutputHelper output)
{
    private const int Many = 1_000;
    private const int Some = 250;

    /// <summary>In the hands of one worker at a time: as many as it works on of one lane.</summary>
    private const int AtOnce = 16;

    [Fact, Trait("Promise", "N3")]
    public async Task Workers_that_are_killed_in_the_middle_of_a_thousand_lose_nothing_and_what_was_in_their_hands_is_ambiguous()
    {
        await using var run = await NotificationRun.StartAsync(Many);
        run.Provider.Behave = (_, _) => new Behaviour.Accept(TimeSpan.FromMilliseconds(100));
        await run.SendAsync();
        var kills = new[] { (At: 200, Worker: 0), (At: 500, Worker: 1), (At: 800, Worker: 0) };
        foreach (var (at, worker) in kills)
        {
            await run.TakenAsync(at);
            await run.Workers[worker].KillAsync();
            await run.Workers[worker].StartAsync();
        }

        // What a killed worker had in its hands is taken up when its lease ends, a minute later.
        var outcome = await run.AllSentAsync(seconds: 150);
        output.WriteLine($"{outcome}");
        Assert.InRange(outcome.Ambiguous.Count, 1, kills.Length * AtOnce);
    }

    [Fact, Trait("Promise", "N1")]
    public async Task API_that_is_killed_right_after_its_202_has_promised_nothing_that_is_not_kept()
    {
        await using var run = await NotificationRun.StartAsync(Some);
        for (var round = 0; round < 3; round++)
        {
            await run.SendAsync();
            await run.Api.KillAsync();
            await run.Api.StartAsync();
        }

        var outcome = await run.AllSentAsync(seconds: 60);
        output.WriteLine($"{outcome}");
        Assert.Empty(outcome.Duplicates);
        Assert.Empty(outcome.Ambiguous);
    }

    [Fact, Trait("Promise", "N10")]
    public async Task Two_workers_at_once_call_the_provider_once_for_each_message()
    {
        await using var run = await NotificationRun.StartAsync(Some);
        await run.SendAsync();

        var outcome = await run.AllSentAsync(seconds: 60);
        output.WriteLine($"{outcome}");
        Assert.Equal(Some, outcome.Calls);
        Assert.Empty(outcome.Ambiguous);
    }

    [Fact, Trait("Promise", "N2")]
    public async Task NATS_that_is_restarted_killed_and_wiped_while_messages_are_in_work_loses_and_doubles_none()
    {
        await using var run = await NotificationRun.StartAsync(Some);
        run.Provider.Behave = (_, _) => new Behaviour.Accept(TimeSpan.FromMilliseconds(200));
        await run.SendAsync();
        await run.TakenAsync(30);
        await run.Services.RunAsync("stop", "nats");
        await run.SendAsync();
        await run.Services.RunAsync("start", "nats");
        await run.TakenAsync(150);
        await run.Services.RunAsync("kill", "nats");
        await run.Services.RunAsync("start", "nats");
        await run.TakenAsync(300);
        await run.Services.RunAsync("reset", "nats");

        var outcome = await run.AllSentAsync(seconds: 120);
        output.WriteLine($"{outcome}");
        Assert.Empty(outcome.Duplicates);
        Assert.Empty(outcome.Ambiguous);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task PostgreSQL_that_is_restarted_and_killed_while_messages_are_in_work_loses_none()
    {
        await using var run = await NotificationRun.StartAsync(Some);
        run.Provider.Behave = (_, _) => new Behaviour.Accept(TimeSpan.FromMilliseconds(200));
        await run.SendAsync();
        await run.TakenAsync(60);
        await run.Services.RunAsync("stop", "postgres");
        await run.Services.RunAsync("start", "postgres");
        await run.TakenAsync(150);
        await run.Services.RunAsync("kill", "postgres");
        await run.Services.RunAsync("start", "postgres");

        output.WriteLine($"{await run.AllSentAsync(seconds: 120)}");
    }

    [Fact, Trait("Promise", "N3"), Trait("Promise", "N4")]
    public async Task Provider_that_fails_in_every_way_gets_each_message_and_twice_only_where_its_answer_was_lost()
    {
        await using var run = await NotificationRun.StartAsync(Some);
        var numbers = new ConcurrentDictionary<Guid, int>();
        run.Provider.Behave = (call, attempt) => (numbers.GetOrAdd(call.DeliveryId, _ => numbers.Count) % 10, attempt) switch
        {
            (1, 1) => new Behaviour.Refuse((int)HttpStatusCode.InternalServerError),
            (3, 1) => new Behaviour.Refuse((int)HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(2)),
            (5, 1) => new Behaviour.CutOff(),
            (7, 1) => new Behaviour.Vanish(),
            (9, 1) when numbers[call.DeliveryId] < 40 => new Behaviour.Hang(),
            _ => new Behaviour.Accept(),
        };
        await run.SendAsync();
        await run.TakenAsync(100);
        await run.Provider.StopListeningAsync();
        await run.SendAsync();
        await run.Provider.ListenAsync();

        var outcome = await run.AllSentAsync(seconds: 150);
        output.WriteLine($"{outcome}");
        Assert.NotEmpty(outcome.Duplicates);
    }

    [Theory, Trait("Promise", "N3")]
    [InlineData(7_200)]
    [InlineData(-7_200)]
    public async Task Clock_of_one_of_two_workers_that_jumps_by_two_hours_loses_nothing_and_makes_few_doubtful(int seconds)
    {
        await using var run = await NotificationRun.StartAsync(Some, wrongClock: true);
        run.Provider.Behave = (_, _) => new Behaviour.Accept(TimeSpan.FromMilliseconds(150));
        await run.SendAsync();
        await run.TakenAsync(50);
        run.SetClock(seconds);

        var outcome = await run.AllSentAsync(seconds: 120);
        output.WriteLine($"{outcome}");
        Assert.True(outcome.Ambiguous.Count < Some / 2, "A wrong clock must not make everything doubtful.");
    }
}
