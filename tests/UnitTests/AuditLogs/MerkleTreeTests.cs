using GoApi.Domain.AuditLogs;

namespace GoApi.UnitTests.AuditLogs;

[Trait("Promise", "A3")]
public class MerkleTreeTests
{
    // The leaves and roots that Certificate Transparency's own implementations are tested with.
    private static readonly byte[][] Leaves =
    [
        .. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }
            .Select(data => MerkleTree.LeafHash(Convert.FromHexString(data))),
    ];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Root_is_the_one_that_others_compute(int size, string root) => Assert.Equal(root, Convert.ToHexStringLower(MerkleTree.Root(Leaves[..size])));

    [Fact]
    public void Every_leaf_of_every_tree_has_a_proof_that_leads_to_the_root_and_nothing_else_does()
    {
        for (var size = 1; size <= 40; size++)
        {
            var leaves = LeavesOf(size);
            var root = MerkleTree.Root(leaves);
            for (var index = 0; index < size; index++)
            {
                var path = MerkleTree.InclusionProof(leaves, index);

                Assert.True(MerkleTree.Includes(root, size, index, leaves[index], path));
                Assert.False(MerkleTree.Includes(root, size, index, MerkleTree.LeafHash([1, 2, 3]), path));
                Assert.False(MerkleTree.Includes(root, size, index, leaves[index], [.. path, leaves[index]]));
                if (size > 1) Assert.False(MerkleTree.Includes(root, size, (index + 1) % size, leaves[index], path));
                if (path.Count > 0) Assert.False(MerkleTree.Includes(root, size, index, leaves[index], path.SkipLast(1)));
            }
        }
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(4, 4)]
    [InlineData(0, 0)]
    public void Leaf_that_the_tree_does_not_have_is_not_included(int index, int size) => Assert.False(MerkleTree.Includes(new byte[32], size, index, new byte[32], []));

    [Fact]
    public void Tree_grows_on_after_its_root_was_asked_for() => Always(((byte Before, byte After) size) =>
    {
        var leaves = LeavesOf(size.Before + size.After);
        MerkleTree tree = new();
        foreach (var leaf in leaves[..size.Before]) tree.Add(leaf);
        _ = tree.Root();
        foreach (var leaf in leaves[size.Before..]) tree.Add(leaf);
        return tree.Size == leaves.Length && tree.Root().SequenceEqual(MerkleTree.Root(leaves));
    });

    [Fact]
    public void Node_cannot_be_shown_as_a_leaf() =>
        Assert.NotEqual(Convert.ToHexStringLower(MerkleTree.Root(Leaves[..2])), Convert.ToHexStringLower(MerkleTree.LeafHash([.. Leaves[0], .. Leaves[1]])));

    private static byte[][] LeavesOf(int count) => [.. Enumerable.Range(0, count).Select(number => MerkleTree.LeafHash(BitConverter.GetBytes(number)))];
}
