using System.Security.Cryptography;
using GoApi.Application.AuditLogs;
using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.AuditLogs;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.AuditLogs;

/// <summary>
/// Somebody with every right in the database, without triggers, and without ENCRYPTION_KEY. Each attack is a transaction that is undone
/// after the trail was verified in it.
/// </summary>
[Trait("Promise", "A3")]
public abstract class Attacks(DatabaseFixture database, AttackSql sql) : SealTest(database)
{
    private const int PerSeal = 5;

    private readonly DatabaseFixture database = database;
    private long[] sealedEntries = [];
    private AuditSeal[] seals = [];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Sealer.SealAsync(Ct);
        for (var batch = 0; batch < 3; batch++)
        {
            sealedEntries = [.. sealedEntries, .. await WriteAsync(PerSeal)];
            await Sealer.SealAsync(Ct);
        }

        seals = (await SealsAsync())[^3..];
        Assert.True((await VerifyAsync()).IsValid);
    }

    public static TheoryData<string, string> Values => new()
    {
        { "action", "'tests.other'" },
        { "resource_id", "NULL" },
        { "status", "'no such status'" },
        { "changes", "'{}'" },
        { "ip_address", "'192.0.2.99'" },
        { "error", "''" },
        { "actor_client_id", "'somebody'" },
        { "created_at", "(SELECT min(created_at) FROM audit_entries)" },
        { "id", "NEW ID" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Changed_field_is_found(string column, string value)
    {
        var victim = sealedEntries[7];
        var verdict = await AfterAsync($"UPDATE audit_entries SET {column} = {value.Replace("NEW ID", sql.NewId, StringComparison.Ordinal)} WHERE sequence = {victim}");

        Assert.Equal(new TrailFault(victim, TrailFaultReason.Changed, seals[1].Number), verdict.FirstInvalid);
    }

    [Fact]
    public async Task Deleted_entry_is_found() => Assert.Equal(
        new TrailFault(sealedEntries[2], TrailFaultReason.Removed, seals[0].Number), (await AfterAsync($"DELETE FROM audit_entries WHERE sequence = {sealedEntries[2]}")).FirstInvalid);

    [Fact]
    public async Task Deleted_newest_entry_is_found() => Assert.Equal(
        new TrailFault(sealedEntries[^1], TrailFaultReason.Removed, seals[2].Number), (await AfterAsync($"DELETE FROM audit_entries WHERE sequence = {sealedEntries[^1]}")).FirstInvalid);

    [Fact]
    public async Task Entry_that_was_inserted_in_the_past_is_found()
    {
        Assert.Equal(new TrailFault(-1, TrailFaultReason.Inserted, 1), (await AfterAsync(Insert(-1))).FirstInvalid);
        // Where one was taken out as well, so that the number is right.
        Assert.Equal(
            new TrailFault(sealedEntries[4], TrailFaultReason.Changed, seals[0].Number), (await AfterAsync($"DELETE FROM audit_entries WHERE sequence = {sealedEntries[4]}; {Insert(sealedEntries[4])}")).FirstInvalid);
    }

    [Fact]
    public async Task Swapped_entries_are_found() => Assert.Equal(
        new TrailFault(sealedEntries[1], TrailFaultReason.Changed, seals[0].Number), (await AfterAsync(Swap(sealedEntries[1], sealedEntries[12]))).FirstInvalid);

    [Fact]
    public async Task First_of_many_changes_is_named()
    {
        var verdict = await AfterAsync($"UPDATE audit_entries SET action = 'tests.other' WHERE sequence >= {sealedEntries[6]}");

        Assert.Equal((new TrailFault(sealedEntries[6], TrailFaultReason.Changed, seals[1].Number), seals[0].LastSequence), (verdict.FirstInvalid, verdict.SealedThrough));
    }

    [Fact]
    public async Task Changed_list_of_hashes_is_found() => Assert.Equal(
        new TrailFault(seals[1].FirstSequence, TrailFaultReason.SealChanged, seals[1].Number),
        (await AfterAsync($"UPDATE audit_seals SET leaves = (SELECT leaves FROM audit_seals WHERE number = {seals[0].Number}) WHERE number = {seals[1].Number}")).FirstInvalid);

    [Fact]
    public async Task Deleted_seal_is_found() => Assert.Equal(
        new TrailFault(seals[0].LastSequence + 1, TrailFaultReason.SealRemoved, seals[2].Number), (await AfterAsync($"DELETE FROM audit_seals WHERE number = {seals[1].Number}")).FirstInvalid);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Seals_that_were_made_again_with_another_key_are_found(bool withTheirKeyInTheTable)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var verdict = await AfterAsync(async db =>
        {
            await ExecuteAsync(db, $"UPDATE audit_entries SET action = 'tests.other' WHERE sequence = {sealedEntries[6]}");
            if (withTheirKeyInTheTable)
            {
                db.Add(new AuditSealKey { Id = SealKey.Of(key).Id, PrivateKey = key.ExportPkcs8PrivateKey(), CreatedAt = DateTimeOffset.UnixEpoch.AddYears(70) });
                await db.SaveChangesAsync(Ct);
            }

            // Every seal from there on, so that the chain is whole again.
            var before = seals[0].ToSeal();
            foreach (var old in seals[1..])
            {
                var records = await AuditRecords.ReadBatchAsync(db, before.LastSequence, old.LastSequence, AuditSealer.BatchSize, Ct);
                var leaves = records.Select(record => record.Leaf).ToArray();
                before = (old.ToSeal() with
                {
                    Previous = before.Hash,
                    Root = Convert.ToHexStringLower(MerkleTree.Root(leaves.Select(leaf => leaf.Hash))),
                    KeyId = withTheirKeyInTheTable ? SealKey.Of(key).Id : old.KeyId,
                }).SignedWith(key);
                var row = before.ToRow(leaves);
                await db.Set<AuditSeal>().Where(seal => seal.Number == row.Number).ExecuteDeleteAsync(Ct);
                db.Add(row);
                await db.SaveChangesAsync(Ct);
            }
        });

        Assert.Equal(
            new TrailFault(seals[1].FirstSequence, withTheirKeyInTheTable ? TrailFaultReason.SealKeyUnknown : TrailFaultReason.SealChanged, seals[1].Number), verdict.FirstInvalid);
    }

    [Fact]
    public async Task Entries_and_seals_that_were_cut_off_together_are_found_against_an_exported_seal_and_by_the_instance_that_saw_it()
    {
        var exported = new KnownSeal(seals[2].Number, seals[2].ToSeal().Hash);
        var cut = $"DELETE FROM audit_entries WHERE sequence > {seals[1].LastSequence}; DELETE FROM audit_seals WHERE number > {seals[1].Number}";
        var fault = new TrailFault(seals[1].LastSequence + 1, TrailFaultReason.Truncated, seals[2].Number);

        // What is left is whole in itself: without anything from outside nobody could tell.
        Assert.Null((await AfterUnseenAsync(cut)).FirstInvalid);
        Assert.Equal(fault, (await AfterUnseenAsync(cut, exported)).FirstInvalid);
        Assert.Equal(fault, (await AfterAsync(cut)).FirstInvalid);
    }

    [Fact]
    public async Task Restored_backup_is_found_against_an_exported_seal_and_not_sealed_over()
    {
        await using (var scope = Host.CreateAsyncScope()) await ExecuteAsync(scope.ServiceProvider.GetRequiredService<AppDbContext>(), "CREATE TABLE old_entries AS SELECT * FROM audit_entries; CREATE TABLE old_seals AS SELECT * FROM audit_seals");
        var newer = await WriteAsync(2);
        await Sealer.SealAsync(Ct);
        var last = (await SealsAsync())[^1];
        const string Restore = "DELETE FROM audit_entries; DELETE FROM audit_seals; INSERT INTO audit_entries SELECT * FROM old_entries; INSERT INTO audit_seals SELECT * FROM old_seals";

        Assert.Null((await AfterUnseenAsync(Restore)).FirstInvalid);
        Assert.Equal(new TrailFault(newer[0], TrailFaultReason.Truncated, last.Number), (await AfterUnseenAsync(Restore, new KnownSeal(last.Number, last.ToSeal().Hash))).FirstInvalid);
        Assert.Equal(new TrailFault(newer[0], TrailFaultReason.Truncated, last.Number), (await AfterAsync(Restore)).FirstInvalid);
        await using (var scope = Host.CreateAsyncScope()) await ExecuteAsync(scope.ServiceProvider.GetRequiredService<AppDbContext>(), "DROP TABLE old_entries; DROP TABLE old_seals");
    }

    [Fact]
    public async Task Seals_that_were_all_deleted_are_not_made_again_over_what_was_changed()
    {
        await using var other = database.NewHost();
        await using (var scope = Host.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            await using var transaction = await db.Database.BeginTransactionAsync(Ct);
            await ExecuteAsync(db, $"{sql.NoTriggers}; CREATE TABLE hidden_seals AS SELECT * FROM audit_seals; DELETE FROM audit_seals");
            await transaction.CommitAsync(Ct);
        }

        // A process that was started afterwards knows it from the file.
        foreach (var host in new[] { Host, other })
        {
            var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => host.GetRequiredService<AuditSealer>().SealAsync(Ct));
            Assert.Contains(seals[2].ToSeal().Hash, fault.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await SealsAsync());
        await using (var scope = Host.CreateAsyncScope()) await ExecuteAsync(scope.ServiceProvider.GetRequiredService<AppDbContext>(), "INSERT INTO audit_seals SELECT * FROM hidden_seals; DROP TABLE hidden_seals");
        Assert.True((await VerifyAsync()).IsValid);
    }

    [Fact]
    public async Task Entry_that_no_program_can_read_any_more_is_found() => Assert.Equal(
        new TrailFault(sealedEntries[5], TrailFaultReason.Changed, seals[1].Number), (await AfterAsync($"UPDATE audit_entries SET {sql.Unreadable} WHERE sequence = {sealedEntries[5]}")).FirstInvalid);

    private string Insert(long sequence) =>
        $"INSERT INTO audit_entries (sequence, id, action, resource, request_id, status, created_at) SELECT {sequence}, {sql.NewId}, 'tests.write', 'test', 'test', 'success', min(created_at) FROM audit_entries";

    private static string Swap(long one, long other) =>
        $"UPDATE audit_entries SET sequence = -99 WHERE sequence = {one}; UPDATE audit_entries SET sequence = {one} WHERE sequence = {other}; UPDATE audit_entries SET sequence = {other} WHERE sequence = -99";

    private Task<TrailVerdict> AfterAsync(string attack) => AfterAsync(Host, db => ExecuteAsync(db, attack), []);

    private Task<TrailVerdict> AfterAsync(Func<AppDbContext, Task> attack) => AfterAsync(Host, attack, []);

    /// <summary>To an instance that has seen none of the seals.</summary>
    private async Task<TrailVerdict> AfterUnseenAsync(string attack, params KnownSeal[] kept)
    {
        var seen = Host.GetRequiredService<SealWitness>().Path;
        File.Move(seen, $"{seen}.hidden");
        await using var stranger = database.NewHost();
        var verdict = await AfterAsync(stranger, db => ExecuteAsync(db, attack), kept);
        File.Move($"{seen}.hidden", seen);
        return verdict;
    }

    private async Task<TrailVerdict> AfterAsync(IServiceProvider verifier, Func<AppDbContext, Task> attack, KnownSeal[] kept)
    {
        await using var scope = verifier.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(Ct);
        await ExecuteAsync(db, sql.NoTriggers);
        await attack(db);
        return await scope.ServiceProvider.GetRequiredService<IAuditSeals>().VerifyAsync(kept, Ct);
    }

    private static Task ExecuteAsync(AppDbContext db, string statements) => AttackSql.ExecuteAsync(db, statements, Ct);
}

/// <summary>Before they are sealed entries can be changed by somebody who gets past the triggers; then they are sealed as they are. Not so what no entry can be.</summary>
public abstract class AttacksBeforeSealing(DatabaseFixture database, AttackSql sql) : SealTest(database)
{
    [Fact]
    public async Task Entry_that_cannot_be_read_when_it_is_sealed_is_named_from_then_on_and_the_others_are_sealed()
    {
        var sequence = (await WriteAsync(3))[1];
        await using (var scope = Host.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            await using var transaction = await db.Database.BeginTransactionAsync(Ct);
            await AttackSql.ExecuteAsync(db, $"{sql.NoTriggers}; UPDATE audit_entries SET {sql.Unreadable} WHERE sequence = {sequence}", Ct);
            await transaction.CommitAsync(Ct);
        }

        Assert.Equal(await LastSequenceAsync(), await Sealer.SealAsync(Ct));
        Assert.Equal(new TrailFault(sequence, TrailFaultReason.Changed, 1), (await VerifyAsync()).FirstInvalid);
    }
}

/// <summary>How each database is attacked.</summary>
/// <param name="NoTriggers">For a transaction.</param>
/// <param name="NewId">An expression.</param>
/// <param name="Unreadable">Makes an entry such that no program of ours can read it.</param>
public sealed record AttackSql(string NoTriggers, string NewId, string Unreadable)
{
    public static readonly AttackSql Sqlite = new(
        string.Join(';', new[] { "entries", "seals" }.SelectMany(table => new[] { "update", "delete", "replace" }.Select(verb => $"DROP TRIGGER IF EXISTS audit_{table}_no_{verb}"))),
        $"'{Guid.CreateVersion7().ToString().ToUpperInvariant()}'", "status = x'00ff'");

    // A superuser's.
    public static readonly AttackSql PostgreSql = new("SET LOCAL session_replication_role = replica", "gen_random_uuid()", "created_at = 'infinity'");

    internal static Task ExecuteAsync(AppDbContext db, string statements, CancellationToken ct) =>
#pragma warning disable EF1002 // Nothing of it comes from outside.
        db.Database.ExecuteSqlRawAsync(statements.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal), ct);
#pragma warning restore EF1002
}

public sealed class AttacksOnSqlite(SqliteDatabase database) : Attacks(database, AttackSql.Sqlite), IClassFixture<SqliteDatabase>;

public sealed class AttacksOnPostgreSql(PostgreSqlDatabase database) : Attacks(database, AttackSql.PostgreSql), IClassFixture<PostgreSqlDatabase>;

public sealed class AttacksBeforeSealingOnSqlite(SqliteDatabase database) : AttacksBeforeSealing(database, AttackSql.Sqlite), IClassFixture<SqliteDatabase>;

public sealed class AttacksBeforeSealingOnPostgreSql(PostgreSqlDatabase database) : AttacksBeforeSealing(database, AttackSql.PostgreSql), IClassFixture<PostgreSqlDatabase>;
