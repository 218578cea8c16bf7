using System.Text;
using GoApi.Application.AuditLogs;
using GoApi.Domain.AuditLogs;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.AuditLogs;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.AuditLogs;

[Trait("Promise", "A3")]
public abstract class Sealing(DatabaseFixture database) : SealTest(database)
{
    private readonly DatabaseFixture database = database;

    [Fact]
    public async Task What_is_committed_is_sealed_once_and_what_comes_later_by_the_next_seal()
    {
        var first = await WriteAsync(3);
        Assert.NotEqual(0, await Sealer.SealAsync(Ct));
        Assert.Equal(0, await Sealer.SealAsync(Ct));
        var second = await WriteAsync(2);
        Assert.Equal(2, await Sealer.SealAsync(Ct));

        var seals = await SealsAsync();
        Assert.Equal(
            [(first[^1], seals[^2].Number), (second[^1], seals[^2].Number + 1)], seals[^2..].Select(seal => (seal.LastSequence, seal.Number)));
        Assert.Equal(second, SealRows.Unpack(seals[^1].Leaves).Select(leaf => leaf.Sequence));
        var verdict = await VerifyAsync();
        Assert.True(verdict.IsValid);
        Assert.Equal((second[^1], seals.Sum(seal => seal.Entries)), (verdict.SealedThrough, verdict.Entries));
    }

    [Fact]
    public async Task More_than_a_seal_takes_is_sealed_by_several()
    {
        await FillAsync(AuditSealer.BatchSize * 2 + 10);
        await Sealer.SealAsync(Ct);

        var seals = await SealsAsync();
        Assert.Equal([AuditSealer.BatchSize, AuditSealer.BatchSize], seals[^3..^1].Select(seal => seal.Entries));
        Assert.Equal(await LastSequenceAsync(), (await VerifyAsync()).SealedThrough);
        Assert.True((await VerifyAsync()).IsValid);
    }

    // N10: whoever comes second finds nothing to do, or is refused by the primary key.
    [Fact]
    [Trait("Promise", "N10")]
    public async Task Several_instances_seal_each_entry_once_while_others_write()
    {
        await using var other = database.NewHost();
        var sealers = new[] { Sealer, other.GetRequiredService<AuditSealer>() };
        using var done = new CancellationTokenSource();
        // On threads of their own: SQLite's driver never waits asynchronously.
        var working = sealers.Select(sealer => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested) await sealer.SealAsync(Ct);
        })).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => WriteAsync(30)));
        await done.CancelAsync();
        await Task.WhenAll(working);
        await Sealer.SealAsync(Ct);

        var leaves = (await SealsAsync()).SelectMany(seal => SealRows.Unpack(seal.Leaves)).Select(leaf => leaf.Sequence).ToArray();
        Assert.Equal(leaves.Order().Distinct(), leaves);
        Assert.Equal(await WithAsync((AppDbContext db) => db.Set<AuditEntry>().OrderBy(entry => entry.Sequence).Select(entry => entry.Sequence).ToArrayAsync(Ct)), leaves);
        Assert.True((await VerifyAsync()).IsValid);
    }

    [Fact]
    public async Task Seals_of_a_key_that_was_replaced_stay_valid()
    {
        await WriteAsync();
        await Sealer.SealAsync(Ct);
        var key = await WithAsync((IAuditSeals seals) => seals.RotateKeyAsync(Ct));
        await Sealer.SealAsync(Ct);

        var seals = await SealsAsync();
        Assert.Equal(key.KeyId, seals[^1].KeyId);
        Assert.NotEqual(key.KeyId, seals[^2].KeyId);
        Assert.True((await VerifyAsync()).IsValid);
        Assert.Equal([key.KeyId, seals[^2].KeyId], (await WithAsync((IAuditSeals port) => port.ListKeysAsync(Ct))).Select(known => known.KeyId).Take(2));
    }

    [Fact]
    public async Task Proof_of_each_entry_of_a_seal_leads_to_its_root()
    {
        await WriteAsync(5);
        await Sealer.SealAsync(Ct);
        var seal = (await SealsAsync())[^1];
        var sequences = SealRows.Unpack(seal.Leaves).Select(leaf => leaf.Sequence).ToArray();

        foreach (var (sequence, index) in sequences.Select((sequence, index) => (sequence, index)))
        {
            var entry = await WithAsync((AppDbContext db) => db.Set<AuditEntry>().AsNoTracking().SingleAsync(row => row.Sequence == sequence, Ct));
            Assert.False((await ProveAsync(entry.Id)).Failed(out _, out var proof));

            Assert.Equal((index, sequences.Length, seal.Number), (proof!.LeafIndex, proof.TreeSize, proof.Seal.Number));
            Assert.Contains($"\"id\":\"{entry.Id}\"", proof.Record, StringComparison.Ordinal);
            var leaf = MerkleTree.LeafHash(Encoding.UTF8.GetBytes(proof.Record));
            Assert.Equal(proof.LeafHash, Convert.ToHexStringLower(leaf));
            Assert.True(MerkleTree.Includes(Convert.FromHexString(proof.Seal.Root), proof.TreeSize, proof.LeafIndex, leaf, proof.Path.Select(Convert.FromHexString)));
            using var key = proof.Seal.Key!.ToKey().Open();
            Assert.True(proof.Seal.ToSeal().IsSignedBy(key));
        }
    }

    [Fact]
    public async Task Entry_that_is_not_sealed_yet_has_no_proof_and_one_that_is_not_there_is_not_found()
    {
        var sequence = (await WriteAsync())[0];
        var id = await WithAsync((AppDbContext db) => db.Set<AuditEntry>().Where(row => row.Sequence == sequence).Select(row => row.Id).SingleAsync(Ct));

        Assert.True((await ProveAsync(id)).Failed(out var early, out _));
        Assert.Equal(ErrorKind.Conflict, early!.Kind);
        Assert.True((await ProveAsync(Guid.CreateVersion7())).Failed(out var missing, out _));
        Assert.Equal(ErrorKind.NotFound, missing!.Kind);
    }

    [Fact]
    public async Task Exported_records_and_seals_are_all_that_is_needed_to_check_them()
    {
        await WriteAsync(4);
        await Sealer.SealAsync(Ct);
        await WriteAsync(4);
        await Sealer.SealAsync(Ct);
        await WriteAsync();

        var seals = await WithAsync(async (IAuditSeals port) => await port.StreamAsync(0, Ct).ToListAsync(Ct));
        var records = await WithAsync(async (IAuditSeals port) => await port.StreamRecordsAsync(0, Ct).ToListAsync(Ct));
        var batches = seals.Select(seal => new SealedBatch(seal.ToSeal(), seal.Key!.ToKey(), null));
        var verdict = await Trail.VerifyAsync(batches.ToAsyncEnumerable(), records.Select(record => new SealedLeaf(record.Sequence, record.LeafHash())).ToAsyncEnumerable(), KnownSeal.None, [], Ct);
        Assert.Equal((true, seals.Sum(seal => seal.Entries), records[^1].Sequence), (verdict.IsValid, verdict.Entries, verdict.SealedThrough));

        var later = await WithAsync(async (IAuditSeals port) => await port.StreamRecordsAsync(seals[^2].Number, Ct).ToListAsync(Ct));
        Assert.Equal((seals[^1].FirstSequence, seals[^1].LastSequence, seals[^1].Entries), (later[0].Sequence, later[^1].Sequence, (long)later.Count));
        Assert.Empty(await WithAsync(async (IAuditSeals port) => await port.StreamRecordsAsync(1_000_000, Ct).ToListAsync(Ct)));
        Assert.Equal([seals[^1].Number], (await WithAsync(async (IAuditSeals port) => await port.StreamAsync(seals[^2].Number, Ct).ToListAsync(Ct))).Select(seal => seal.Number));
    }

    [Fact]
    public async Task Record_is_the_row_in_every_column()
    {
        var columns = await WithAsync((AppDbContext db) => Task.FromResult(db.Model.FindEntityType(typeof(AuditEntry))!.GetProperties().Select(property => property.Name).Order().ToArray()));

        Assert.Equal(columns, typeof(AuditRecord).GetProperties().Select(property => property.Name).Order());
        Assert.Contains("CreatedAt", columns);
    }

    [Fact]
    public async Task Key_that_nobody_can_open_stops_the_sealing_and_nothing_else()
    {
        await Sealer.SealAsync(Ct);
        await WriteAsync();
        await using var stranger = database.NewHost(settings: [("ENCRYPTION_KEY", Convert.ToBase64String(new byte[32]))]);

        await Assert.ThrowsAsync<InvalidOperationException>(() => stranger.GetRequiredService<AuditSealer>().SealAsync(Ct));
        await WriteAsync();
        Assert.Equal(2, await Sealer.SealAsync(Ct));
    }

    protected abstract Task FillAsync(int count);

    private Task<Result<InclusionProof>> ProveAsync(Guid id) => WithAsync((IAuditSeals seals) => seals.ProveAsync(id, Ct));
}

public sealed class SealingOnSqlite(SqliteDatabase database) : Sealing(database), IClassFixture<SqliteDatabase>
{
    protected override Task FillAsync(int count) => WithAsync((AppDbContext db) => db.Database.ExecuteSqlAsync(
        $"""
        WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < {count})
        INSERT INTO audit_entries (id, action, resource, request_id, status, created_at)
        SELECT upper(printf('%08x-0000-7000-8000-%012x', abs(random()) % 4294967296, n)), 'tests.fill', 'test', 'test', 'success', n FROM one
        """, Ct));
}

public sealed class SealingOnPostgreSql(PostgreSqlDatabase database) : Sealing(database), IClassFixture<PostgreSqlDatabase>
{
    protected override Task FillAsync(int count) => WithAsync((AppDbContext db) => db.Database.ExecuteSqlAsync(
        $"INSERT INTO audit_entries (id, action, resource, request_id, status, created_at) SELECT gen_random_uuid(), 'tests.fill', 'test', 'test', 'success', now() FROM generate_series(1, {count})", Ct));

    [Fact]
    public async Task Transaction_that_commits_late_holds_up_the_sealer_and_no_writer_and_is_sealed_in_its_place()
    {
        await Sealer.SealAsync(Ct);
        await using var late = Host.CreateAsyncScope();
        var db = late.ServiceProvider.GetRequiredService<AppDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(Ct);
        var early = await WriteAsync(late.ServiceProvider);
        var later = (await WriteAsync())[0];
        Assert.True(early < later);

        Assert.Equal(0, await Sealer.SealAsync(Ct));
        // Nobody waits for the sealer that waits.
        var evenLater = (await WriteAsync())[0];
        await transaction.CommitAsync(Ct);
        Assert.Equal(2, await Sealer.SealAsync(Ct));
        Assert.Equal([early, later], SealRows.Unpack((await SealsAsync())[^1].Leaves).Select(leaf => leaf.Sequence));
        Assert.Equal(1, await Sealer.SealAsync(Ct));
        Assert.Equal(evenLater, (await VerifyAsync()).SealedThrough);
    }

    [Fact]
    public async Task Transaction_that_is_undone_leaves_a_gap_and_holds_up_nothing()
    {
        await Sealer.SealAsync(Ct);
        long undone;
        await using (var late = Host.CreateAsyncScope())
        {
            await using var transaction = await late.ServiceProvider.GetRequiredService<AppDbContext>().Database.BeginTransactionAsync(Ct);
            undone = await WriteAsync(late.ServiceProvider);
        }

        var later = (await WriteAsync())[0];
        Assert.Equal(undone + 1, later);
        Assert.Equal(1, await Sealer.SealAsync(Ct));
        Assert.True((await VerifyAsync()).IsValid);
    }
}
