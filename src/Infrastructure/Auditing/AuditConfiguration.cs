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

        // The search (decision 0028), each newest first. By id alone: everything, a time, one entry.
        entry.HasIndex(row => new { row.ActorUserId, row.Id }).HasFilter("actor_user_id IS NOT NULL").HasDatabaseName("ix_audit_entries_actor");
        entry.HasIndex(row => new { row.ActorClientId, row.Id }).HasFilter("actor_client_id IS NOT NULL").HasDatabaseName("ix_audit_entries_client");
        // The kinds of entries, of which there are some hundred: action, module, resource, status and what they are together.
        entry.HasIndex(row => new { row.Action, row.Resource, row.Status, row.Id }).HasDatabaseName("ix_audit_entries_kind");
        entry.HasIndex(row => new { row.ResourceId, row.Id }).HasFilter("resource_id IS NOT NULL").HasDatabaseName("ix_audit_entries_resource_id");
        entry.HasIndex(row => new { row.RequestId, row.Id }).HasDatabaseName("ix_audit_entries_request");

        // The history of one person, newest first. What machines do is nobody's history.
        entry.HasIndex(row => new { row.SubjectUserId, row.Sequence }).HasFilter("subject_user_id IS NOT NULL").HasDatabaseName("ix_audit_entries_subject");
    }
}
