using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using GoApi.Application;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Queueing;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.Outbox;

/// <summary>
/// Works on one message: takes the lease, calls the consumer, records the outcome. The queue may deliver anything twice
/// or late; the row decides. Whoever cannot take it drops the message silently, for somebody else has it or had it.
/// </summary>
internal sealed partial class MessageProcessor(
    IServiceScopeFactory scopes, IEnumerable<ConsumerRegistration> consumers, DeliverySettings settings, TimeProvider time, ILogger<MessageProcessor> logger)
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    // A relay whose clock is ahead publishes early, and who is asked early cannot take it yet.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UnknownHere = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestOutage = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RecordAgain = TimeSpan.FromSeconds(1);

    private readonly FrozenDictionary<(string Consumer, string Event), Route> routes = consumers.ToFrozenDictionary(
        consumer => (consumer.Attribute.Name, OutboxWriter.EventName(consumer.Event)),
        consumer => (Route)Activator.CreateInstance(typeof(Route<>).MakeGenericType(consumer.Event), consumer.Consumer)!);

    /// <summary>Returns when the outcome is recorded; throws only where the database does not answer.</summary>
    public async Task ProcessAsync(QueuedMessage queued)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var db = services.GetRequiredService<AppDbContext>();
        if (await TakeAsync(db, queued) is not { } row) return;

        services.GetRequiredService<CurrentActor>().Become(Actor.System(row.RequestId));
        services.GetRequiredService<CurrentUseCase>().Enter(row.Consumer);
        using var span = MessagingTelemetry.Source.StartActivity(row.Consumer, ActivityKind.Consumer, row.TraceParent);
        using var log = logger.BeginScope(new Dictionary<string, object> { ["request_id"] = row.RequestId, ["message_id"] = row.Id, ["consumer"] = row.Consumer });

        if (!routes.TryGetValue((row.Consumer, row.Event), out var route))
        {
            UnknownConsumer(logger, row.Consumer, row.Event);
            // A worker of the version that wrote it will know it.
            await PutBackAsync(services.GetRequiredService<UnitOfWorkScope>(), db, row, UnknownHere);
            return;
        }

        using var ended = new CancellationTokenSource();
        var renewal = RenewAsync(row, ended.Token);
        try
        {
            var outcome = await ConsumeAsync(services, db, row, route);
            await OutlastAsync(() => RecordAsync(services.GetRequiredService<UnitOfWorkScope>(), db, row, outcome, span));
        }
        finally
        {
            await ended.CancelAsync();
            await renewal;
        }
    }

    private async Task<OutboxMessage?> TakeAsync(AppDbContext db, QueuedMessage queued)
    {
        var now = time.GetUtcNow();
        return (await Take(db, queued, now, now + Lease).ToListAsync()).SingleOrDefault();
    }

    // One statement that takes and reads. A lease that nobody gave back: its worker died, perhaps after the effect.
    [SuppressMessage("Performance", "CA1859", Justification = "FromSql returns this type.")]
    private static IQueryable<OutboxMessage> Take(AppDbContext db, QueuedMessage queued, DateTimeOffset now, DateTimeOffset until)
    {
        var due = until + ClockSkew;
        if (db.Database.IsNpgsql())
            return db.Set<OutboxMessage>().FromSql(
                $"""
                UPDATE outbox_messages SET lease_until = {until}, due_at = {due}, attempts = attempts + 1, ambiguous = ambiguous OR lease_until IS NOT NULL
                WHERE id = {queued.Id} AND state = 'open' AND settled < {queued.Dispatch} AND (lease_until IS NULL OR lease_until < {now})
                RETURNING *
                """);

        return db.Set<OutboxMessage>().FromSql(
            $"""
            UPDATE outbox_messages SET lease_until = {Sqlite.Microseconds(until)}, due_at = {Sqlite.Microseconds(due)}, attempts = attempts + 1, ambiguous = ambiguous OR lease_until IS NOT NULL
            WHERE id = {queued.Id} AND state = 'open' AND settled < {queued.Dispatch} AND (lease_until IS NULL OR lease_until < {Sqlite.Microseconds(now)})
            RETURNING *
            """);
    }

    private async Task<Consumed> ConsumeAsync(IServiceProvider services, AppDbContext db, OutboxMessage row, Route route)
    {
        services.GetRequiredService<UnitOfWorkScope>().MessageInWork = row.Id;
        var counted = row.Attempts - row.AttemptsBefore;
        var message = new Message(row.Id, row.Attempts, row.Ambiguous, counted >= settings.MaxAttempts, row.CreatedAt);
        try
        {
            // The process died in it that often: a message that kills its worker must not do so for ever.
            if (counted > settings.MaxAttempts)
            {
                foreach (var ledger in services.GetServices<IAbandonedMessages>()) await ledger.AbandonAsync(message, CancellationToken.None);
                return new Consumed.Dead("Every attempt was cut off before its outcome was known.");
            }

            return await route.HandleAsync(services, row.Payload, message, CancellationToken.None);
        }
        catch (Exception fault)
        {
            AttemptThrew(logger, row.Attempts, fault);
            db.ChangeTracker.Clear();
            return new Consumed.Failed($"{fault.GetType().Name}: {fault.Message}");
        }
    }

    // A known outcome is not given up because the database is away for a while: without it the provider would be called again. The lease is renewed meanwhile.
    private async Task OutlastAsync(Func<Task> record)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await record();
                return;
            }
            catch (Exception fault) when (Outage.Is(fault) && time.GetElapsedTime(began) < LongestOutage)
            {
                NotRecorded(logger, fault);
                await Task.Delay(RecordAgain, time);
            }
        }
    }

    // Every write is bound to the attempt: where another worker has the row by now, or the consumer's own save has closed it, nothing happens.
    private async Task RecordAsync(UnitOfWorkScope work, AppDbContext db, OutboxMessage row, Consumed outcome, Activity? span)
    {
        var now = time.GetUtcNow();
        switch (outcome)
        {
            // The usual end: the save of the effect has closed it.
            case Consumed.Completed when row.State == OutboxState.Done && db.Entry(row).State == EntityState.Unchanged:
                return;
            case Consumed.Completed when !work.MessageClosed:
                // What it added and did not save, such as a mail for the local mailbox, goes with the closing.
                await CloseAsync(work, db, row);
                return;
            case Consumed.Completed:
                // Its save was refused and it takes that for an answer.
                await Mine(db, row).ExecuteUpdateAsync(set => set
                    .SetProperty(message => message.State, OutboxState.Done)
                    .SetProperty(message => message.ClosedAt, now)
                    .SetProperty(message => message.LeaseUntil, (DateTimeOffset?)null));
                return;
            case Consumed.Failed failed:
                await RetryAsync(work, db, row, failed.Reason, failed.After, row.Ambiguous, now);
                break;
            case Consumed.Unknown unknown:
                await RetryAsync(work, db, row, unknown.Reason, null, ambiguous: true, now);
                break;
            case Consumed.Postponed postponed:
                await PutBackAsync(work, db, row, postponed.After);
                return;
            case Consumed.Dead dead:
                await BuryAsync(work, db, row, dead.Reason, row.Ambiguous, now);
                break;
            default:
                throw new InvalidOperationException($"Outcome {outcome} is not known.");
        }

        span?.SetStatus(ActivityStatusCode.Error, outcome.GetType().Name);
    }

    private async Task CloseAsync(UnitOfWorkScope work, AppDbContext db, OutboxMessage row)
    {
        try
        {
            await db.SaveChangesAsync();
        }
        catch (Exception fault) when (Outage.Is(fault))
        {
            // To be tried again, all of it.
            work.MessageClosed = false;
            throw;
        }
        catch (Exception fault)
        {
            // Somebody else has the message by now, or its effect was refused.
            AttemptThrew(logger, row.Attempts, fault);
            db.ChangeTracker.Clear();
            await RetryAsync(work, db, row, $"{fault.GetType().Name}: {fault.Message}", null, row.Ambiguous, time.GetUtcNow());
        }
    }

    private async Task RetryAsync(UnitOfWorkScope work, AppDbContext db, OutboxMessage row, string reason, TimeSpan? after, bool ambiguous, DateTimeOffset now)
    {
        var counted = row.Attempts - row.AttemptsBefore;
        if (counted >= settings.MaxAttempts)
        {
            await BuryAsync(work, db, row, reason, ambiguous, now);
            return;
        }

        var wait = BackOff(counted, after);
        var recorded = await SettleAsync(work, db, row, set => set
            .SetProperty(message => message.LeaseUntil, (DateTimeOffset?)null)
            .SetProperty(message => message.DueAt, now + wait)
            .SetProperty(message => message.Settled, message => message.Dispatches)
            .SetProperty(message => message.Ambiguous, ambiguous)
            .SetProperty(message => message.LastError, Shorten(reason)));
        if (recorded) AttemptFailed(logger, row.Attempts, ambiguous, wait.TotalSeconds);
    }

    private async Task BuryAsync(UnitOfWorkScope work, AppDbContext db, OutboxMessage row, string reason, bool ambiguous, DateTimeOffset now)
    {
        var recorded = await SettleAsync(work, db, row, set => set
            .SetProperty(message => message.State, OutboxState.Dead)
            .SetProperty(message => message.ClosedAt, now)
            .SetProperty(message => message.LeaseUntil, (DateTimeOffset?)null)
            .SetProperty(message => message.Ambiguous, ambiguous)
            .SetProperty(message => message.LastError, Shorten(reason)));
        if (recorded) GaveUp(logger, row.Attempts);
    }

    // It counts as no attempt.
    private async Task PutBackAsync(UnitOfWorkScope work, AppDbContext db, OutboxMessage row, TimeSpan after)
    {
        var due = time.GetUtcNow() + after;
        await SettleAsync(work, db, row, set => set
            .SetProperty(message => message.LeaseUntil, (DateTimeOffset?)null)
            .SetProperty(message => message.DueAt, due)
            .SetProperty(message => message.Settled, message => message.Dispatches)
            .SetProperty(message => message.Attempts, message => message.Attempts - 1));
    }

    /// <summary>Gives the message back in one transaction with what the consumer tracked, such as the attempt in a ledger.</summary>
    /// <returns>Whether it was this worker's still.</returns>
    private static async Task<bool> SettleAsync(UnitOfWorkScope work, AppDbContext db, OutboxMessage row, Action<UpdateSettersBuilder<OutboxMessage>> settle)
    {
        // That save does not close it.
        work.MessageInWork = null;
        if (!db.ChangeTracker.HasChanges()) return await Mine(db, row).ExecuteUpdateAsync(settle) > 0;

        await using var transaction = await db.Database.BeginTransactionAsync();
        if (await Mine(db, row).ExecuteUpdateAsync(settle) == 0) return false;

        // Not accepted before the commit: where that fails, they are saved again.
        await db.SaveChangesAsync(acceptAllChangesOnSuccess: false);
        await transaction.CommitAsync();
        db.ChangeTracker.AcceptAllChanges();
        return true;
    }

    private static IQueryable<OutboxMessage> Mine(AppDbContext db, OutboxMessage row) =>
        db.Set<OutboxMessage>().Where(message => message.Id == row.Id && message.State == OutboxState.Open && message.Attempts == row.Attempts);

    private async Task RenewAsync(OutboxMessage row, CancellationToken ended)
    {
        while (true)
        {
            await Task.Delay(Lease / 3, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested) return;

            try
            {
                // A context of its own: the consumer is using the other.
                await using var scope = scopes.CreateAsyncScope();
                var until = time.GetUtcNow() + Lease;
                await scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<OutboxMessage>()
                    .Where(message => message.Id == row.Id && message.State == OutboxState.Open && message.Attempts == row.Attempts)
                    .ExecuteUpdateAsync(set => set.SetProperty(message => message.LeaseUntil, until).SetProperty(message => message.DueAt, until + ClockSkew), CancellationToken.None);
            }
            catch (Exception fault)
            {
                NotRenewed(logger, fault);
            }
        }
    }

    /// <summary>Doubles with each attempt; half of it is jitter, so that what failed together does not come back together.</summary>
    private TimeSpan BackOff(int attempt, TimeSpan? retryAfter)
    {
        var longest = Math.Min(settings.RetryBase.TotalSeconds * Math.Pow(2, attempt - 1), LongestBackOff.TotalSeconds);
        var wait = TimeSpan.FromSeconds(longest * (0.5 + Random.Shared.NextDouble() / 2));
        return retryAfter > wait ? TimeSpan.FromTicks(Math.Min(retryAfter.Value.Ticks, LongestRetryAfter.Ticks)) : wait;
    }

    private static string Shorten(string reason) => reason.Length <= OutboxMessage.MaxError ? reason : reason[..OutboxMessage.MaxError];

    [LoggerMessage(2010, LogLevel.Warning, "There is no consumer {Consumer} of {Event} in this version; the message waits")]
    private static partial void UnknownConsumer(ILogger logger, string consumer, string @event);

    [LoggerMessage(2011, LogLevel.Warning, "Attempt {Attempt} threw")]
    private static partial void AttemptThrew(ILogger logger, int attempt, Exception fault);

    [LoggerMessage(2012, LogLevel.Information, "Attempt {Attempt} did not succeed (ambiguous: {Ambiguous}); the next one is in {Seconds:0.0} s")]
    private static partial void AttemptFailed(ILogger logger, int attempt, bool ambiguous, double seconds);

    [LoggerMessage(2013, LogLevel.Error, "Given up after attempt {Attempt}: the message is a dead letter")]
    private static partial void GaveUp(ILogger logger, int attempt);

    [LoggerMessage(2014, LogLevel.Warning, "The lease could not be renewed")]
    private static partial void NotRenewed(ILogger logger, Exception fault);

    [LoggerMessage(2015, LogLevel.Warning, "The outcome of an attempt could not be recorded; it is tried again")]
    private static partial void NotRecorded(ILogger logger, Exception fault);

    private abstract class Route
    {
        public abstract Task<Consumed> HandleAsync(IServiceProvider services, string payload, Message message, CancellationToken ct);
    }

    private sealed class Route<TEvent>(Type consumer) : Route where TEvent : class, IDomainEvent
    {
        public override Task<Consumed> HandleAsync(IServiceProvider services, string payload, Message message, CancellationToken ct) =>
            ((IConsumer<TEvent>)services.GetRequiredService(consumer)).HandleAsync(JsonSerializer.Deserialize<TEvent>(payload, JsonSerializerOptions.Web)!, message, ct);
    }
}

/// <summary>The source of the spans of consumers, for OpenTelemetry to listen to.</summary>
public static class MessagingTelemetry
{
    public const string SourceName = "GoApi.Messaging";

    internal static readonly ActivitySource Source = new(SourceName);
}
