using System.Security.Cryptography;

namespace GoApi.Domain.AuditLogs;

/// <summary>
/// A Merkle tree over SHA-256 as Certificate Transparency has it (RFC 9162, section 2.1): leaves and nodes are hashed with different
/// prefixes, so that neither can be shown in place of the other. Memory grows with the tree's height only.
/// </summary>
public sealed class MerkleTree
{
    /// <summary>Octets of every hash.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;

    // The roots of the whole subtrees so far, from the largest to the smallest.
    private readonly Stack<(byte[] Hash, int Height)> subtrees = new();

    /// <summary>Leaves so far.</summary>
    public int Size { get; private set; }

    /// <summary>The hash of one leaf: SHA-256 of the octet 0 and the data.</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([LeafPrefix]);
        hash.AppendData(data);
        return hash.GetHashAndReset();
    }

    public static byte[] Root(IEnumerable<byte[]> leaves)
    {
        MerkleTree tree = new();
        foreach (var leaf in leaves) tree.Add(leaf);
        return tree.Root();
    }

    /// <summary>What takes one from a leaf to the root, from the bottom to the top (RFC 9162, section 2.1.3.1).</summary>
    /// <param name="leaves">The hashes of all leaves.</param>
    /// <param name="index">Of the leaf, from 0.</param>
    public static IReadOnlyList<byte[]> InclusionProof(ReadOnlySpan<byte[]> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        if (leaves.Length == 1) return [];

        var split = LargestPowerOfTwoBelow(leaves.Length);
        return index < split
            ? [.. InclusionProof(leaves[..split], index), Root(leaves[split..].ToArray())]
            : [.. InclusionProof(leaves[split..], index - split), Root(leaves[..split].ToArray())];
    }

    /// <summary>Whether the path leads from the leaf to the root of a tree of that size (RFC 9162, section 2.1.3.2).</summary>
    public static bool Includes(ReadOnlySpan<byte> root, int size, int index, byte[] leaf, IEnumerable<byte[]> path)
    {
        if (index < 0 || index >= size) return false;

        var (hash, at, last) = (leaf, index, size - 1);
        foreach (var sibling in path)
        {
            if (last == 0) return false;
            if ((at & 1) == 1 || at == last)
            {
                hash = Node(sibling, hash);
                for (; (at & 1) == 0 && at != 0; at >>= 1) last >>= 1;
            }
            else
            {
                hash = Node(hash, sibling);
            }

            at >>= 1;
            last >>= 1;
        }

        return last == 0 && root.SequenceEqual(hash);
    }

    /// <param name="leaf">A <see cref="LeafHash"/>.</param>
    public void Add(byte[] leaf)
    {
        var (hash, height) = (leaf, 0);
        while (subtrees.TryPeek(out var left) && left.Height == height)
        {
            subtrees.Pop();
            (hash, height) = (Node(left.Hash, hash), height + 1);
        }

        subtrees.Push((hash, height));
        Size++;
    }

    /// <summary>Of the leaves so far; the tree can grow on. Of none it is the hash of nothing.</summary>
    public byte[] Root()
    {
        byte[]? root = null;
        foreach (var (hash, _) in subtrees) root = root is null ? hash : Node(hash, root);
        return root ?? SHA256.HashData([]);
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([NodePrefix, .. left, .. right]);

    private static int LargestPowerOfTwoBelow(int number) => 1 << (31 - int.LeadingZeroCount(number - 1));
}
