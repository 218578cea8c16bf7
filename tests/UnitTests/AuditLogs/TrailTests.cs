using System.Security.Cryptography;
using GoApi.Domain.AuditLogs;

namespace GoApi.UnitTests.AuditLogs;

[Trait("Promise", "A3")]
public sealed class TrailTests : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<SealedLeaf> entries = [];
    private readonly List<SealedBatch> batches = [];

    // Four seals of three entries; sequences have gaps, where transactions were undone.
    public TrailTests()
    {
        foreach (var sequence in new long[] { 1, 2, 4, 5, 6, 9, 10, 11, 12, 20, 21, 22 }) entries.Add(Leaf(sequence, "as it was"));
        foreach (var batch in entries.Chunk(3)) batches.Add(Sealed(batch));
    }

    public void Dispose() => key.Dispose();

    [Fact]
    public async Task Untouched_trail_is_valid_and_says_how_far()
    {
        var verdict = await VerifyAsync();

        Assert.True(verdict.IsValid);
        Assert.Equal((4, 12, 22, batches[^1].Seal), (verdict.Seals, verdict.Entries, verdict.SealedThrough, verdict.Last));
    }

    [Fact]
    public async Task Empty_trail_is_valid()
    {
        entries.Clear();
        batches.Clear();

        Assert.Equal(new TrailVerdict(0, 0, 0, null, null, 0), await VerifyAsync());
    }

    [Fact]
    public async Task Entries_that_are_not_sealed_yet_are_not_judged()
    {
        entries.Add(Leaf(23, "new"));

        var verdict = await VerifyAsync();
        Assert.Equal((true, 22, 1), (verdict.IsValid, verdict.SealedThrough, verdict.Unsealed));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 9)]
    [InlineData(11, 22)]
    public async Task Changed_entry_is_named(int index, long sequence)
    {
        entries[index] = Leaf(sequence, "changed");

        await FoundAsync(TrailFaultReason.Changed, sequence, index / 3 + 1);
    }

    [Fact]
    public async Task Entry_that_cannot_be_read_is_named_as_changed()
    {
        entries[4] = new SealedLeaf(6, []);

        await FoundAsync(TrailFaultReason.Changed, 6, 2);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 6)]
    [InlineData(5, 9)]
    [InlineData(11, 22)]
    public async Task Removed_entry_is_named(int index, long sequence)
    {
        entries.RemoveAt(index);

        await FoundAsync(TrailFaultReason.Removed, sequence, index / 3 + 1);
    }

    [Theory]
    [InlineData(-7, 1)]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(8, 2)]
    [InlineData(13, 4)]
    public async Task Inserted_entry_is_named(long sequence, int seal)
    {
        entries.Insert(entries.FindIndex(entry => entry.Sequence > sequence), Leaf(sequence, "inserted"));

        await FoundAsync(TrailFaultReason.Inserted, sequence, seal);
    }

    [Fact]
    public async Task Swapped_entries_are_named_by_the_first()
    {
        (entries[3], entries[7]) = (new SealedLeaf(5, entries[7].Hash), new SealedLeaf(11, entries[3].Hash));

        await FoundAsync(TrailFaultReason.Changed, 5, 2);
    }

    [Fact]
    public async Task Entries_in_another_order_are_named()
    {
        (entries[3], entries[4]) = (entries[4], entries[3]);
        batches[1] = batches[1] with { Leaves = null };

        await FoundAsync(TrailFaultReason.Reordered, 5, 2);
    }

    [Fact]
    public async Task First_of_several_faults_is_named_and_what_lies_before_it_is_vouched_for()
    {
        entries[10] = Leaf(21, "changed");
        entries.RemoveAt(6);

        var verdict = await FoundAsync(TrailFaultReason.Removed, 10, 3);

        Assert.Equal((2, 6, 9, batches[1].Seal), (verdict.Seals, verdict.Entries, verdict.SealedThrough, verdict.Last));
    }

    [Fact]
    public async Task Without_the_list_of_hashes_the_seal_is_named()
    {
        batches[2] = batches[2] with { Leaves = null };
        Assert.True((await VerifyAsync()).IsValid);

        entries.RemoveAt(8);
        await FoundAsync(TrailFaultReason.BatchChanged, 10, 3);
    }

    [Fact]
    public async Task List_of_hashes_that_was_changed_with_the_entry_is_not_believed()
    {
        entries[4] = Leaf(6, "changed");
        batches[1] = batches[1] with { Leaves = entries[3..6] };

        await FoundAsync(TrailFaultReason.SealChanged, 5, 2);
    }

    [Fact]
    public async Task Seal_that_was_made_again_without_the_key_is_named()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        entries[4] = Leaf(6, "changed");
        var forged = Made([.. entries[3..6]], batches[0].Seal, other);

        batches[1] = new SealedBatch(forged, SealKey.Of(other) is { } theirs && theirs.Id == forged.KeyId ? null : SealKey.Of(key), entries[3..6]);
        await FoundAsync(TrailFaultReason.SealKeyUnknown, 5, 2);

        // It says that it was signed with ours.
        batches[1] = new SealedBatch((forged with { KeyId = SealKey.Of(key).Id }).SignedWith(other), SealKey.Of(key), entries[3..6]);
        await FoundAsync(TrailFaultReason.SealChanged, 5, 2);
    }

    public static TheoryData<string, Func<Seal, Seal>> Changes => new()
    {
        { "previous", seal => seal with { Previous = Seal.Genesis } },
        { "first", seal => seal with { FirstSequence = 3 } },
        { "last", seal => seal with { LastSequence = 10 } },
        { "entries", seal => seal with { Entries = 2 } },
        { "root", seal => seal with { Root = Seal.Genesis } },
        { "time", seal => seal with { CreatedAt = seal.CreatedAt.AddDays(-1) } },
        { "signature", seal => seal with { Signature = "" } },
        { "no base64url", seal => seal with { Signature = "+/=" } },
        { "longer", seal => seal with { Signature = seal.Signature + "AAAA" } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Changed_seal_is_named(string what, Func<Seal, Seal> change)
    {
        Assert.NotEmpty(what);
        batches[1] = batches[1] with { Seal = change(batches[1].Seal) };

        var verdict = await VerifyAsync();
        Assert.Equal((TrailFaultReason.SealChanged, 2, 1), (verdict.FirstInvalid!.Reason, verdict.FirstInvalid.Seal, verdict.Seals));
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 10, 4)]
    public async Task Removed_seal_is_named(int index, long sequence, long next)
    {
        batches.RemoveAt(index);

        await FoundAsync(TrailFaultReason.SealRemoved, sequence, next);
    }

    [Fact]
    public async Task Seal_of_another_trail_of_the_same_key_does_not_follow()
    {
        var other = Made([.. entries[3..6]], Made([.. entries[1..3]], null, key), key);
        batches[1] = batches[1] with { Seal = other };

        await FoundAsync(TrailFaultReason.SealReplaced, 5, 2);
    }

    [Fact]
    public async Task Entries_and_seals_that_were_cut_off_together_are_found_against_a_seal_that_was_kept()
    {
        var kept = new KnownSeal(4, batches[3].Seal.Hash);
        entries.RemoveRange(9, 3);
        batches.RemoveAt(3);

        Assert.True((await VerifyAsync()).IsValid);
        await FoundAsync(TrailFaultReason.Truncated, 13, 4, kept);
    }

    [Fact]
    public async Task Trail_that_was_sealed_anew_with_our_own_key_is_found_against_a_seal_that_was_kept()
    {
        var kept = new KnownSeal(2, batches[1].Seal.Hash);
        entries[4] = Leaf(6, "changed");
        batches.Clear();
        foreach (var batch in entries.Chunk(3)) batches.Add(Sealed(batch));

        Assert.True((await VerifyAsync()).IsValid);
        await FoundAsync(TrailFaultReason.SealReplaced, 5, 2, kept);
    }

    [Fact]
    public async Task Kept_seal_that_is_there_is_no_fault() => Assert.True((await VerifyAsync(new KnownSeal(2, batches[1].Seal.Hash), new KnownSeal(4, batches[3].Seal.Hash))).IsValid);

    [Fact]
    public async Task Part_of_a_trail_is_checked_behind_the_seal_before_it()
    {
        var after = new KnownSeal(2, batches[1].Seal.Hash);
        batches.RemoveRange(0, 2);
        entries.RemoveRange(0, 6);

        Assert.True((await Trail.VerifyAsync(batches.ToAsyncEnumerable(), entries.ToAsyncEnumerable(), after, [], Ct)).IsValid);
        Assert.Equal(TrailFaultReason.SealReplaced, (await Trail.VerifyAsync(batches.ToAsyncEnumerable(), entries.ToAsyncEnumerable(), after with { Hash = Seal.Genesis }, [], Ct)).FirstInvalid!.Reason);
    }

    private async Task<TrailVerdict> FoundAsync(TrailFaultReason reason, long sequence, long seal, params KnownSeal[] kept)
    {
        var verdict = await VerifyAsync(kept);
        Assert.Equal(new TrailFault(sequence, reason, seal), verdict.FirstInvalid);
        Assert.False(verdict.IsValid);
        return verdict;
    }

    private Task<TrailVerdict> VerifyAsync(params KnownSeal[] kept) => Trail.VerifyAsync(batches.ToAsyncEnumerable(), entries.ToAsyncEnumerable(), KnownSeal.None, kept, Ct);

    private SealedBatch Sealed(SealedLeaf[] leaves) => new(Made(leaves, batches.LastOrDefault()?.Seal, key), SealKey.Of(key), leaves);

    private static Seal Made(SealedLeaf[] leaves, Seal? before, ECDsa signer) => new Seal
    {
        Number = (before?.Number ?? 0) + 1,
        Previous = before?.Hash ?? Seal.Genesis,
        FirstSequence = leaves[0].Sequence,
        LastSequence = leaves[^1].Sequence,
        Entries = leaves.Length,
        Root = Convert.ToHexStringLower(MerkleTree.Root(leaves.Select(leaf => leaf.Hash))),
        KeyId = SealKey.Of(signer).Id,
        CreatedAt = Start,
    }.SignedWith(signer);

    private static SealedLeaf Leaf(long sequence, string what) => new(sequence, MerkleTree.LeafHash(System.Text.Encoding.UTF8.GetBytes($"{sequence} {what}")));
}
