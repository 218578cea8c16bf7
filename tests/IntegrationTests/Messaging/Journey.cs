using System.Collections.Concurrent;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>From the commit to the effect, with everything running.</summary>
public abstract class Journey(DatabaseFixture database)
{
    [Fact, Trait("Promise", "N1")]
    public async Task Event_that_commits_reaches_its_consumer_and_its_effect_happens_once()
    {
        var seen = new ConcurrentQueue<int>();
        await using var host = await StartAsync((services, happened, message) =>
        {
            seen.Enqueue(happened.Number);
            return SaveEffectAsync(services, message);
        });

        await host.InScopeAsync(async services =>
        {
            var user = NewUser();
            user.Raise(new Happened(42));
            services.GetRequiredService<Infrastructure.Persistence.AppDbContext>().Add(user);
            await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
            return user;
        });

        await AllDoneAsync(host, 1);
        Assert.Equal([42], seen);
    }

    [Fact]
    public async Task Two_hosts_share_the_work_and_each_effect_happens_once()
    {
        await using var first = await StartAsync((services, _, message) => SaveEffectAsync(services, message));
        await using var second = MessagingHost.On(database, (services, _, message) => SaveEffectAsync(services, message));
        await second.StartAsync();

        await first.AddAsync(500);

        await AllDoneAsync(first, 500);
    }

    [Fact, Trait("Promise", "N8")]
    public async Task Stopped_host_finishes_what_is_in_flight_and_takes_nothing_new()
    {
        var (begun, finish) = (new SemaphoreSlim(0), new TaskCompletionSource());
        await using var host = await StartAsync(async (services, _, message) =>
        {
            begun.Release();
            await finish.Task;
            return await SaveEffectAsync(services, message);
        });
        await host.AddAsync(50);
        for (var working = 0; working < Infrastructure.BackgroundWork.ConsumerService.Parallelism; working++)
            Assert.True(await begun.WaitAsync(TimeSpan.FromSeconds(30)));

        var stopped = host.StopAsync(TimeSpan.FromSeconds(30));
        Assert.False(stopped.IsCompleted);
        finish.SetResult();
        await stopped;

        Assert.Equal(Infrastructure.BackgroundWork.ConsumerService.Parallelism, await host.CountAsync(OutboxState.Done));
        Assert.Equal(0, await host.InDatabaseAsync(db => db.Set<OutboxMessage>().CountAsync(row => row.LeaseUntil != null)));
        Assert.Equal(0, begun.CurrentCount);
    }

    private protected async Task<MessagingHost> StartAsync(Script script)
    {
        var host = MessagingHost.On(database, script);
        await host.EmptyAsync();
        await host.StartAsync();
        return host;
    }

    private protected static async Task<Consumed> SaveEffectAsync(IServiceProvider services, Message message)
    {
        MessagingHost.AddEffect(services, message);
        await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        return Consumed.Done;
    }

    private protected static async Task AllDoneAsync(MessagingHost host, int count)
    {
        await Eventually.HoldsAsync(async () => await host.CountAsync(OutboxState.Done) == count, $"{count} messages are done", seconds: 60);
        var effects = await host.EffectsAsync();
        Assert.Equal((count, count), (effects.Length, effects.Distinct().Count()));
    }

    private static AppUser NewUser()
    {
        var id = Guid.CreateVersion7();
        var email = $"{id:N}@example.test";
        return new AppUser { Id = id, Email = email, NormalizedEmail = email, UserName = email, NormalizedUserName = email, FirstName = "Ada", LastName = "Lovelace" };
    }
}

public sealed class JourneyOnSqlite(SqliteDatabase database) : Journey(database), IClassFixture<SqliteDatabase>;

public sealed class JourneyOnPostgreSql(PostgreSqlDatabase database) : Journey(database), IClassFixture<PostgreSqlDatabase>;
