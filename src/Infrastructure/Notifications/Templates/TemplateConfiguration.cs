using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Notifications.Templates;

internal sealed class TemplateConfiguration : IEntityTypeConfiguration<NotificationTemplate>
{
    public void Configure(EntityTypeBuilder<NotificationTemplate> template)
    {
        template.IsAggregate("notification_templates", auditedAs: "notification_template");
        template.Property(row => row.Name).HasMaxLength(NotificationTemplate.MaxName).IsOrdinal();
        template.Property(row => row.Locale).HasMaxLength(NotificationTemplate.MaxLocale).IsOrdinal();
        template.Property(row => row.Category).HasMaxLength(Category.MaxLength);
        template.Property(row => row.Subject).HasMaxLength(NotificationTemplate.MaxSubject);
        template.Property(row => row.Text).HasMaxLength(NotificationTemplate.MaxText);
        template.Property(row => row.Html).HasMaxLength(NotificationTemplate.MaxHtml);

        // The newest of each language; also one version after the other.
        template.HasIndex(row => new { row.Name, row.Locale, row.Revision }).IsUnique().HasDatabaseName("ux_notification_templates_version");
        // All versions of one, newest first.
        template.HasIndex(row => new { row.Name, row.Id }).HasDatabaseName("ix_notification_templates_name");
    }
}
