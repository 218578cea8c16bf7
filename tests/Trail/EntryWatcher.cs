using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Text.RegularExpressions;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Xunit;

namespace GoApi.Tests.Trail;

/// <summary>
/// Sees every statement that a host sends, past <c>SaveChanges</c> as well, and remembers each transaction (or statement outside of one) that
/// has changed a table that is not bookkeeping and has written no audit entry. What a test does behind the program's back is <see cref="Aside"/>.
/// </summary>
public sealed partial class EntryWatcher : DbCommandInterceptor, IDbTransactionInterceptor, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Trail = "audit_entries";

    private static readonly AsyncLocal<bool> IsAside = new();

    private readonly ConcurrentDictionary<DbTransaction, Seen> open = new();
    private readonly ConcurrentQueue<string> missing = new();
    private readonly List<IDisposable> subscriptions = [];
    private long transactions;

    public EntryWatcher() => subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

    /// <summary>Transactions and statements that changed something and have their entry: it does see.</summary>
    public long Complete => Interlocked.Read(ref transactions);

    /// <summary>Until the result is disposed of, in this flow of the test: what it does is no use case.</summary>
    public static IDisposable Aside()
    {
        IsAside.Value = true;
        return new Back();
    }

    /// <summary>Those without an entry since it was last asked for.</summary>
    public IReadOnlyList<string> Take()
    {
        List<string> found = [];
        while (missing.TryDequeue(out var one)) found.Add(one);
        return found;
    }

    /// <summary>Called at the end of each test. Tests run side by side: the text says which request it was.</summary>
    public void AssertComplete()
    {
        var found = Take();
        Assert.True(found.Count == 0, "Changed without an audit entry:\n  " + string.Join("\n  ", found));
    }

    public void Dispose()
    {
        foreach (var subscription in subscriptions) subscription.Dispose();
    }

    public override ValueTask<DbDataReader> ReaderExecutedAsync(DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
    {
        Note(command, eventData);
        return ValueTask.FromResult(result);
    }

    public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
    {
        Note(command, eventData);
        return result;
    }

    public override ValueTask<int> NonQueryExecutedAsync(DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (result != 0) Note(command, eventData);
        return ValueTask.FromResult(result);
    }

    public override int NonQueryExecuted(DbCommand command, CommandExecutedEventData eventData, int result)
    {
        if (result != 0) Note(command, eventData);
        return result;
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Settle(transaction);
        return Task.CompletedTask;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Settle(transaction);

    public Task TransactionRolledBackAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        open.TryRemove(transaction, out _);
        return Task.CompletedTask;
    }

    // Of an idempotent request that was refused: nothing is left of what it did.
    public Task RolledBackToSavepointAsync(DbTransaction transaction, TransactionEventData eventData, CancellationToken cancellationToken = default)
    {
        open.TryRemove(transaction, out _);
        return Task.CompletedTask;
    }

    // Npgsql's transaction objects are used again.
    public ValueTask<DbTransaction> TransactionStartedAsync(DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        open.TryRemove(result, out _);
        return ValueTask.FromResult(result);
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (value.Name == RowBatch.Diagnostics) subscriptions.Add(value.Subscribe(this));
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (value is not { Key: RowBatch.Executed, Value: BatchOfRows batch } || IsAside.Value) return;

        var seen = new Seen(batch.Db);
        foreach (var type in batch.Types) seen.Wrote(type.GetTableName()!, $"a batch of {type.GetTableName()}");
        Add(batch.Db.Database.CurrentTransaction?.GetDbTransaction(), seen);
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }

    private void Note(DbCommand command, CommandEventData told)
    {
        if (told.Context is not AppDbContext db || told.CommandSource == CommandSource.Migrations || IsAside.Value) return;

        var seen = new Seen(db);
        foreach (Match write in Writes().Matches(command.CommandText))
        {
            var table = write.Groups["table"].Value;
            if (db.Model.GetEntityTypes().FirstOrDefault(type => type.GetTableName() == table) is not { } type) continue;
            if (type.NeedsEntry(isNew: write.Value.StartsWith("INSERT", StringComparison.OrdinalIgnoreCase)) && !IsLeftOut(type, write) || table == Trail) seen.Wrote(table, command.CommandText);
        }

        if (!seen.IsEmpty) Add(command.Transaction, seen);
    }

    private void Add(DbTransaction? transaction, Seen seen)
    {
        if (transaction is not null) open.AddOrUpdate(transaction, seen, (_, before) => before.And(seen));
        else Judge(seen);
    }

    private void Settle(DbTransaction transaction)
    {
        if (open.TryRemove(transaction, out var seen)) Judge(seen);
    }

    private void Judge(Seen seen)
    {
        if (seen.HasEntry) Interlocked.Increment(ref transactions);
        else missing.Enqueue(seen.ToString());
    }

    // An UPDATE of columns alone that the model says need no entry.
    private static bool IsLeftOut(IEntityType type, Match write)
    {
        var columns = Assigned().Matches(write.Groups["set"].Value).Select(match => match.Groups["column"].Value).ToArray();
        return columns.Length > 0 && columns.All(column => type.GetProperties().Any(property => property.GetColumnName() == column && property.IsLeftOutOfAudit()));
    }

    [GeneratedRegex("""\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|UPDATE)\s+"?(?<table>\w+)"?(?:\s+(?:AS\s+)?"?\w+"?)?(?:\s+SET\s+(?<set>.*?)(?=\bWHERE\b|\bFROM\b|;|\z))?""", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Writes();

    [GeneratedRegex("""(?:^|,)\s*"?(?<column>\w+)"?\s*=""")]
    private static partial Regex Assigned();

    private sealed class Seen(AppDbContext db)
    {
        private readonly string who = db.Scope is { } scope ? $"{scope.UseCase.Action ?? "no use case"}, request {scope.Actor.RequestId}" : "no scope";
        private readonly List<string> tables = [];
        private readonly List<string> statements = [];

        public bool HasEntry { get; private set; }

        public bool IsEmpty => !HasEntry && tables.Count == 0;

        public void Wrote(string table, string statement)
        {
            HasEntry |= table == Trail;
            if (table != Trail) tables.Add(table);
            statements.Add(statement);
        }

        public Seen And(Seen later)
        {
            HasEntry |= later.HasEntry;
            tables.AddRange(later.tables);
            statements.AddRange(later.statements);
            return this;
        }

        public override string ToString() => $"{string.Join(", ", tables.Distinct())} ({who}): {string.Join(" | ", statements.Distinct().Take(5)).ReplaceLineEndings(" ")}";
    }

    private sealed class Back : IDisposable
    {
        public void Dispose() => IsAside.Value = false;
    }
}
