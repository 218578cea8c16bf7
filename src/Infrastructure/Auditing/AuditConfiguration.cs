using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Auditing;

internal sealed class AuditConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_entries");
        entry.HasKey(row => row.Sequence);
        entry.Property(row => row.Sequence).ValueGeneratedOnAdd();
        entry.Property(row => row.Id).ValueGeneratedNever();
        entry.HasIndex(row => row.Id).IsUnique().HasDatabaseName("ux_audit_entries_id");
        entry.Property(row => row.ActorClientId).HasMaxLength(100);
        entry.Property(row => row.Action).HasMaxLength(100);
        entry.Property(row => row.Resource).HasMaxLength(64);
        entry.Property(row => row.ResourceId).HasMaxLength(128);
        entry.Property(row => row.IpAddress).HasMaxLength(64);
        entry.Property(row => row.UserAgent).HasMaxLength(512);
        entry.Property(row => row.RequestId).HasMaxLength(128);
        entry.Property(row => row.Error).HasMaxLength(100);
        entry.Property(row => row.Changes).IsUnbounded();
    }
}
