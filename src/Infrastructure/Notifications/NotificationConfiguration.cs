using System.Text.Json;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Notifications;

internal sealed class NotificationConfiguration :
    IEntityTypeConfiguration<Notification>, IEntityTypeConfiguration<NotificationBatch>, IEntityTypeConfiguration<NotificationPreference>, IEntityTypeConfiguration<Suppression>
{
    public void Configure(EntityTypeBuilder<Notification> notification)
    {
        notification.IsRow("notifications");
        notification.Property(row => row.Version).IsConcurrencyToken();
        notification.IsAuditedTogether();
        notification.BelongsToPerson(row => row.UserId);
        notification.Property(row => row.Type).HasMaxLength(NotificationTemplate.MaxName);
        notification.Property(row => row.Category).HasMaxLength(Category.MaxLength);
        notification.Property(row => row.Channels).IsChannels();
        notification.Property(row => row.Title).HasMaxLength(Notification.MaxTitle).IsPersonal();
        notification.Property(row => row.Content).HasMaxLength(Notification.MaxContent).IsPersonal();

        // The inbox, and the same of one type.
        notification.HasIndex(row => new { row.UserId, row.Id }).HasDatabaseName("ix_notifications_user");
        notification.HasIndex(row => new { row.UserId, row.Type, row.Id }).HasDatabaseName("ix_notifications_type");
        // How many are unread, and which.
        notification.HasIndex(row => new { row.UserId, row.Id }, "ix_notifications_unread").HasFilter("read_at IS NULL").HasDatabaseName("ix_notifications_unread");
    }

    public void Configure(EntityTypeBuilder<NotificationBatch> batch)
    {
        batch.IsAggregate("notification_batches", auditedAs: "notification_batch");
        batch.Property(row => row.Role).HasMaxLength(32);
        batch.Property(row => row.UserIds).HasMaxLength(NotificationBatch.MaxRecipients * 40).IsNotAudited().HasConversion(
            ids => JsonSerializer.Serialize(ids, JsonSerializerOptions.Web), text => JsonSerializer.Deserialize<List<Guid>>(text, JsonSerializerOptions.Web)!,
            new ValueComparer<IReadOnlyList<Guid>>((one, other) => one!.SequenceEqual(other!), ids => ids.Count, ids => ids));
        batch.Property(row => row.Channels).IsChannels();
        batch.Property(row => row.Template).HasMaxLength(NotificationTemplate.MaxName);
        batch.Property(row => row.Category).HasMaxLength(Category.MaxLength);
        batch.Property(row => row.Variables).HasMaxLength(NotificationBatch.MaxVariables + Notification.MaxContent * 6).IsSecret();
        // How far it is: nobody decides that.
        batch.Property(row => row.Status).IsNotAudited();
        batch.Property(row => row.Expanded).IsNotAudited();
        batch.Property(row => row.Skipped).IsNotAudited();
        batch.Property(row => row.After).IsNotAudited();
        batch.Property(row => row.NextPart).IsNotAudited();
        batch.Property(row => row.ExpandedAt).IsNotAudited();
    }

    public void Configure(EntityTypeBuilder<NotificationPreference> preference)
    {
        preference.ToTable("notification_preferences");
        preference.HasKey(row => new { row.UserId, row.Category, row.Channel });
        preference.IsAudited("notification_preference");
        preference.BelongsToPerson(row => row.UserId);
        preference.Property(row => row.Category).HasMaxLength(Category.MaxLength);
    }

    public void Configure(EntityTypeBuilder<Suppression> suppression)
    {
        suppression.IsAggregate("suppressions", auditedAs: "suppression");
        suppression.Property(row => row.Address).HasMaxLength(Delivery.MaxAddress).IsOrdinal().IsSecret();
        suppression.Property(row => row.Detail).HasMaxLength(Suppression.MaxDetail).IsSecret();
        suppression.HasIndex(row => new { row.Channel, row.Address }).IsUnique().HasDatabaseName("ux_suppressions_address");
    }
}

internal sealed class DeliveryConfiguration : IEntityTypeConfiguration<Delivery>, IEntityTypeConfiguration<DeliveryAttempt>
{
    public void Configure(EntityTypeBuilder<Delivery> delivery)
    {
        // No concurrency token: the worker and the webhook write different columns, and neither may lose what it knows to the other.
        delivery.IsRow("deliveries");
        delivery.IsBookkeeping("What is sent comes of something that has an entry, and the ledger is the record of what became of it.");
        delivery.BelongsToPerson(row => row.UserId);
        delivery.Property(row => row.Category).HasMaxLength(Category.MaxLength);
        delivery.Property(row => row.Template).HasMaxLength(NotificationTemplate.MaxName);
        delivery.Property(row => row.Address).HasMaxLength(Delivery.MaxAddress).IsPersonal();
        delivery.Property(row => row.Subject).HasMaxLength(Delivery.MaxSubject).IsPersonal();
        delivery.Property(row => row.Body).HasMaxLength(Delivery.MaxBody).IsPersonal();
        delivery.Property(row => row.LastError).HasMaxLength(Delivery.MaxError).IsPersonal();
        delivery.Property(row => row.ProviderId).HasMaxLength(Delivery.MaxProviderId).IsPersonal();
        delivery.Property(row => row.VerdictReason).HasMaxLength(Suppression.MaxDetail).IsPersonal();

        // The ledger is read newest first: of one state, of one person, of one batch; and by what the provider calls it. What is nobody's is found by its address when somebody is erased.
        delivery.HasIndex(row => new { row.State, row.Id }).HasDatabaseName("ix_deliveries_state");
        delivery.HasIndex(row => new { row.Verdict, row.Id }).HasFilter("verdict IS NOT NULL").HasDatabaseName("ix_deliveries_verdict");
        delivery.HasIndex(row => new { row.UserId, row.Id }).HasFilter("user_id IS NOT NULL").HasDatabaseName("ix_deliveries_user");
        delivery.HasIndex(row => row.Address).HasFilter("user_id IS NULL").HasDatabaseName("ix_deliveries_address");
        delivery.HasIndex(row => new { row.BatchId, row.State }).HasFilter("batch_id IS NOT NULL").HasDatabaseName("ix_deliveries_batch");
        delivery.HasIndex(row => row.ProviderId).HasFilter("provider_id IS NOT NULL").HasDatabaseName("ix_deliveries_provider_id");
        delivery.HasIndex(row => row.Id, "ix_deliveries_ambiguous").HasFilter("is_ambiguous").HasDatabaseName("ix_deliveries_ambiguous");
    }

    public void Configure(EntityTypeBuilder<DeliveryAttempt> attempt)
    {
        attempt.ToTable("delivery_attempts");
        attempt.HasKey(row => new { row.DeliveryId, row.Number });
        attempt.IsBookkeeping("A part of the ledger, as the delivery is.");
        attempt.Property(row => row.ProviderId).HasMaxLength(Delivery.MaxProviderId);
        attempt.Property(row => row.Error).HasMaxLength(Delivery.MaxError);
        attempt.HasOne<Delivery>().WithMany().HasForeignKey(row => row.DeliveryId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal static class NotificationColumns
{
    /// <summary>Channels as their names with commas between and around them, so that one of them can be looked for.</summary>
    public static PropertyBuilder<IReadOnlyList<Channel>> IsChannels(this PropertyBuilder<IReadOnlyList<Channel>> channels)
    {
        channels.HasMaxLength(64).HasConversion(
            list => Join(list), text => Split(text), new ValueComparer<IReadOnlyList<Channel>>((one, other) => one!.SequenceEqual(other!), list => list.Count, list => list));
        return channels;
    }

    /// <summary>What of a column of channels holds this one.</summary>
    public static string Containing(Channel channel) => $",{channel.ToText()},";

    private static string Join(IReadOnlyList<Channel> channels) => $",{string.Join(',', channels.Select(channel => channel.ToText()))},";

    private static List<Channel> Split(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name => EnumText.Parse<Channel>(name)!.Value)];
}
