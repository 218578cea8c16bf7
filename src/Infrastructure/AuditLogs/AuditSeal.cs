using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Encryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>A seal as it is stored. Like the entries it is never changed and never deleted.</summary>
internal sealed class AuditSeal
{
    /// <summary>The primary key: of two instances that seal at once one is refused.</summary>
    public required long Number { get; init; }

    public required byte[] Previous { get; init; }

    public required long FirstSequence { get; init; }

    public required long LastSequence { get; init; }

    public required long Entries { get; init; }

    public required byte[] Root { get; init; }

    public required string KeyId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Signature { get; init; }

    /// <summary>Sequence (8 octets, big-endian) and hash of each entry: what names the one that was changed. Not a part of the seal, which vouches for it by the root.</summary>
    public required byte[] Leaves { get; init; }
}

internal sealed class AuditSealConfiguration : IEntityTypeConfiguration<AuditSeal>
{
    public void Configure(EntityTypeBuilder<AuditSeal> seal)
    {
        seal.ToTable("audit_seals");
        seal.IsBookkeeping("It vouches for the trail; an entry for each would have to be sealed again.");
        seal.HasKey(row => row.Number);
        seal.Property(row => row.Number).ValueGeneratedNever();
        seal.Property(row => row.Previous).HasMaxLength(MerkleTree.HashSize);
        seal.Property(row => row.Root).HasMaxLength(MerkleTree.HashSize);
        seal.Property(row => row.KeyId).HasMaxLength(AuditSealKey.IdLength);
        seal.Property(row => row.Signature).HasMaxLength(86);
        seal.Property(row => row.Leaves).HasMaxLength(AuditSealer.BatchSize * SealRows.LeafSize);
        // Which seal an entry is in.
        seal.HasIndex(row => row.LastSequence).IsUnique().HasDatabaseName("ux_audit_seals_last_sequence");
    }
}

/// <summary>A key that seals are signed with. Who can only write to the database cannot make one: both halves are encrypted and authenticated with the installation's key.</summary>
internal sealed class AuditSealKey
{
    public const int IdLength = 43;

    /// <summary>The thumbprint of the public half (RFC 7638).</summary>
    public required string Id { get; init; }

    /// <summary>PKCS#8, encrypted for the purpose that <see cref="SealKeys.Purpose"/> names.</summary>
    public required byte[] PrivateKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class AuditSealKeyConfiguration : IEntityTypeConfiguration<AuditSealKey>
{
    public void Configure(EntityTypeBuilder<AuditSealKey> key)
    {
        key.ToTable("audit_seal_keys");
        key.IsAuditedTogether();
        key.Property(row => row.Id).HasMaxLength(AuditSealKey.IdLength).ValueGeneratedNever();
        key.Property(row => row.PrivateKey).HasMaxLength(1_000).IsEncrypted(SealKeys.Purpose);
    }
}
