using System.Data.Common;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace GoApi.Infrastructure.Persistence;

/// <summary>
/// Adds to every save what belongs into its transaction: the counted-up versions, the outbox rows made from the events,
/// the audit entries – one at least for whatever changed –, encrypted where they are personal, and the closing of the message that is worked on. No handler can forget them.
/// </summary>
internal sealed class UnitOfWorkInterceptor(OutboxWriter outbox, OutboxSignal signal, AuditProtection protection, TimeProvider time) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not AppDbContext { Scope: { } scope } db) return result;

        Complete(db, scope);
        await protection.ProtectAsync(db, cancellationToken);
        return result;
    }

    // Data Protection saves its keys synchronously.
    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        if (eventData.Context is not AppDbContext { Scope: { } scope } db) return result;

        Complete(db, scope);
        protection.Protect(db);
        return result;
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is AppDbContext { Database.CurrentTransaction: null } db) Send(db);
        return ValueTask.FromResult(result);
    }

    // The save is undone, the transaction may go on.
    public override Task SaveChangesFailedAsync(DbContextErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is AppDbContext { Scope: { } scope }) scope.Trail = scope.TrailBefore;
        return Task.CompletedTask;
    }

    // One that was only disposed of has told nobody of its end.
    public ValueTask<DbTransaction> TransactionStartedAsync(DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Context);
        return ValueTask.FromResult(result);
    }

    public async ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not AppDbContext { Scope: { Trail: { Owes: true, HasEntry: false } } scope } db) return result;
        if (db.ChangeTracker.HasChanges()) throw new InvalidOperationException("A transaction is committed that has no audit entry, and changes that were not saved.");

        db.Add(AuditWriter.Owed(scope, time.GetUtcNow()));
        await db.SaveChangesAsync(cancellationToken);
        return result;
    }

    public InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result) =>
        eventData.Context is AppDbContext { Scope.Trail: { Owes: true, HasEntry: false } } ? throw new InvalidOperationException("A transaction that has no audit entry yet is committed asynchronously.") : result;

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Context);
        if (eventData.Context is AppDbContext db) Send(db);
        return Task.CompletedTask;
    }

    public Task RolledBackToSavepointAsync(DbTransaction transaction, TransactionEventData eventData, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Context);
        return Task.CompletedTask;
    }

    public Task TransactionRolledBackAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Context);
        return Task.CompletedTask;
    }

    private static void Forget(DbContext? context)
    {
        if (context is AppDbContext { Scope: { } scope }) scope.Trail = default;
    }

    private void Complete(AppDbContext db, UnitOfWorkScope scope)
    {
        db.ChangeTracker.DetectChanges();
        var now = time.GetUtcNow();
        List<IDomainEvent> events = [];
        foreach (var entry in db.ChangeTracker.Entries())
        {
            if (entry.Entity is Aggregate aggregate)
            {
                events.AddRange(aggregate.Events);
                aggregate.ForgetEvents();
                if (entry.State == EntityState.Modified) entry.Property(nameof(Aggregate.Version)).CurrentValue = aggregate.Version + 1;
            }
            else if (entry.Entity is IEventSource source)
            {
                events.AddRange(source.Events);
                source.ForgetEvents();
                if (entry.State == EntityState.Modified) source.Version++;
            }
        }

        if (events.Count > 0) scope.HasUnsentMessages |= outbox.Add(db, events, scope, now);
        AuditWriter.AddEntries(db, scope, now);
        if (scope is { MessageInWork: { } message, MessageClosed: false })
        {
            OutboxWriter.Close(db, message, now);
            scope.MessageClosed = true;
        }
    }

    private void Send(AppDbContext db)
    {
        if (db.Scope is not { HasUnsentMessages: true } scope) return;
        scope.HasUnsentMessages = false;
        signal.Set();
    }
}
