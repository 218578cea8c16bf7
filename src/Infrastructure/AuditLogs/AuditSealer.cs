using System.Security.Cryptography;
using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>
/// Seals what is committed, in batches, each in a transaction of its own. Of several instances one does at a time (N10); the primary key of
/// the seals decides where the lock does not. Writers are never waited for by anybody but the sealer.
/// </summary>
internal sealed partial class AuditSealer(IServiceScopeFactory scopes, ISealHorizon horizon, SealKeys keys, SealWitness witness, TimeProvider time, ILogger<AuditSealer> logger)
{
    /// <summary>Entries a seal at most: as many hashes are held and, for a proof, read.</summary>
    public const int BatchSize = 4_096;

    /// <returns>How many entries were sealed.</returns>
    /// <exception cref="InvalidOperationException">A seal that was there is not there any more, or there is no key.</exception>
    public async Task<int> SealAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        if (!await IsBehindAsync(db, ct) || await horizon.FindAsync(db, ct) is not { } through) return 0;

        var total = 0;
        for (var found = BatchSize; found == BatchSize; total += found) found = await SealBatchAsync(db, through, ct);
        return total;
    }

    private static async Task<bool> IsBehindAsync(AppDbContext db, CancellationToken ct)
    {
        var sealedThrough = await db.Set<AuditSeal>().OrderByDescending(seal => seal.Number).Select(seal => (long?)seal.LastSequence).FirstOrDefaultAsync(ct) ?? long.MinValue;
        return await db.Set<Auditing.AuditEntry>().AnyAsync(entry => entry.Sequence > sealedThrough, ct);
    }

    private async Task<int> SealBatchAsync(AppDbContext db, long through, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (!await TakeTurnAsync(db, ct)) return 0;

        var last = await db.Set<AuditSeal>().AsNoTracking().OrderByDescending(seal => seal.Number).WithoutLeaves().FirstOrDefaultAsync(ct);
        var before = last is null ? KnownSeal.None : new KnownSeal(last.Number, last.ToSeal().Hash);
        await RequireAsync(db, before, ct);

        var records = await AuditRecords.ReadBatchAsync(db, last?.LastSequence ?? long.MinValue, through, BatchSize, ct);
        if (records.Count > 0)
        {
            using var key = await keys.OpenSigningKeyAsync(db, ct);
            before = await AddAsync(db, before, records, key, ct);
            await transaction.CommitAsync(ct);
        }

        witness.Keep(before);
        return records.Count;
    }

    private async Task<KnownSeal> AddAsync(AppDbContext db, KnownSeal before, IReadOnlyList<StoredRecord> records, ECDsa key, CancellationToken ct)
    {
        var leaves = records.Select(record => record.Record is null ? Unreadable(record.Sequence) : record.Leaf).ToArray();
        var seal = new Seal
        {
            Number = before.Number + 1,
            Previous = before.Hash,
            FirstSequence = leaves[0].Sequence,
            LastSequence = leaves[^1].Sequence,
            Entries = leaves.Length,
            Root = Convert.ToHexStringLower(MerkleTree.Root(leaves.Select(leaf => leaf.Hash))),
            KeyId = SealKey.Of(key).Id,
            CreatedAt = ToMilliseconds(time.GetUtcNow()),
        }.SignedWith(key);
        db.Add(seal.ToRow(leaves));
        await db.SaveChangesAsync(ct);
        db.ChangeTracker.Clear();
        // Whoever collects the logs has a copy of the trail's state that nobody can change in the database.
        Sealed(logger, seal.Entries, seal.LastSequence, seal.Number, seal.Hash);
        return new KnownSeal(seal.Number, seal.Hash);
    }

    // No seal vouches for what cannot be read: no entry has this hash, so it is reported as changed from here on, and the others are sealed.
    private SealedLeaf Unreadable(long sequence)
    {
        CannotBeRead(logger, sequence);
        return new SealedLeaf(sequence, new byte[MerkleTree.HashSize]);
    }

    // Seals that were cut off would otherwise be made again, over whatever the entries are by then.
    private async Task RequireAsync(AppDbContext db, KnownSeal last, CancellationToken ct)
    {
        if (witness.Last is not { } known || known == last || known.Number == 0) return;

        var row = await db.Set<AuditSeal>().AsNoTracking().Where(seal => seal.Number == known.Number).WithoutLeaves().FirstOrDefaultAsync(ct);
        if (row?.ToSeal().Hash != known.Hash)
            throw new InvalidOperationException($"Seal {known.Number} ({known.Hash}), which was there, is not in the database any more: seals were removed, or the database was restored from a backup. Nothing is sealed until {witness.Path} is deleted and this process started again.");
    }

    private static async Task<bool> TakeTurnAsync(AppDbContext db, CancellationToken ct) =>
        !db.Database.IsNpgsql() || await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock(hashtextextended('goapi:audit-seals', 0)) AS \"Value\"").SingleAsync(ct);

    private static DateTimeOffset ToMilliseconds(DateTimeOffset moment) => moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMillisecond));

    [LoggerMessage(1402, LogLevel.Information, "{Entries} audit entries through {Sequence} are sealed: seal {Number}, {Hash}")]
    private static partial void Sealed(ILogger logger, long entries, long sequence, long number, string hash);

    [LoggerMessage(1403, LogLevel.Error, "Audit entry {Sequence} cannot be read: somebody has changed it before it was sealed")]
    private static partial void CannotBeRead(ILogger logger, long sequence);
}

/// <summary>Seals every few seconds (<c>AUDIT_SEAL_INTERVAL</c>).</summary>
internal sealed partial class AuditSealing(AuditSealer sealer, AuditSettings settings, TimeProvider time, ILogger<AuditSealing> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.SealInterval, time);
        var failing = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await sealer.SealAsync(stoppingToken);
                failing = false;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // Entries are written all the same, and sealed when it works again. Said once.
                if (!failing) Failed(logger, fault);
                failing = true;
            }
        }
    }

    [LoggerMessage(1404, LogLevel.Error, "Audit entries are not sealed; it is tried again and again")]
    private static partial void Failed(ILogger logger, Exception fault);
}
