using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// What an entry is found by whose address was asked for (decision 0028): in the entry itself the address is encrypted. It is no part of the
/// entry and of what is sealed, so that it can go with the person.
/// </summary>
internal sealed class AuditAddress
{
    /// <summary>Of the address, by <see cref="AddressDigest"/>.</summary>
    public required byte[] Digest { get; init; }

    public required Guid EntryId { get; init; }

    /// <summary>Whose address it was; null where nobody knows.</summary>
    public Guid? UserId { get; init; }
}

internal sealed class AuditAddressConfiguration : IEntityTypeConfiguration<AuditAddress>
{
    public void Configure(EntityTypeBuilder<AuditAddress> address)
    {
        address.ToTable("audit_addresses");
        address.IsBookkeeping("It comes with an entry, and goes with its person.");
        address.BelongsToPerson(row => row.UserId);
        // The newest entries from one address. No reference to the entries: it would be looked up with every entry, and they are never deleted.
        address.HasKey(row => new { row.Digest, row.EntryId });
        address.Property(row => row.Digest).HasMaxLength(AddressDigest.Size).IsPersonalSecret();
        address.Property(row => row.EntryId).ValueGeneratedNever();
        // The erasure.
        address.HasIndex(row => row.UserId).HasFilter("user_id IS NOT NULL").HasDatabaseName("ix_audit_addresses_user");
    }
}
