using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// The key that the personal fields of one person's audit entries are encrypted with. The erasure destroys it and leaves the row: an
/// entry that is written later gets no new key, which would make it readable.
/// </summary>
internal sealed class PersonKey
{
    public required Guid UserId { get; init; }

    /// <summary>32 random bytes, encrypted for this person; null where they are destroyed.</summary>
    public byte[]? WrappedKey { get; init; }

    /// <summary>
    /// Set when the key is destroyed: from then on no instance remembers it, and what was found by address until then is deleted once more
    /// (<see cref="AuditAddressRetention"/>). Null when that is done.
    /// </summary>
    public DateTimeOffset? SweepAfter { get; init; }

    public static string Purpose(object userId) => $"person:{userId}";
}

internal sealed class PersonKeyConfiguration : IEntityTypeConfiguration<PersonKey>
{
    public void Configure(EntityTypeBuilder<PersonKey> key)
    {
        key.ToTable("person_keys");
        key.IsBookkeeping("Made with an account and destroyed by its erasure, which have entries.");
        key.BelongsToPerson(row => row.UserId);
        // No reference to the users: what is written down of somebody never fails for it.
        key.HasKey(row => row.UserId);
        key.Property(row => row.UserId).ValueGeneratedNever();
        key.Property(row => row.WrappedKey).HasMaxLength(64).IsPersonalSecret().IsEncrypted(PersonKey.Purpose("{0}"));
        key.HasIndex(row => row.SweepAfter).HasFilter("sweep_after IS NOT NULL").HasDatabaseName("ix_person_keys_sweep_after");
    }
}
