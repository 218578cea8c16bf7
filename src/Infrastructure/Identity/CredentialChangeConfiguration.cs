using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Identity;

/// <summary>
/// A change of address that waits for its proof, or whose old address has not been told yet. There may be several of the latter: a row
/// for each user would let another request do away with the notice.
/// </summary>
internal sealed class UserEmailChange
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    public required string NewEmail { get; init; }

    public required string OldEmail { get; set; }

    /// <summary>No mail is written after it.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Null while it waits.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>What its token speaks of: this request, and no other of the same account.</summary>
    public string Subject => $"{Id}\n{NewEmail}";
}

/// <summary>A phone number that waits for its code. The row outlives the answer, because messages are counted in it.</summary>
internal sealed class UserPhoneChange
{
    public const int MaxAttempts = 5;

    /// <summary>In place of the attempts, where the right code was shown.</summary>
    public const int Answered = int.MaxValue;

    public required Guid UserId { get; init; }

    /// <summary>E.164.</summary>
    public required string Phone { get; set; }

    /// <summary>Another one for each request: the code follows from it, with a key that is not in the database.</summary>
    public required Guid Nonce { get; set; }

    /// <summary>No code is sent or taken after it.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Codes that were tried.</summary>
    public int Attempts { get; set; }

    /// <summary>When messages were asked for in the last hour, in milliseconds since 1970.</summary>
    public required long[] Sent { get; set; }
}

internal sealed class CredentialChangeConfiguration : IEntityTypeConfiguration<UserEmailChange>, IEntityTypeConfiguration<UserPhoneChange>
{
    public void Configure(EntityTypeBuilder<UserEmailChange> change)
    {
        change.ToTable("user_email_changes");
        change.IsAuditedTogether();
        change.BelongsToPerson(row => row.UserId);
        change.HasKey(row => row.Id);
        change.Property(row => row.Id).ValueGeneratedNever();
        change.Property(row => row.NewEmail).HasMaxLength(254).IsPersonal();
        change.Property(row => row.OldEmail).HasMaxLength(254).IsPersonal();
        change.Ignore(row => row.Subject);
        change.HasOne<AppUser>().WithMany().HasForeignKey(row => row.UserId);

        // The one that waits.
        change.HasIndex(row => row.UserId).HasDatabaseName("ix_user_email_changes_user_id");
    }

    public void Configure(EntityTypeBuilder<UserPhoneChange> change)
    {
        change.ToTable("user_phone_changes");
        change.IsAuditedTogether();
        change.BelongsToPerson(row => row.UserId);
        change.HasKey(row => row.UserId);
        change.Property(row => row.UserId).ValueGeneratedNever();
        change.Property(row => row.Phone).HasMaxLength(32).IsPersonal();
        change.Property(row => row.Nonce).IsConcurrencyToken();
        change.PrimitiveCollection(row => row.Sent).HasMaxLength(200);
        change.HasOne<AppUser>().WithOne().HasForeignKey<UserPhoneChange>(row => row.UserId);
    }
}
