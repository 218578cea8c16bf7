using System.Collections.Concurrent;
using GoApi.Application;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GoApi.IntegrationTests.Messaging;

[EventName("tests.happened.v1")]
public sealed record Happened(int Number) : IDomainEvent;

/// <summary>What a test's consumer does when it is called.</summary>
internal delegate Task<Consumed> Script(IServiceProvider services, Happened happened, Message message);

[Consumer(Name, Lane.Work)]
internal sealed class ScriptedConsumer(IServiceProvider services, Script script) : IConsumer<Happened>
{
    public const string Name = "tests.scripted";

    public Task<Consumed> HandleAsync(Happened happened, Message message, CancellationToken ct) => script(services, happened, message);
}

/// <summary>A ledger of those whose every attempt was cut off.</summary>
internal sealed class ScriptedLedger(Func<Message, Task> abandon) : IAbandonedMessages
{
    public Task AbandonAsync(Message message, CancellationToken ct) => abandon(message);
}

/// <summary>The parts of a host that messages travel through, with a consumer that does what the test says.</summary>
internal sealed class MessagingHost : IAsyncDisposable
{
    private readonly ServiceProvider provider;
    private readonly List<IHostedService> running = [];

    private MessagingHost(ServiceProvider provider) => this.provider = provider;

    public OutboxRelay Relay => provider.GetRequiredService<OutboxRelay>();

    public IQueue Queue => provider.GetRequiredService<IQueue>();

    /// <param name="script">Not called where it is null.</param>
    /// <param name="queue">In place of the configured one.</param>
    /// <param name="configure">Runs last.</param>
    public static MessagingHost On(DatabaseFixture database, Script? script = null, TimeProvider? time = null, IQueue? queue = null, Action<IServiceCollection>? configure = null, params (string Name, string Value)[] settings) => new(
        database.NewHost(
            services =>
            {
                if (time is not null) services.AddSingleton(time);
                services.AddScoped<ScriptedConsumer>();
                services.AddSingleton(script ?? ((_, _, _) => throw new InvalidOperationException("Nothing is to be consumed here.")));
                services.AddSingleton(new ConsumerRegistration(typeof(ScriptedConsumer), typeof(Happened), new ConsumerAttribute(ScriptedConsumer.Name, Lane.Work)));
                if (queue is not null) services.AddSingleton(queue);
                configure?.Invoke(services);
            },
            HostRole.Worker,
            settings));

    public async Task StartAsync()
    {
        foreach (var service in provider.GetServices<IHostedService>().Where(service => service.GetType().Namespace == "GoApi.Infrastructure.BackgroundWork"))
        {
            await service.StartAsync(CancellationToken.None);
            running.Add(service);
        }
    }

    public async Task StopAsync(TimeSpan atMost)
    {
        using var deadline = new CancellationTokenSource(atMost);
        await Task.WhenAll(running.Select(service => service.StopAsync(deadline.Token)));
        running.Clear();
    }

    public Task ProcessAsync(OutboxMessage row, int dispatch = 1) =>
        provider.GetRequiredService<MessageProcessor>().ProcessAsync(new QueuedMessage(row.Id, row.Lane, dispatch));

    public async Task<T> InDatabaseAsync<T>(Func<AppDbContext, Task<T>> work)
    {
        await using var scope = provider.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }

    public async Task<T> InScopeAsync<T>(Func<IServiceProvider, Task<T>> work)
    {
        await using var scope = provider.CreateAsyncScope();
        return await work(scope.ServiceProvider);
    }

    /// <summary>No rows of an earlier test.</summary>
    public Task<int> EmptyAsync() => InDatabaseAsync(async db => await db.Set<OutboxMessage>().ExecuteDeleteAsync() + await db.Set<MailboxMessage>().ExecuteDeleteAsync());

    public async Task<OutboxMessage[]> AddAsync(int count = 1, Action<OutboxMessage>? change = null, string consumer = ScriptedConsumer.Name)
    {
        var now = provider.GetRequiredService<TimeProvider>().GetUtcNow();
        var rows = Enumerable.Range(1, count).Select(number => new OutboxMessage
        {
            Id = Guid.CreateVersion7(now),
            Consumer = consumer,
            Lane = Lane.Work,
            Event = "tests.happened.v1",
            Payload = $$"""{"number":{{number}}}""",
            RequestId = "test-request",
            CreatedAt = now,
            DueAt = now,
        }).ToArray();
        foreach (var row in rows) change?.Invoke(row);
        return await InDatabaseAsync(async db =>
        {
            db.AddRange(rows);
            await db.SaveChangesAsync();
            return rows;
        });
    }

    public Task<OutboxMessage> ReadAsync(OutboxMessage row) => InDatabaseAsync(db => db.Set<OutboxMessage>().AsNoTracking().SingleAsync(found => found.Id == row.Id));

    public Task<int> CountAsync(OutboxState state) => InDatabaseAsync(db => db.Set<OutboxMessage>().CountAsync(row => row.State == state));

    /// <summary>What <see cref="AddEffect"/> left behind.</summary>
    public Task<string[]> EffectsAsync() => InDatabaseAsync(db => db.Set<MailboxMessage>().Select(row => row.Subject).ToArrayAsync());

    public static void AddEffect(IServiceProvider services, Message message)
    {
        var db = services.GetRequiredService<AppDbContext>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        db.Add(new MailboxMessage { Id = Guid.CreateVersion7(now), Channel = "email", To = "a@example.test", Subject = message.Id.ToString(), Text = "", CreatedAt = now });
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(10));
        await provider.DisposeAsync();
    }
}

/// <summary>Keeps what is published, or refuses it.</summary>
internal sealed class RecordingQueue : IQueue
{
    public ConcurrentQueue<QueuedMessage> Published { get; } = [];

    public bool IsDown { get; set; }

    public string Mode => "recording";

    public Task PublishAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct)
    {
        if (IsDown) throw new QueueUnavailableException(new IOException("down"));
        foreach (var message in batch) Published.Enqueue(message);
        return Task.CompletedTask;
    }

    public Task PingAsync(CancellationToken ct) => Task.CompletedTask;

    public Task ConsumeAsync(string lane, int parallelism, Func<QueuedMessage, Task> handle, CancellationToken ct) => Task.Delay(Timeout.Infinite, ct);
}
