using System.Security.Cryptography;

namespace GoApi.Domain.AuditLogs;

/// <summary>The hash of one entry and where it stands.</summary>
/// <param name="Hash">A <see cref="AuditRecord.LeafHash"/>; of an entry that cannot even be read it is empty, which equals none.</param>
public readonly record struct SealedLeaf(long Sequence, byte[] Hash);

/// <summary>A seal with what it is held against.</summary>
/// <param name="Key">The key that it names, if that is one that is trusted.</param>
/// <param name="Leaves">The entries that it was made of, where that was kept: it tells which of them is at fault. Believed only where their root is the signed one.</param>
public sealed record SealedBatch(Seal Seal, SealKey? Key, IReadOnlyList<SealedLeaf>? Leaves);

/// <summary>The seal that a trail goes on behind, or that somebody kept.</summary>
/// <param name="Hash">Its <see cref="Seal.Hash"/>.</param>
public sealed record KnownSeal(long Number, string Hash)
{
    public static readonly KnownSeal None = new(0, Seal.Genesis);
}

public enum TrailFaultReason
{
    /// <summary>The entry is not the one that was sealed.</summary>
    Changed,

    /// <summary>The entry was sealed, and is not there.</summary>
    Removed,

    /// <summary>The entry is there, and was not when its place was sealed.</summary>
    Inserted,

    /// <summary>The entries are not in the order of their sequences.</summary>
    Reordered,

    /// <summary>Some entry of the seal was changed, removed or inserted; which one, only the list of its hashes tells.</summary>
    BatchChanged,

    /// <summary>A seal is not there.</summary>
    SealRemoved,

    /// <summary>The seal is not what its key has signed.</summary>
    SealChanged,

    /// <summary>The seal was signed with a key that is not one of ours.</summary>
    SealKeyUnknown,

    /// <summary>The seal does not follow from the one before it, or is not the one that was kept.</summary>
    SealReplaced,

    /// <summary>The seal that was kept is newer than everything that is there: entries and seals were cut off, or an old state was restored.</summary>
    Truncated,
}

/// <param name="Sequence">Of the first entry that is at fault; of a seal's first one, where the seal is.</param>
/// <param name="Seal">The number of the seal.</param>
public sealed record TrailFault(long Sequence, TrailFaultReason Reason, long Seal);

/// <param name="Seals">How many hold.</param>
/// <param name="Entries">How many they vouch for.</param>
/// <param name="SealedThrough">The sequence of the last of those; 0 where there is none.</param>
/// <param name="FirstInvalid">What comes first; what lies behind it was not looked at.</param>
/// <param name="Last">The last seal that holds.</param>
/// <param name="Unsealed">Entries behind the last seal: nothing vouches for them yet.</param>
public sealed record TrailVerdict(long Seals, long Entries, long SealedThrough, TrailFault? FirstInvalid, Seal? Last, long Unsealed)
{
    public bool IsValid => FirstInvalid is null;
}

/// <summary>Holds entries against seals, in one pass over both and with no more than one seal in memory.</summary>
public sealed class Trail : IAsyncDisposable
{
    private readonly IAsyncEnumerator<SealedLeaf> entries;
    private readonly IReadOnlyCollection<KnownSeal> kept;
    private readonly Dictionary<string, ECDsa> keys = [];

    private KnownSeal before;
    private TrailVerdict verdict = new(0, 0, 0, null, null, 0);
    private bool hasEntry;

    private Trail(IAsyncEnumerable<SealedLeaf> entries, KnownSeal after, IReadOnlyCollection<KnownSeal> kept, CancellationToken ct)
    {
        this.entries = entries.GetAsyncEnumerator(ct);
        (before, this.kept) = (after, kept);
    }

    /// <param name="batches">By their number.</param>
    /// <param name="entries">By their sequence; all that lie behind <paramref name="after"/>, and further than the last seal if need be.</param>
    /// <param name="after">What the first seal has to follow.</param>
    /// <param name="kept">Seals that were taken out of the system earlier, which have to be there still.</param>
    public static async Task<TrailVerdict> VerifyAsync(
        IAsyncEnumerable<SealedBatch> batches, IAsyncEnumerable<SealedLeaf> entries, KnownSeal after, IReadOnlyCollection<KnownSeal> kept, CancellationToken ct)
    {
        await using Trail trail = new(entries, after, kept, ct);
        trail.hasEntry = await trail.entries.MoveNextAsync();
        await foreach (var batch in batches.WithCancellation(ct))
        {
            if (trail.CheckSeal(batch) is { } wrong) return trail.Stop(wrong, batch.Seal);
            if (await trail.CheckEntriesAsync(batch) is { } fault) return trail.Stop(fault, batch.Seal);
            trail.Pass(batch.Seal);
        }

        var unsealed = 0L;
        for (; trail.hasEntry; trail.hasEntry = await trail.entries.MoveNextAsync()) unsealed++;
        trail.verdict = trail.verdict with { Unsealed = unsealed };
        var (last, through) = (trail.before.Number, trail.verdict.SealedThrough);
        return kept.Any(seal => seal.Number > last) ? trail.verdict with { FirstInvalid = new TrailFault(through + 1, TrailFaultReason.Truncated, last + 1) } : trail.verdict;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var key in keys.Values) key.Dispose();
        await entries.DisposeAsync();
    }

    private (TrailFaultReason Reason, long Sequence)? CheckSeal(SealedBatch batch)
    {
        var seal = batch.Seal;
        if (seal.Number != before.Number + 1) return (TrailFaultReason.SealRemoved, verdict.SealedThrough + 1);
        if (batch.Key is not { } key || key.Id != seal.KeyId) return (TrailFaultReason.SealKeyUnknown, seal.FirstSequence);
        if (!seal.IsSignedBy(Opened(key))) return (TrailFaultReason.SealChanged, seal.FirstSequence);
        if (seal.Previous != before.Hash || kept.Any(known => known.Number == seal.Number && known.Hash != seal.Hash)) return (TrailFaultReason.SealReplaced, seal.FirstSequence);
        if (batch.Leaves is { } leaves && Hex(MerkleTree.Root(leaves.Select(leaf => leaf.Hash))) != seal.Root) return (TrailFaultReason.SealChanged, seal.FirstSequence);
        return null;
    }

    private async Task<(TrailFaultReason Reason, long Sequence)?> CheckEntriesAsync(SealedBatch batch)
    {
        MerkleTree tree = new();
        var sequence = long.MinValue;
        for (; hasEntry && entries.Current.Sequence <= batch.Seal.LastSequence; hasEntry = await entries.MoveNextAsync())
        {
            var entry = entries.Current;
            if (entry.Sequence <= sequence) return (TrailFaultReason.Reordered, entry.Sequence);
            if (batch.Leaves is { } leaves && Differs(leaves, tree.Size, entry) is { } fault) return fault;

            sequence = entry.Sequence;
            tree.Add(entry.Hash);
        }

        if (batch.Leaves is { } listed && tree.Size < listed.Count) return (TrailFaultReason.Removed, listed[tree.Size].Sequence);
        return tree.Size == batch.Seal.Entries && Hex(tree.Root()) == batch.Seal.Root ? null : (TrailFaultReason.BatchChanged, batch.Seal.FirstSequence);
    }

    private static (TrailFaultReason, long)? Differs(IReadOnlyList<SealedLeaf> leaves, int index, SealedLeaf entry)
    {
        if (index >= leaves.Count || entry.Sequence < leaves[index].Sequence) return (TrailFaultReason.Inserted, entry.Sequence);
        if (entry.Sequence > leaves[index].Sequence) return (TrailFaultReason.Removed, leaves[index].Sequence);
        return entry.Hash.AsSpan().SequenceEqual(leaves[index].Hash) ? null : (TrailFaultReason.Changed, entry.Sequence);
    }

    private void Pass(Seal seal)
    {
        before = new KnownSeal(seal.Number, seal.Hash);
        verdict = new TrailVerdict(verdict.Seals + 1, verdict.Entries + seal.Entries, seal.LastSequence, null, seal, 0);
    }

    private TrailVerdict Stop((TrailFaultReason Reason, long Sequence) fault, Seal seal) => verdict with { FirstInvalid = new TrailFault(fault.Sequence, fault.Reason, seal.Number) };

    private ECDsa Opened(SealKey key)
    {
        if (!keys.TryGetValue(key.Id, out var opened)) keys.Add(key.Id, opened = key.Open());
        return opened;
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
