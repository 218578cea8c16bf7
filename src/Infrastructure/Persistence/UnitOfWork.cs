using GoApi.Application.Abstractions.Persistence;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace GoApi.Infrastructure.Persistence;

internal sealed class UnitOfWork(AppDbContext db) : IUnitOfWork
{
    public async Task SaveAsync(CancellationToken ct)
    {
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateConcurrencyException) when (db.Scope?.Expected.ResourceId is not null)
        {
            throw new PreconditionFailedException();
        }
        catch (DbUpdateConcurrencyException lost)
        {
            throw new ConcurrencyConflictException(lost);
        }
        catch (DbUpdateException refused) when (refused.IsUniqueViolation())
        {
            throw new UniqueViolationException(refused);
        }
    }

    public Task<ITransaction> BeginAsync(CancellationToken ct) => db.JoinTransactionAsync(ct);
}

internal static class Transactions
{
    /// <summary>Takes part in the transaction that is open, or else begins one. SQLite's begins as a writing one: what is read in it nobody changes before its end.</summary>
    public static async Task<ITransaction> JoinTransactionAsync(this AppDbContext db, CancellationToken ct) =>
        new Transaction(db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(ct) : null);

    /// <param name="own">Null where an outer transaction decides.</param>
    private sealed class Transaction(IDbContextTransaction? own) : ITransaction
    {
        public Task CommitAsync(CancellationToken ct) => own?.CommitAsync(ct) ?? Task.CompletedTask;

        public ValueTask DisposeAsync() => own?.DisposeAsync() ?? default;
    }
}

internal static class DatabaseFaults
{
    private const int SqliteConstraintUnique = 2067;
    private const int SqliteConstraintPrimaryKey = 1555;

    public static bool IsUniqueViolation(this Exception exception) => exception.GetBaseException() switch
    {
        PostgresException fault => fault.SqlState == PostgresErrorCodes.UniqueViolation,
        SqliteException fault => fault.SqliteExtendedErrorCode is SqliteConstraintUnique or SqliteConstraintPrimaryKey,
        _ => false,
    };
}
