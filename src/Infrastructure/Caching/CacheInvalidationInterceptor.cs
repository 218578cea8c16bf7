using System.Collections.Frozen;
using System.Data.Common;
using System.Runtime.CompilerServices;
using GoApi.Infrastructure.Signals;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace GoApi.Infrastructure.Caching;

/// <summary>
/// Adds to every save the invalidations of what it changes, and tells this process of them once they are committed, never before: a
/// roll-back invalidates nothing. Others are woken, and find them in the table.
/// </summary>
internal sealed class CacheInvalidationInterceptor(CacheInvalidations invalidations, IEnumerable<CacheRule> rules, ISignals signals, TimeProvider time)
    : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly FrozenDictionary<Type, CacheRule[]> rules = rules.GroupBy(rule => rule.Row).ToFrozenDictionary(group => group.Key, group => group.ToArray());
    private readonly ConditionalWeakTable<DbContext, Uncommitted> uncommitted = [];

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
        new(SavingChanges(eventData, result));

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        if (eventData.Context is { } db) Add(db);
        return result;
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default) => new(SavedChanges(eventData, result));

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        if (eventData.Context is { Database.CurrentTransaction: null } db) Publish(db);
        return result;
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        TransactionCommitted(transaction, eventData);
        return Task.CompletedTask;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
    {
        if (eventData.Context is { } db) Publish(db);
    }

    public Task TransactionRolledBackAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        TransactionRolledBack(transaction, eventData);
        return Task.CompletedTask;
    }

    public void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData)
    {
        if (eventData.Context is { } db) uncommitted.Remove(db);
    }

    private void Add(DbContext db)
    {
        var rows = uncommitted.GetOrCreateValue(db);
        // One that was only disposed of has told nobody of its end.
        var transaction = db.Database.CurrentTransaction?.TransactionId;
        if (transaction is null || rows.Transaction != transaction) rows.Clear();
        rows.Transaction = transaction;

        var now = time.GetUtcNow();
        HashSet<string> tags = [];
        foreach (var entry in db.ChangeTracker.Entries())
        {
            if (entry.State is not (EntityState.Added or EntityState.Modified or EntityState.Deleted)) continue;
            if (entry.Entity is CacheInvalidation row) rows.Add(row);
            else if (rules.TryGetValue(entry.Metadata.ClrType, out var found)) tags.UnionWith(found.SelectMany(rule => rule.TagsOf(entry)));
        }

        foreach (var tag in tags)
        {
            var row = new CacheInvalidation { Id = Guid.CreateVersion7(now), Tag = tag };
            db.Add(row);
            rows.Add(row);
        }
    }

    private void Publish(DbContext db)
    {
        if (!uncommitted.TryGetValue(db, out var rows) || rows.Count == 0) return;

        foreach (var row in rows) invalidations.Learn(row.Id, row.Tag);
        rows.Clear();
        signals.Send(CacheWork.Topic);
    }

    private sealed class Uncommitted : List<CacheInvalidation>
    {
        public Guid? Transaction { get; set; }
    }
}
