using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Sms;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Embedded;

/// <summary>What stands in where no provider is configured. What is sent is added to the unit of work and saved with the closing of its message.</summary>
internal sealed class LocalMailbox(AppDbContext db, TimeProvider time) : IEmailSender, ISmsSender, IMailbox
{
    /// <summary>Older ones are deleted.</summary>
    public const int Capacity = 1_000;

    public string Mode => "mailbox";

    public Task<SendResult> SendAsync(EmailMessage mail, CancellationToken ct) => AddAsync("email", mail.To, mail.Subject, mail.Text, mail.Html);

    public Task<SendResult> SendAsync(SmsMessage sms, CancellationToken ct) => AddAsync("sms", sms.To, "", sms.Text, null);

    public async Task<IReadOnlyList<MailboxMail>> ListAsync(int limit, CancellationToken ct) => await db.Set<MailboxMessage>()
        .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id).Take(limit)
        .Select(row => new MailboxMail(row.Id, row.Channel, row.To, row.Subject, row.Text, row.Html, row.CreatedAt))
        .ToListAsync(ct);

    private Task<SendResult> AddAsync(string channel, string to, string subject, string text, string? html)
    {
        var now = time.GetUtcNow();
        var row = new MailboxMessage { Id = Guid.CreateVersion7(now), Channel = channel, To = to, Subject = subject, Text = text, Html = html, CreatedAt = now };
        db.Add(row);
        return Task.FromResult(new SendResult(SendOutcome.Sent, row.Id.ToString()));
    }
}

internal sealed class MailboxMessage
{
    public required Guid Id { get; init; }

    /// <summary><c>email</c> or <c>sms</c>.</summary>
    public required string Channel { get; init; }

    public required string To { get; init; }

    /// <summary>Empty for a text message.</summary>
    public required string Subject { get; init; }

    public required string Text { get; init; }

    /// <summary>Null for a text message.</summary>
    public string? Html { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class MailboxConfiguration : IEntityTypeConfiguration<MailboxMessage>
{
    public void Configure(EntityTypeBuilder<MailboxMessage> message)
    {
        message.ToTable("mailbox_messages");
        message.IsBookkeeping("Stands in for a provider; what a mail tells of has its entry.");
        message.HasKey(row => row.Id);
        message.Property(row => row.Id).ValueGeneratedNever();
        message.Property(row => row.Channel).HasMaxLength(16);
        message.Property(row => row.To).HasMaxLength(254);
        message.Property(row => row.Subject).HasMaxLength(998);
        message.Property(row => row.Text).HasMaxLength(100_000);
        message.Property(row => row.Html).HasMaxLength(500_000);

        // The newest, and what is beyond the capacity.
        message.HasIndex(row => new { row.CreatedAt, row.Id }).IsDescending().HasDatabaseName("ix_mailbox_messages_newest");
    }
}
