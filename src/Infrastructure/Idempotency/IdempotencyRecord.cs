using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Idempotency;

/// <summary>A claimed key and, once the request has ended, its answer.</summary>
internal sealed class IdempotencyRecord
{
    /// <summary>SHA-256 of the actor and the key, in hex: keys may hold anything, and an address is a personal datum.</summary>
    public required string Id { get; init; }

    /// <summary>Whose request it was; null for a machine's and an anonymous one's.</summary>
    public Guid? UserId { get; init; }

    /// <summary>HMAC of the digest of method, path and body.</summary>
    public required byte[] Fingerprint { get; init; }

    public int Status { get; set; }

    /// <summary>Encrypted; null where the answer holds a secret.</summary>
    public byte[]? Body { get; set; }

    public string? Location { get; set; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public static string Purpose(string id) => $"idempotency:{id}";
}

internal sealed class IdempotencyConfiguration : IEntityTypeConfiguration<IdempotencyRecord>
{
    public void Configure(EntityTypeBuilder<IdempotencyRecord> record)
    {
        record.ToTable("idempotency_records");
        record.IsBookkeeping("Remembers the answer of a request; what the request changes has its entry.");
        record.BelongsToPerson(row => row.UserId);
        record.HasKey(row => row.Id);
        record.Property(row => row.Id).HasMaxLength(64);
        record.Property(row => row.Fingerprint).HasMaxLength(32).IsPersonalSecret();
        record.Property(row => row.Body).IsPersonalSecret().IsEncrypted(IdempotencyRecord.Purpose("{0}"));
        record.Property(row => row.Location).HasMaxLength(2_000).IsPersonalSecret();
        // The erasure of an account.
        record.HasIndex(row => row.UserId).HasFilter("user_id IS NOT NULL").HasDatabaseName("ix_idempotency_records_user");
        record.HasIndex(row => row.ExpiresAt).HasDatabaseName("ix_idempotency_records_expiry");
    }
}
