using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Auditing;

internal sealed class AuditConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    private const int MaxAddress = 64;

    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_entries");
        entry.IsBookkeeping("It is the trail.");
        entry.HasKey(row => row.Sequence);
        entry.Property(row => row.Sequence).ValueGeneratedOnAdd();
        entry.Property(row => row.Id).ValueGeneratedNever();
        entry.HasIndex(row => row.Id).IsUnique().HasDatabaseName("ux_audit_entries_id");
        entry.Property(row => row.ActorClientId).HasMaxLength(100);
        entry.Property(row => row.Action).HasMaxLength(100);
        entry.Property(row => row.Resource).HasMaxLength(64);
        entry.Property(row => row.ResourceId).HasMaxLength(128);
        entry.Property(row => row.IpAddress).HasMaxLength(AuditProtection.StoredLength(MaxAddress));
        entry.Property(row => row.UserAgent).HasMaxLength(AuditProtection.StoredLength(AuditEntry.MaxUserAgent));
        entry.Property(row => row.RequestId).HasMaxLength(128);
        entry.Property(row => row.Error).HasMaxLength(100);
        entry.Property(row => row.Changes).IsUnbounded();
        entry.Ignore(row => row.Fields);
        entry.Ignore(row => row.IsProtected);
        entry.Ignore(row => row.CallerId);

        // The history of one person, newest first. What machines do is nobody's history.
        entry.HasIndex(row => new { row.SubjectUserId, row.Sequence }).HasFilter("subject_user_id IS NOT NULL").HasDatabaseName("ix_audit_entries_subject");
    }
}
