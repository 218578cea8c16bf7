using GoApi.Infrastructure.Auditing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Outbox;

internal sealed class OutboxConfiguration : IEntityTypeConfiguration<OutboxMessage>
{
    public void Configure(EntityTypeBuilder<OutboxMessage> message)
    {
        message.ToTable("outbox_messages");
        message.IsBookkeepingOnceMade("Sending, trying again and closing it is the worker's own.");
        message.HasKey(row => row.Id);
        message.Property(row => row.Id).ValueGeneratedNever();
        message.Property(row => row.Consumer).HasMaxLength(100);
        message.Property(row => row.Lane).HasMaxLength(32);
        message.Property(row => row.Event).HasMaxLength(100);
        message.Property(row => row.Payload).HasMaxLength(8_000);
        message.Property(row => row.RequestId).HasMaxLength(128);
        message.Property(row => row.TraceParent).HasMaxLength(64);
        message.Property(row => row.LastError).HasMaxLength(OutboxMessage.MaxError);

        // Two workers can have taken it one after the other: the effect of the one that lost it is rolled back with the closing.
        message.Property(row => row.Attempts).IsConcurrencyToken();
        message.Property(row => row.State).IsConcurrencyToken();

        // The relay's query: what is open and due in a lane. Closed rows are not in it, so it stays small.
        message.HasIndex(row => new { row.Lane, row.DueAt }).HasFilter("state = 'open'").HasDatabaseName("ix_outbox_messages_due");
        // Clean-up and the count of dead letters.
        message.HasIndex(row => new { row.State, row.ClosedAt }).HasDatabaseName("ix_outbox_messages_closed");
    }
}
