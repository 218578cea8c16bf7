using System.Diagnostics;
using System.Globalization;
using GoApi.Application;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GoApi.Benchmarks.Pipeline;

/// <summary>
/// What the outbox costs for each message, apart from the work that is done for it: its row in the save of a change, its way into the queue, and
/// the taking and closing by a worker; beside a save of the same change without a message, in turns. No queue and no provider is in it.
/// </summary>
internal static class OutboxRun
{
    private const int Messages = 1_000;
    private const int Rounds = 5;

    public static async Task<int> RunAsync()
    {
        var host = await ApiHost.StartAsync(1_000, configure: services =>
        {
            // Nobody else works on them.
            foreach (var service in services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Namespace == "GoApi.Infrastructure.BackgroundWork").ToList())
                services.Remove(service);
            services.AddSingleton<IQueue, Nowhere>();
            services.AddScoped<Nothing>();
            services.AddSingleton(new ConsumerRegistration(typeof(Nothing), typeof(Happened), new ConsumerAttribute(Nothing.Name, Lane.Work)));
        });
        var services = host.Services;
        var (relay, processor) = (services.GetRequiredService<OutboxRelay>(), services.GetRequiredService<MessageProcessor>());
        List<(Cost Without, Cost With, Cost Relay, Cost Work)> rounds = [];
        // The first one is for the compiler.
        for (var round = 0; round <= Rounds; round++)
        {
            await EmptyAsync(services);
            var without = await MeasureAsync(_ => SaveAsync(services, withMessage: false));
            var with = await MeasureAsync(_ => SaveAsync(services, withMessage: true));
            var relayed = await MeasureAsync(async number =>
            {
                if (number % OutboxRelay.BatchSize == 0) await relay.RelayAsync(Lane.Mail, TimeSpan.FromSeconds(15), default);
            });
            await EmptyAsync(services);
            var ids = await AddAsync(services);
            var work = await MeasureAsync(number => processor.ProcessAsync(new QueuedMessage(ids[number], Lane.Work, 1)));
            if (round > 0) rounds.Add((without, with, relayed, work));
        }

        Console.WriteLine($"{(ApiHost.OnPostgreSql ? "PostgreSQL" : "SQLite")}, {Rounds} rounds of {Messages:N0}, in turns; medians, for each message");
        Console.WriteLine($"{"",-44} {"µs",8} {"CPU µs",8} {"bytes",10}");
        Show("a change saved without a message", rounds.Select(round => round.Without));
        Show("its row, in the same save", rounds.Select(round => round.With - round.Without));
        Show($"claimed and published, {OutboxRelay.BatchSize} at a time", rounds.Select(round => round.Relay));
        Show("taken and closed by a worker", rounds.Select(round => round.Work));
        var share = rounds.Select(round => ((round.With - round.Without).Time + round.Relay.Time + round.Work.Time) / round.Without.Time).Order().ElementAt(Rounds / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"together {share:0.00} times the save of a change without one"));
        await host.DropAsync();
        return 0;
    }

    private static void Show(string what, IEnumerable<Cost> costs)
    {
        var all = costs.ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-44} {Median(all.Select(cost => cost.Time)),8:N0} {Median(all.Select(cost => cost.Cpu)),8:N0} {Median(all.Select(cost => cost.Bytes)),10:N0}"));
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private static async Task<Cost> MeasureAsync(Func<int, Task> work)
    {
        GC.Collect();
        var (bytes, cpu, started) = (GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        for (var number = 0; number < Messages; number++) await work(number);
        return new Cost(
            Stopwatch.GetElapsedTime(started).TotalMicroseconds / Messages, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / Messages,
            (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / Messages);
    }

    // A delivery makes one message, and is no more than a row itself.
    private static async Task SaveAsync(IServiceProvider services, bool withMessage)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var delivery = Delivery.To(Channel.Email, "ada@example.test", "Hello", "Words", TimeProvider.System.GetUtcNow());
        if (!withMessage) delivery.ForgetEvents();
        db.Add(delivery);
        await db.SaveChangesAsync();
    }

    private static async Task<Guid[]> AddAsync(IServiceProvider services)
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var rows = Enumerable.Range(0, Messages).Select(_ => new OutboxMessage
        {
            Id = Guid.CreateVersion7(now),
            Consumer = Nothing.Name,
            Lane = Lane.Work,
            Event = "benchmarks.happened.v1",
            Payload = "{}",
            RequestId = "benchmark",
            CreatedAt = now,
            DueAt = now,
            Dispatches = 1,
        }).ToArray();
        db.AddRange(rows);
        await db.SaveChangesAsync();
        return [.. rows.Select(row => row.Id)];
    }

    private static async Task EmptyAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await db.Set<OutboxMessage>().ExecuteDeleteAsync();
        await db.Set<Delivery>().ExecuteDeleteAsync();
    }

    /// <param name="Time">Microseconds, as the processor time.</param>
    private readonly record struct Cost(double Time, double Cpu, double Bytes)
    {
        public static Cost operator -(Cost one, Cost other) => new(one.Time - other.Time, one.Cpu - other.Cpu, one.Bytes - other.Bytes);
    }

    [EventName("benchmarks.happened.v1")]
    private sealed record Happened : IDomainEvent;

    [Consumer(Name, Lane.Work)]
    private sealed class Nothing : IConsumer<Happened>
    {
        public const string Name = "benchmarks.nothing";

        public Task<Consumed> HandleAsync(Happened happened, Message message, CancellationToken ct) => Task.FromResult(Consumed.Done);
    }

    private sealed class Nowhere : IQueue
    {
        public string Mode => "none";

        public Task PublishAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct) => Task.CompletedTask;

        public Task ConsumeAsync(string lane, int parallelism, Func<QueuedMessage, Task> handle, CancellationToken ct) => Task.CompletedTask;

        public Task PingAsync(CancellationToken ct) => Task.CompletedTask;
    }
}
