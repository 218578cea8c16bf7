using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Identity;

/// <summary>The secret that a user's authenticator shares with us; in use where the user's <c>TwoFactorEnabled</c> says so, waiting otherwise.</summary>
internal sealed class UserTotp
{
    public required Guid UserId { get; init; }

    /// <summary>Encrypted for this user.</summary>
    public required byte[] Secret { get; set; }

    /// <summary>The last time step whose code was accepted: it and earlier ones are used up (RFC 6238, section 5.2).</summary>
    public long LastStep { get; set; }

    public static string Purpose(object userId) => $"totp:{userId}";
}

/// <summary>A recovery code that was not used yet, as a keyed hash.</summary>
internal sealed class UserRecoveryCode
{
    public required Guid UserId { get; init; }

    public required byte[] CodeHash { get; init; }
}

internal sealed class SecondFactorConfiguration : IEntityTypeConfiguration<UserTotp>, IEntityTypeConfiguration<UserRecoveryCode>
{
    public void Configure(EntityTypeBuilder<UserTotp> totp)
    {
        totp.ToTable("user_totp");
        totp.IsAuditedTogether();
        totp.BelongsToPerson(row => row.UserId);
        totp.HasKey(row => row.UserId);
        totp.Property(row => row.UserId).ValueGeneratedNever();
        totp.Property(row => row.Secret).HasMaxLength(64).IsPersonalSecret().IsEncrypted(UserTotp.Purpose("{0}"));
        totp.HasOne<AppUser>().WithOne().HasForeignKey<UserTotp>(row => row.UserId);
    }

    public void Configure(EntityTypeBuilder<UserRecoveryCode> code)
    {
        code.ToTable("user_recovery_codes");
        code.IsAuditedTogether();
        code.BelongsToPerson(row => row.UserId);
        code.HasKey(row => new { row.UserId, row.CodeHash });
        code.Property(row => row.CodeHash).HasMaxLength(32).IsPersonalSecret();
        code.HasOne<AppUser>().WithMany().HasForeignKey(row => row.UserId);
    }
}
