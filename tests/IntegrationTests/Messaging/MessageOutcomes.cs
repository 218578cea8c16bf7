using System.Data.Common;
using System.Net.Sockets;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>What is written with the outcome of an attempt, whatever that is.</summary>
public abstract class MessageOutcomes(DatabaseFixture database)
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Outages outages = new();

    public enum Ending
    {
        Completed,
        Failed,
        Unknown,
        Dead,
        Postponed,
    }

    [Theory, Trait("Promise", "N3")]
    [InlineData(Ending.Completed)]
    [InlineData(Ending.Failed)]
    [InlineData(Ending.Unknown)]
    [InlineData(Ending.Dead)]
    [InlineData(Ending.Postponed)]
    public async Task What_a_consumer_tracks_is_saved_with_its_outcome(Ending ending)
    {
        await using var host = await NewHostAsync((services, _, message) =>
        {
            MessagingHost.AddEffect(services, message);
            return Task.FromResult(Outcome(ending));
        });
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.Equal([row.Id.ToString()], await host.EffectsAsync());
        AssertIs(ending, await host.ReadAsync(row));
    }

    [Theory, Trait("Promise", "N3")]
    [InlineData(Ending.Failed)]
    [InlineData(Ending.Dead)]
    [InlineData(Ending.Postponed)]
    public async Task What_it_tracks_is_not_saved_where_somebody_else_has_the_message_by_now(Ending ending)
    {
        MessagingHost? other = null;
        await using var host = await NewHostAsync(async (services, _, message) =>
        {
            await other!.InDatabaseAsync(db => db.Set<OutboxMessage>().Where(row => row.Id == message.Id).ExecuteUpdateAsync(row => row.SetProperty(it => it.Attempts, it => it.Attempts + 1)));
            MessagingHost.AddEffect(services, message);
            return Outcome(ending);
        });
        other = host;
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.Empty(await host.EffectsAsync());
        Assert.Equal((OutboxState.Open, 2), ((await host.ReadAsync(row)).State, (await host.ReadAsync(row)).Attempts));
    }

    [Theory, Trait("Promise", "N3")]
    [InlineData(Ending.Completed, false)]
    [InlineData(Ending.Failed, false)]
    [InlineData(Ending.Dead, false)]
    [InlineData(Ending.Postponed, false)]
    [InlineData(Ending.Failed, true)]
    [InlineData(Ending.Dead, true)]
    public async Task Known_outcome_outlasts_an_outage_of_the_database_and_the_consumer_is_not_called_again(Ending ending, bool atCommit)
    {
        var calls = 0;
        await using var host = await NewHostAsync((services, _, message) =>
        {
            calls++;
            MessagingHost.AddEffect(services, message);
            if (atCommit) outages.Commits = 3;
            else outages.Commands = 3;
            return Task.FromResult(Outcome(ending));
        });
        var row = (await host.AddAsync())[0];

        var work = host.ProcessAsync(row);
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(work.IsCompleted);
            },
            "the outcome is recorded");
        await work;

        Assert.Equal((1, 0, 0), (calls, outages.Commands, outages.Commits));
        Assert.Equal([row.Id.ToString()], await host.EffectsAsync());
        AssertIs(ending, await host.ReadAsync(row));
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Who_cut_off_every_attempt_is_told_to_give_up_and_what_that_tracks_is_saved()
    {
        List<Message> abandoned = [];
        await using var host = await NewHostAsync(
            (_, _, _) => throw new InvalidOperationException("must not be called"),
            (services, message) =>
            {
                abandoned.Add(message);
                MessagingHost.AddEffect(services, message);
                return Task.CompletedTask;
            },
            ("NOTIFICATION_MAX_ATTEMPTS", "3"));
        var row = (await host.AddAsync(change: row => (row.LeaseUntil, row.Attempts) = (time.GetUtcNow().AddSeconds(-1), 3)))[0];

        await host.ProcessAsync(row);

        Assert.Equal(new Message(row.Id, 4, true, true, row.CreatedAt), Assert.Single(abandoned));
        Assert.Equal([row.Id.ToString()], await host.EffectsAsync());
        Assert.Equal(OutboxState.Dead, (await host.ReadAsync(row)).State);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task What_is_opened_in_the_ledger_is_there_before_the_outcome_and_closes_no_message()
    {
        var isThere = false;
        MessagingHost? looking = null;
        await using var host = await NewHostAsync(async (services, _, message) =>
        {
            await services.GetRequiredService<IDeliveries>().OpenAsync(Delivery.OfSystem(message.Id, Channel.Email, "general", "users.suspended", null, message.CreatedAt), default);
            isThere = await looking!.InScopeAsync(others => others.GetRequiredService<AppDbContext>().Set<Delivery>().AnyAsync(delivery => delivery.Id == message.Id));
            return Outcome(Ending.Failed);
        });
        looking = host;
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.True(isThere);
        var after = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Open, 1, "failed"), (after.State, after.Attempts, after.LastError));
    }

    [Fact]
    public async Task Nobody_is_told_to_give_up_after_a_last_attempt_that_ended()
    {
        await using var host = await NewHostAsync(
            (_, _, _) => Task.FromResult(Outcome(Ending.Failed)), (_, _) => throw new InvalidOperationException("must not be called"), ("NOTIFICATION_MAX_ATTEMPTS", "1"));
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.Equal((OutboxState.Dead, "failed"), ((await host.ReadAsync(row)).State, (await host.ReadAsync(row)).LastError));
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Message_that_is_tried_again_by_hand_has_as_many_attempts_as_a_new_one_and_goes_on_counting()
    {
        List<Message> seen = [];
        await using var host = await NewHostAsync(
            (_, _, message) =>
            {
                seen.Add(message);
                return Task.FromResult(Outcome(Ending.Failed));
            },
            null, ("NOTIFICATION_RETRY_BASE", "5"), ("NOTIFICATION_MAX_ATTEMPTS", "3"));
        var row = (await host.AddAsync(change: row => (row.Attempts, row.AttemptsBefore) = (5, 5)))[0];

        await host.ProcessAsync(row, 1);
        Assert.InRange((await host.ReadAsync(row)).DueAt - time.GetUtcNow(), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(5));
        await host.ProcessAsync(row, 2);
        Assert.Equal(OutboxState.Open, (await host.ReadAsync(row)).State);
        await host.ProcessAsync(row, 3);

        Assert.Equal([(6, false), (7, false), (8, true)], seen.Select(message => (message.Attempt, message.IsLast)));
        Assert.Equal((OutboxState.Dead, 8), ((await host.ReadAsync(row)).State, (await host.ReadAsync(row)).Attempts));
    }

    [Fact]
    public async Task Job_has_its_own_id_and_its_time()
    {
        await using var host = await NewHostAsync((_, _, _) => Task.FromResult(Consumed.Done));
        var batch = NotificationBatch.Accept(null, new Audience("user", []), [Channel.Email], "orders.shipped", "news", "{}", time.GetUtcNow().AddDays(1), 1, time.GetUtcNow());
        var delivery = Delivery.To(Channel.Email, "ada@example.test", "Hello", "Words", time.GetUtcNow());
        await SaveAsync(host, batch, delivery);

        var (later, due) = (await FindAsync(host, batch.Id), await FindAsync(host, delivery.Id));

        Assert.Equal((Lane.Work, time.GetUtcNow().AddDays(1), time.GetUtcNow()), (later.Lane, later.DueAt, later.CreatedAt));
        Assert.Equal((Lane.Mail, time.GetUtcNow(), time.GetUtcNow()), (due.Lane, due.DueAt, due.CreatedAt));
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Delivery_and_its_attempt_are_in_the_ledger_with_the_closing()
    {
        await using var host = await NewHostAsync((_, _, _) => Task.FromResult(Consumed.Done));
        var delivery = Delivery.To(Channel.Email, "ada@example.test", "Hello", "Words", time.GetUtcNow());
        await SaveAsync(host, delivery);

        await host.ProcessAsync(await FindAsync(host, delivery.Id));

        var closed = await FindAsync(host, delivery.Id);
        Assert.Equal((OutboxState.Done, 1, null, null), (closed.State, closed.Attempts, closed.LastError, closed.LeaseUntil));
        var found = (await host.InScopeAsync(services => services.GetRequiredService<INotificationQueries>().FindDeliveryAsync(delivery.Id, default)))!;
        Assert.Equal((DeliveryStatus.Sent, "ada@example.test", false), (found.Status, found.To, found.Ambiguous));
        Assert.Equal((1, AttemptOutcome.Sent), (Assert.Single(found.Attempts).Number, found.Attempts[0].Outcome));
        Assert.Equal(OutboxState.Done, (await FindAsync(host, delivery.Id)).State);
        Assert.Single(await host.EffectsAsync());
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Delivery_whose_every_attempt_was_cut_off_is_dead_and_ambiguous_in_the_ledger()
    {
        await using var host = await NewHostAsync((_, _, _) => Task.FromResult(Consumed.Done), null, ("NOTIFICATION_MAX_ATTEMPTS", "2"));
        var delivery = Delivery.To(Channel.Email, "ada@example.test", "Hello", "Words", time.GetUtcNow());
        await SaveAsync(host, delivery);
        await host.InDatabaseAsync(db => db.Set<OutboxMessage>().Where(row => row.Id == delivery.Id)
            .ExecuteUpdateAsync(row => row.SetProperty(it => it.Attempts, 2).SetProperty(it => it.LeaseUntil, time.GetUtcNow().AddSeconds(-1))));

        await host.ProcessAsync(await FindAsync(host, delivery.Id));

        var found = (await host.InScopeAsync(services => services.GetRequiredService<INotificationQueries>().FindDeliveryAsync(delivery.Id, default)))!;
        Assert.Equal((DeliveryStatus.Dead, true), (found.Status, found.Ambiguous));
        Assert.Equal([(1, AttemptOutcome.Unknown), (2, AttemptOutcome.Unknown)], found.Attempts.Select(attempt => (attempt.Number, attempt.Outcome)));
        Assert.Empty(await host.EffectsAsync());
    }

    private static Consumed Outcome(Ending ending) => ending switch
    {
        Ending.Completed => Consumed.Done,
        Ending.Failed => new Consumed.Failed("failed"),
        Ending.Unknown => new Consumed.Unknown("cut off"),
        Ending.Dead => new Consumed.Dead("refused"),
        _ => new Consumed.Postponed(TimeSpan.FromHours(1)),
    };

    private static void AssertIs(Ending ending, OutboxMessage row)
    {
        Assert.Null(row.LeaseUntil);
        Assert.Equal(
            ending switch
            {
                Ending.Completed => (OutboxState.Done, 1, false, null),
                Ending.Failed => (OutboxState.Open, 1, false, "failed"),
                Ending.Unknown => (OutboxState.Open, 1, true, "cut off"),
                Ending.Dead => (OutboxState.Dead, 1, false, "refused"),
                _ => (OutboxState.Open, 0, false, (string?)null),
            },
            (row.State, row.Attempts, row.Ambiguous, row.LastError));
    }

    private static Task<OutboxMessage> FindAsync(MessagingHost host, Guid id) => host.InDatabaseAsync(db => db.Set<OutboxMessage>().AsNoTracking().SingleAsync(row => row.Id == id));

    private static Task<int> SaveAsync(MessagingHost host, params object[] rows) => host.InScopeAsync(async services =>
    {
        services.GetRequiredService<AppDbContext>().AddRange(rows);
        await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        return 0;
    });

    private async Task<MessagingHost> NewHostAsync(Script script, Func<IServiceProvider, Message, Task>? abandon = null, params (string Name, string Value)[] settings)
    {
        var host = MessagingHost.On(
            database, script, time,
            configure: services =>
            {
                services.AddSingleton<IInterceptor>(outages);
                if (abandon is not null) services.AddScoped<IAbandonedMessages>(provider => new ScriptedLedger(message => abandon(provider, message)));
            },
            settings: settings);
        await host.EmptyAsync();
        return host;
    }

    /// <summary>The database is away for so many commands, or commits.</summary>
    private sealed class Outages : DbCommandInterceptor, IDbTransactionInterceptor
    {
        public int Commands { get; set; }

        public int Commits { get; set; }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Fail();
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Fail();
            return ValueTask.FromResult(result);
        }

        public ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (Commits > 0)
            {
                Commits--;
                throw new SocketException();
            }

            return ValueTask.FromResult(result);
        }

        private void Fail()
        {
            if (Commands == 0) return;

            Commands--;
            throw new SocketException();
        }
    }
}

public sealed class MessageOutcomesOnSqlite(SqliteDatabase database) : MessageOutcomes(database), IClassFixture<SqliteDatabase>;

public sealed class MessageOutcomesOnPostgreSql(PostgreSqlDatabase database) : MessageOutcomes(database), IClassFixture<PostgreSqlDatabase>;
