using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Encryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>A key that access and ID tokens are signed with.</summary>
internal sealed class SigningKey
{
    /// <summary>UUID version 7; without dashes it is the <c>kid</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>JWA name (RFC 7518).</summary>
    public required string Algorithm { get; init; }

    /// <summary>PKCS#8, encrypted with the installation's key.</summary>
    public required byte[] PrivateKey { get; init; }

    /// <summary>From here on it is published.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public SigningKeyState State { get; set; }

    /// <summary>From here on it signs.</summary>
    public DateTimeOffset? ActivatedAt { get; set; }

    /// <summary>Of a retired key: by then everything that it signed has expired.</summary>
    public DateTimeOffset? VerifiesUntil { get; set; }

    public string KeyId => Id.ToString("N");
}

internal enum SigningKeyState
{
    /// <summary>Signs and verifies; there is one.</summary>
    Active,

    /// <summary>Published before it signs, so that nobody meets a key they have not seen.</summary>
    Next,

    /// <summary>Verifies until its last token has expired.</summary>
    Retired,
}

internal sealed class SigningKeyConfiguration : IEntityTypeConfiguration<SigningKey>
{
    public void Configure(EntityTypeBuilder<SigningKey> key)
    {
        key.ToTable("signing_keys");
        key.IsAuditedTogether();
        key.Property(row => row.Id).ValueGeneratedNever();
        key.Property(row => row.Algorithm).HasMaxLength(16);
        key.Property(row => row.PrivateKey).HasMaxLength(1_000).IsEncrypted(SigningKeys.Purpose);
        // Whatever two instances do at once, one key signs and one is next: the second insert is refused.
        key.HasIndex(row => row.State).IsUnique().HasFilter("state IN ('active', 'next')").HasDatabaseName("ux_signing_keys_state");
    }
}
