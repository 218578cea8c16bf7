using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Domain.AuditLogs;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.AuditLogs;

internal sealed class AuditSeals(AppDbContext db, SealKeys keys, SealWitness witness, PageReader pages, IAuditTrail audit) : IAuditSeals
{
    private static readonly ListOrder<AuditSeal> NewestFirst = new BySequence<AuditSeal>(seal => seal.Number, newestFirst: true);

    public async Task<TrailVerdict> VerifyAsync(IReadOnlyCollection<KnownSeal> kept, CancellationToken ct)
    {
        // What is sealed from here on is not looked at: the end would move on for ever, and what this process knows would be newer than it.
        IReadOnlyCollection<KnownSeal> known = witness.Last is { } seen ? [.. kept, seen] : kept;
        var last = await Seals().OrderByDescending(seal => seal.Number).Select(seal => new { seal.Number, seal.LastSequence }).FirstOrDefaultAsync(ct);
        var through = await Seals().MaxAsync(seal => (long?)seal.LastSequence, ct);
        return await Trail.VerifyAsync(BatchesAsync(last?.Number ?? 0, ct), LeavesAsync(through ?? long.MinValue, ct), KnownSeal.None, known, ct);
    }

    public async Task<Result<InclusionProof>> ProveAsync(Guid entryId, CancellationToken ct)
    {
        var sequence = await db.Set<AuditEntry>().Where(entry => entry.Id == entryId).Select(entry => (long?)entry.Sequence).FirstOrDefaultAsync(ct);
        if (sequence is not { } place) return AuditLogErrors.NotFound;
        if (await Seals().Where(seal => seal.LastSequence >= place).OrderBy(seal => seal.LastSequence).FirstOrDefaultAsync(ct) is not { } sealing)
            return Error.Conflict("The entry is not sealed yet; it is within seconds.");

        var records = await AuditRecords.ReadBatchAsync(db, place - 1, place, 1, ct);
        var leaves = SealRows.Unpack(sealing.Leaves);
        var index = Array.FindIndex(leaves, leaf => leaf.Sequence == place);
        if (records is not [{ Record: { } record }] || index < 0 || !record.LeafHash().AsSpan().SequenceEqual(leaves[index].Hash))
            return Error.Conflict("The entry is not the one that was sealed: see GET /api/v1/audit-logs/verify.");

        var path = MerkleTree.InclusionProof(leaves.Select(leaf => leaf.Hash).ToArray(), index);
        var trusted = await TrustedAsync(ct);
        return new InclusionProof(
            Canonical(record), Convert.ToHexStringLower(leaves[index].Hash), index, leaves.Length, [.. path.Select(Convert.ToHexStringLower)],
            SealDto.Of(sealing.ToSeal(), trusted.GetValueOrDefault(sealing.KeyId)));
    }

    public async Task<Result<Page<SealDto>>> ListAsync(PageRequest page, CancellationToken ct)
    {
        if ((await pages.ReadAsync("audit_logs.seals", Seals(), SealRows.WithoutLeaves, NewestFirst, page, ct)).Failed(out var error, out var found)) return error;

        var trusted = await TrustedAsync(ct);
        return found.Select(seal => SealDto.Of(seal.ToSeal(), trusted.GetValueOrDefault(seal.KeyId)));
    }

    public async IAsyncEnumerable<SealDto> StreamAsync(long after, [EnumeratorCancellation] CancellationToken ct)
    {
        var trusted = await TrustedAsync(ct);
        await foreach (var seal in PageReader.StreamAsync(Seals().Where(seal => seal.Number > after), SealRows.WithoutLeaves, new BySequence<AuditSeal>(seal => seal.Number, newestFirst: false), ct))
            yield return SealDto.Of(seal.ToSeal(), trusted.GetValueOrDefault(seal.KeyId));
    }

    public async IAsyncEnumerable<AuditRecord> StreamRecordsAsync(long after, [EnumeratorCancellation] CancellationToken ct)
    {
        var begins = await Seals().Where(seal => seal.Number == after).Select(seal => (long?)seal.LastSequence).FirstOrDefaultAsync(ct);
        if (after > 0 && begins is null) yield break;

        var through = await Seals().MaxAsync(seal => (long?)seal.LastSequence, ct);
        await foreach (var stored in AuditRecords.ReadAsync(db, begins ?? long.MinValue, through ?? long.MinValue, ct))
            if (stored.Record is { } record)
                yield return record;
    }

    public async Task<IReadOnlyList<SealKeyDto>> ListKeysAsync(CancellationToken ct) =>
        [.. (await keys.ListAsync(db, ct)).Select(key => new SealKeyDto(key.Key.Id, key.CreatedAt, SealJwk.Of(key.Key)))];

    public async Task<SealKeyDto> RotateKeyAsync(CancellationToken ct)
    {
        var id = keys.Add(db);
        audit.Record("audit_logs.rotate_key", AuditStatus.Success, "audit_seal_key", id);
        await db.SaveChangesAsync(ct);
        return (await ListKeysAsync(ct)).First(key => key.KeyId == id);
    }

    private IQueryable<AuditSeal> Seals() => db.Set<AuditSeal>().AsNoTracking();

    private async Task<IReadOnlyDictionary<string, SealKey>> TrustedAsync(CancellationToken ct) =>
        (await keys.ListAsync(db, ct)).ToDictionary(key => key.Key.Id, key => key.Key);

    private async IAsyncEnumerable<SealedBatch> BatchesAsync(long through, [EnumeratorCancellation] CancellationToken ct)
    {
        var trusted = await TrustedAsync(ct);
        // A few at a time: each can be 160 KiB.
        for (long after = long.MinValue; ;)
        {
            var seals = await Seals().Where(seal => seal.Number > after && seal.Number <= through).OrderBy(seal => seal.Number).Take(8).ToListAsync(ct);
            if (seals.Count == 0) yield break;

            foreach (var seal in seals) yield return new SealedBatch(seal.ToSeal(), trusted.GetValueOrDefault(seal.KeyId), SealRows.Unpack(seal.Leaves));
            after = seals[^1].Number;
        }
    }

    private async IAsyncEnumerable<SealedLeaf> LeavesAsync(long through, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var stored in AuditRecords.ReadAsync(db, long.MinValue, through, ct)) yield return stored.Leaf;
    }

    private static string Canonical(AuditRecord record)
    {
        ArrayBufferWriter<byte> output = new(1_024);
        record.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
