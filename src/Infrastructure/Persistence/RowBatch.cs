using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace GoApi.Infrastructure.Persistence;

/// <summary>
/// Writes the tracked changes of a few plain rows as one Npgsql batch: one round trip, and a transaction by itself where none is
/// open, where <c>SaveChanges</c> makes a command, a transaction or a savepoint, and its end. Only for what is written with every
/// token: the interceptors do not see it, so rows that are audited, have events or answer to a message are not for it.
/// The statements come from EF Core's model.
/// </summary>
internal sealed class RowBatch
{
    /// <summary>Tells what EF Core's own events do not, under the names below: a batch is about to be sent, and was written.</summary>
    public const string Diagnostics = "GoApi.Persistence";

    public const string Executing = Diagnostics + ".BatchExecuting";
    public const string Executed = Diagnostics + ".BatchExecuted";

    private static readonly DiagnosticListener Listener = new(Diagnostics);

    private readonly ConcurrentDictionary<IEntityType, Insert> inserts = new();

    /// <param name="changed">New rows, whose generated values nobody needs, and in a transaction changed ones; PostgreSQL. They are not tracked afterwards.</param>
    /// <exception cref="DbUpdateConcurrencyException">Somebody else changed one of them; the transaction is to be undone.</exception>
    public async Task WriteAsync(AppDbContext db, IReadOnlyList<EntityEntry> changed, CancellationToken ct)
    {
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
            // EF Core's mappings make parameters for commands only.
            await using var factory = new NpgsqlCommand();
            foreach (var row in changed) batch.BatchCommands.Add(row.State == EntityState.Added ? InsertOf(row, factory) : UpdateOf(row, factory));
            Tell(Executing, db, changed);
            if (await batch.ExecuteNonQueryAsync(ct) != changed.Count) throw new DbUpdateConcurrencyException("A row was changed or deleted by somebody else.");
            Tell(Executed, db, changed);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }

        foreach (var row in changed) row.State = EntityState.Detached;
    }

    private static void Tell(string what, AppDbContext db, IReadOnlyList<EntityEntry> changed)
    {
        if (Listener.IsEnabled(what)) Listener.Write(what, new BatchOfRows(db, [.. changed.Select(row => row.Metadata)]));
    }

    private NpgsqlBatchCommand InsertOf(EntityEntry row, NpgsqlCommand factory)
    {
        var insert = inserts.GetOrAdd(row.Metadata, static (_, first) => Insert.Of(first), row);
        var command = new NpgsqlBatchCommand(insert.Sql);
        foreach (var property in insert.Properties) Add(command, factory, property, row.CurrentValues[property]);
        return command;
    }

    private static NpgsqlBatchCommand UpdateOf(EntityEntry row, NpgsqlCommand factory)
    {
        var command = new NpgsqlBatchCommand();
        var set = row.Properties.Where(property => property.IsModified).Select(property => Assign(property.Metadata, property.CurrentValue));
        var where = row.Properties.Where(property => property.Metadata.IsPrimaryKey() || property.Metadata.IsConcurrencyToken).Select(property => Assign(property.Metadata, property.OriginalValue));
        command.CommandText = $"UPDATE {row.Metadata.GetTableName()} SET {string.Join(", ", set)} WHERE {string.Join(" AND ", where)}";
        return command;

        string Assign(IProperty property, object? value)
        {
            Add(command, factory, property, value);
            return $"{property.GetColumnName()} = ${command.Parameters.Count}";
        }
    }

    private static void Add(NpgsqlBatchCommand command, NpgsqlCommand factory, IProperty property, object? value) =>
        command.Parameters.Add(property.GetRelationalTypeMapping().CreateParameter(factory, "", value, property.IsNullable));

    private sealed record Insert(string Sql, IProperty[] Properties)
    {
        // Keys that the database counts up have temporary values here, and are left to it.
        public static Insert Of(EntityEntry row)
        {
            var properties = row.Properties.Where(property => !property.IsTemporary).Select(property => property.Metadata).ToArray();
            var columns = properties.Select(property => property.GetColumnName());
            return new Insert($"INSERT INTO {row.Metadata.GetTableName()} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", properties.Select((_, index) => $"${index + 1}"))})", properties);
        }
    }
}

/// <summary>What is written, and in whose transaction.</summary>
internal sealed record BatchOfRows(AppDbContext Db, IReadOnlyList<IEntityType> Types);
