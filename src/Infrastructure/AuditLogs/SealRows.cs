using System.Buffers.Binary;
using GoApi.Domain.AuditLogs;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>Between a seal and its row.</summary>
internal static class SealRows
{
    /// <summary>Octets of one entry in <see cref="AuditSeal.Leaves"/>.</summary>
    public const int LeafSize = sizeof(long) + MerkleTree.HashSize;

    public static AuditSeal ToRow(this Seal seal, IReadOnlyList<SealedLeaf> leaves) => new()
    {
        Number = seal.Number,
        Previous = Convert.FromHexString(seal.Previous),
        FirstSequence = seal.FirstSequence,
        LastSequence = seal.LastSequence,
        Entries = seal.Entries,
        Root = Convert.FromHexString(seal.Root),
        KeyId = seal.KeyId,
        CreatedAt = seal.CreatedAt,
        Signature = seal.Signature,
        Leaves = Pack(leaves),
    };

    public static Seal ToSeal(this AuditSeal row) => new()
    {
        Number = row.Number,
        Previous = Convert.ToHexStringLower(row.Previous),
        FirstSequence = row.FirstSequence,
        LastSequence = row.LastSequence,
        Entries = row.Entries,
        Root = Convert.ToHexStringLower(row.Root),
        KeyId = row.KeyId,
        CreatedAt = row.CreatedAt,
        Signature = row.Signature,
    };

    /// <summary>What lists the entries is as long as all of the rest many times over.</summary>
    public static IQueryable<AuditSeal> WithoutLeaves(this IQueryable<AuditSeal> seals) => seals.Select(seal => new AuditSeal
    {
        Number = seal.Number,
        Previous = seal.Previous,
        FirstSequence = seal.FirstSequence,
        LastSequence = seal.LastSequence,
        Entries = seal.Entries,
        Root = seal.Root,
        KeyId = seal.KeyId,
        CreatedAt = seal.CreatedAt,
        Signature = seal.Signature,
        Leaves = Array.Empty<byte>(),
    });

    /// <summary>An end that is not whole is left out: then their root is not the signed one.</summary>
    public static SealedLeaf[] Unpack(byte[] packed)
    {
        var leaves = new SealedLeaf[packed.Length / LeafSize];
        for (var index = 0; index < leaves.Length; index++)
        {
            var leaf = packed.AsSpan(index * LeafSize, LeafSize);
            leaves[index] = new SealedLeaf(BinaryPrimitives.ReadInt64BigEndian(leaf), leaf[sizeof(long)..].ToArray());
        }

        return leaves;
    }

    private static byte[] Pack(IReadOnlyList<SealedLeaf> leaves)
    {
        var packed = new byte[leaves.Count * LeafSize];
        for (var index = 0; index < leaves.Count; index++)
        {
            var leaf = packed.AsSpan(index * LeafSize, LeafSize);
            BinaryPrimitives.WriteInt64BigEndian(leaf, leaves[index].Sequence);
            leaves[index].Hash.CopyTo(leaf[sizeof(long)..]);
        }

        return packed;
    }
}
