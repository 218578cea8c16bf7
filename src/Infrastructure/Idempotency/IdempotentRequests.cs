using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Idempotency;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace GoApi.Infrastructure.Idempotency;

/// <summary>
/// The insert of the claim is the lock: on PostgreSQL a twin's insert waits for the first transaction's end, on SQLite the
/// twin waits for the write lock. A crash rolls the claim back with everything else.
/// </summary>
internal sealed class IdempotentRequests(AppDbContext db, EncryptionKey encryption, StoredKeys keys, TimeProvider time) : IIdempotentRequests
{
    private const string Savepoint = "claimed";
    private const int SqliteBusy = 5;

    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public async Task<IdempotencyClaim> ClaimAsync(IdempotentRequest request, CancellationToken ct)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Actor}\n{request.Key}")));
        IDbContextTransaction? transaction = null;
        try
        {
            transaction = await db.Database.BeginTransactionAsync(ct);
            // Keyed: a plain digest of a body with a password in it could be guessed from the row.
            var fingerprint = HMACSHA256.HashData(keys.Get(StoredKeys.IdempotencyFingerprints), request.Fingerprint.Span);
            if (await InsertAsync(id, request.UserId, fingerprint, ct))
            {
                await transaction.CreateSavepointAsync(Savepoint, ct);
                var first = new First(db, encryption, transaction, id);
                transaction = null;
                return new IdempotencyClaim.First(first);
            }

            var record = await db.Set<IdempotencyRecord>().AsNoTracking().SingleAsync(row => row.Id == id, ct);
            if (!CryptographicOperations.FixedTimeEquals(record.Fingerprint, fingerprint)) return new IdempotencyClaim.Reused();
            return new IdempotencyClaim.Replay(new RememberedAnswer(record.Status, record.Body is { } body ? encryption.Decrypt(IdempotencyRecord.Purpose(id), body) : null, record.Location));
        }
        catch (Exception fault) when (fault.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } or SqliteException { SqliteErrorCode: SqliteBusy })
        {
            return new IdempotencyClaim.InProgress();
        }
        finally
        {
            if (transaction is not null) await transaction.DisposeAsync();
        }
    }

    // An expired record is replaced; one that is not stays, and nothing is inserted.
    private async Task<bool> InsertAsync(string id, Guid? userId, byte[] fingerprint, CancellationToken ct)
    {
        var (now, expiry) = (time.GetUtcNow(), time.GetUtcNow() + Kept);
        if (db.Database.IsNpgsql()) await db.Database.ExecuteSqlRawAsync("SET LOCAL lock_timeout = '5s'", ct);
        await db.Set<IdempotencyRecord>().Where(row => row.Id == id && row.ExpiresAt < now).ExecuteDeleteAsync(ct);
        object expiresAt = db.Database.IsNpgsql() ? expiry : Sqlite.Microseconds(expiry);
        return await db.Database.ExecuteSqlAsync(
            $"INSERT INTO idempotency_records (id, user_id, fingerprint, status, expires_at) VALUES ({id}, {userId}, {fingerprint}, 0, {expiresAt}) ON CONFLICT (id) DO NOTHING", ct) == 1;
    }

    private sealed class First(AppDbContext db, EncryptionKey encryption, IDbContextTransaction transaction, string id) : IIdempotentTransaction
    {
        public async Task CompleteAsync(RememberedAnswer answer, bool keepChanges, CancellationToken ct)
        {
            if (!keepChanges) await transaction.RollbackToSavepointAsync(Savepoint, ct);

            var body = answer.Body is { } plain ? encryption.Encrypt(IdempotencyRecord.Purpose(id), plain) : null;
            await db.Set<IdempotencyRecord>().Where(row => row.Id == id).ExecuteUpdateAsync(
                row => row.SetProperty(record => record.Status, answer.Status).SetProperty(record => record.Body, body).SetProperty(record => record.Location, answer.Location), ct);
            await transaction.CommitAsync(ct);
        }

        public ValueTask DisposeAsync() => transaction.DisposeAsync();
    }
}
