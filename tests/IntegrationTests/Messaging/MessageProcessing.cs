using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Messaging;

public abstract class MessageProcessing(DatabaseFixture database)
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact, Trait("Promise", "N3")]
    public async Task Effect_and_closing_commit_together()
    {
        await using var host = await NewHostAsync(async (services, _, message) =>
        {
            MessagingHost.AddEffect(services, message);
            await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
            return Consumed.Done;
        });
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);
        await host.ProcessAsync(row);

        Assert.Equal([row.Id.ToString()], await host.EffectsAsync());
        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Done, time.GetUtcNow(), null, 1), (row.State, row.ClosedAt, row.LeaseUntil, row.Attempts));
    }

    [Fact]
    public async Task Mail_for_the_local_mailbox_is_saved_with_the_closing()
    {
        await using var host = await NewHostAsync(async (services, _, message) =>
            (await services.GetRequiredService<IEmailSender>().SendAsync(new EmailMessage(message.Id, "a@example.test", "Hello", "text", "<p>html</p>"), default)).ToConsumed());
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        var mail = Assert.Single(await host.InScopeAsync(services => services.GetRequiredService<IMailbox>().ListAsync(10, default)));
        Assert.Equal(("email", "a@example.test", "Hello", "text", "<p>html</p>"), (mail.Channel, mail.To, mail.Subject, mail.Text, mail.Html));
        Assert.Equal(OutboxState.Done, (await host.ReadAsync(row)).State);
    }

    [Fact]
    public async Task Consumer_that_throws_before_it_saves_leaves_nothing_and_is_called_again()
    {
        await using var host = await NewHostAsync((services, _, message) =>
        {
            MessagingHost.AddEffect(services, message);
            throw new InvalidOperationException("broken");
        });
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.Empty(await host.EffectsAsync());
        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Open, 1, null, false), (row.State, row.Attempts, row.LeaseUntil, row.Ambiguous));
        Assert.Equal("InvalidOperationException: broken", row.LastError);
    }

    [Theory, Trait("Promise", "N3")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Effect_of_a_worker_that_lost_its_message_is_not_committed(bool closedByTheOther)
    {
        MessagingHost? other = null;
        await using var host = await NewHostAsync(async (services, _, message) =>
        {
            await other!.InDatabaseAsync(db => db.Set<OutboxMessage>().Where(row => row.Id == message.Id).ExecuteUpdateAsync(row => row
                .SetProperty(it => it.State, closedByTheOther ? OutboxState.Done : OutboxState.Open)
                .SetProperty(it => it.Attempts, it => closedByTheOther ? it.Attempts : it.Attempts + 1)));
            MessagingHost.AddEffect(services, message);
            await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
            return Consumed.Done;
        });
        other = host;
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.Empty(await host.EffectsAsync());
        row = await host.ReadAsync(row);
        Assert.Equal((closedByTheOther ? OutboxState.Done : OutboxState.Open, null), (row.State, row.LastError));
        Assert.NotNull(row.LeaseUntil);
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Failing_message_is_retried_with_growing_back_off_and_then_is_a_dead_letter()
    {
        var calls = 0;
        await using var host = await NewHostAsync(
            (_, _, message) => Task.FromResult<Consumed>(new Consumed.Failed($"failure {calls = message.Attempt}")),
            ("NOTIFICATION_RETRY_BASE", "5"), ("NOTIFICATION_MAX_ATTEMPTS", "4"));
        var row = (await host.AddAsync())[0];

        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await host.ProcessAsync(row, attempt);
            row = await host.ReadAsync(row);
            var (wait, longest) = (row.DueAt - time.GetUtcNow(), TimeSpan.FromSeconds(5 * Math.Pow(2, attempt - 1)));
            Assert.InRange(wait, longest / 2, longest);
            Assert.Equal((OutboxState.Open, attempt, null, $"failure {attempt}"), (row.State, row.Attempts, row.LeaseUntil, row.LastError));
            time.Advance(wait);
        }

        await host.ProcessAsync(row, 4);
        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Dead, 4, "failure 4", time.GetUtcNow()), (row.State, row.Attempts, row.LastError, row.ClosedAt));

        await host.ProcessAsync(row, 5);
        Assert.Equal(4, calls);
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Provider_that_asks_for_more_time_gets_it()
    {
        await using var host = await NewHostAsync((_, _, _) => Task.FromResult<Consumed>(new Consumed.Failed("busy", TimeSpan.FromMinutes(10))));
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        Assert.Equal(time.GetUtcNow().AddMinutes(10), (await host.ReadAsync(row)).DueAt);
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Refusal_is_a_dead_letter_at_once()
    {
        await using var host = await NewHostAsync((_, _, _) => Task.FromResult<Consumed>(new Consumed.Dead("refused")));
        var row = (await host.AddAsync())[0];

        await host.ProcessAsync(row);

        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Dead, "refused", 1), (row.State, row.LastError, row.Attempts));
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Unknown_outcome_is_retried_and_stays_ambiguous()
    {
        var seen = new List<bool>();
        await using var host = await NewHostAsync((_, _, message) =>
        {
            seen.Add(message.Ambiguous);
            return Task.FromResult(message.Attempt switch { 1 => new Consumed.Unknown("cut off"), 2 => new Consumed.Failed("down"), _ => Consumed.Done });
        });
        var row = (await host.AddAsync())[0];

        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await host.ProcessAsync(row, attempt);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Done, true), (row.State, row.Ambiguous));
        Assert.Equal([false, true, true], seen);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Message_of_a_worker_that_died_is_taken_when_its_lease_has_ended_and_is_ambiguous()
    {
        var ambiguous = new List<bool>();
        await using var host = await NewHostAsync((_, _, message) =>
        {
            ambiguous.Add(message.Ambiguous);
            return Task.FromResult(Consumed.Done);
        });
        var row = (await host.AddAsync(change: row => (row.LeaseUntil, row.Attempts) = (time.GetUtcNow() + MessageProcessor.Lease, 1)))[0];

        await host.ProcessAsync(row);
        Assert.Empty(ambiguous);

        time.Advance(MessageProcessor.Lease + TimeSpan.FromSeconds(1));
        await host.ProcessAsync(row);
        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Done, true, 2), (row.State, row.Ambiguous, row.Attempts));
        Assert.Equal([true], ambiguous);
    }

    [Fact]
    public async Task Message_that_kills_its_worker_each_time_is_a_dead_letter_in_the_end()
    {
        await using var host = await NewHostAsync((_, _, _) => throw new InvalidOperationException("must not be called"), ("NOTIFICATION_MAX_ATTEMPTS", "3"));
        var row = (await host.AddAsync(change: row => (row.LeaseUntil, row.Attempts) = (time.GetUtcNow().AddSeconds(-1), 3)))[0];

        await host.ProcessAsync(row);

        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Dead, true), (row.State, row.Ambiguous));
        Assert.StartsWith("Every attempt was cut off", row.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_copy_of_an_answered_dispatch_does_not_cut_the_back_off_short()
    {
        var calls = 0;
        await using var host = await NewHostAsync((_, _, _) => Task.FromResult<Consumed>(new Consumed.Failed($"{++calls}")));
        var row = (await host.AddAsync(change: row => row.Dispatches = 2))[0];

        await host.ProcessAsync(row, dispatch: 1);
        await host.ProcessAsync(row, dispatch: 2);
        Assert.Equal(1, calls);

        await host.ProcessAsync(row, dispatch: 3);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Consumer_of_a_newer_version_is_waited_for_without_an_attempt_being_counted()
    {
        await using var host = await NewHostAsync((_, _, _) => Task.FromResult(Consumed.Done));
        var row = (await host.AddAsync(consumer: "tests.of-tomorrow"))[0];

        await host.ProcessAsync(row);

        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Open, 0, null), (row.State, row.Attempts, row.LeaseUntil));
        Assert.Equal(time.GetUtcNow().AddMinutes(1), row.DueAt);
    }

    [Fact]
    public async Task Lease_is_renewed_while_the_consumer_works()
    {
        var (begun, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await NewHostAsync(async (_, _, _) =>
        {
            begun.SetResult();
            await finish.Task;
            return Consumed.Done;
        });
        var row = (await host.AddAsync())[0];
        var work = host.ProcessAsync(row);
        await begun.Task;

        for (var renewal = 1; renewal <= 4; renewal++)
        {
            time.Advance(MessageProcessor.Lease / 3);
            var until = time.GetUtcNow() + MessageProcessor.Lease;
            await Eventually.HoldsAsync(async () => (await host.ReadAsync(row)).LeaseUntil == until, "the lease is renewed");
        }

        finish.SetResult();
        await work;
        row = await host.ReadAsync(row);
        Assert.Equal((OutboxState.Done, 1, false), (row.State, row.Attempts, row.Ambiguous));
    }

    [Fact]
    public async Task Refused_save_that_the_consumer_takes_for_an_answer_closes_the_message()
    {
        await using var host = await NewHostAsync(async (services, _, message) =>
        {
            MessagingHost.AddEffect(services, message);
            var entry = services.GetRequiredService<GoApi.Infrastructure.Persistence.AppDbContext>().ChangeTracker.Entries<GoApi.Infrastructure.Embedded.MailboxMessage>().Single();
            entry.Property(mail => mail.Id).CurrentValue = Guid.Empty;
            try
            {
                await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
            }
            catch (UniqueViolationException)
            {
            }

            return Consumed.Done;
        });
        var rows = await host.AddAsync(2);

        foreach (var row in rows) await host.ProcessAsync(row);

        Assert.Single(await host.EffectsAsync());
        Assert.Equal(2, await host.CountAsync(OutboxState.Done));
    }

    [Fact]
    public async Task Consumer_acts_as_the_system_under_the_request_id_that_began_it()
    {
        (Guid? User, string RequestId, string? Action) seen = default;
        await using var host = await NewHostAsync((services, _, _) =>
        {
            var actor = services.GetRequiredService<ICurrentActor>();
            seen = (actor.UserId, actor.RequestId, services.GetRequiredService<Application.Abstractions.UseCases.CurrentUseCase>().Action);
            return Task.FromResult(Consumed.Done);
        });

        await host.ProcessAsync((await host.AddAsync())[0]);

        Assert.Equal((null, "test-request", ScriptedConsumer.Name), seen);
    }

    private async Task<MessagingHost> NewHostAsync(Script script, params (string Name, string Value)[] settings)
    {
        var host = MessagingHost.On(database, script, time, settings: settings);
        await host.EmptyAsync();
        return host;
    }
}

public sealed class MessageProcessingOnSqlite(SqliteDatabase database) : MessageProcessing(database), IClassFixture<SqliteDatabase>;

public sealed class MessageProcessingOnPostgreSql(PostgreSqlDatabase database) : MessageProcessing(database), IClassFixture<PostgreSqlDatabase>;
