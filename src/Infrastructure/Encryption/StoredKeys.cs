using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Encryption;

/// <summary>
/// Keys that outlive <c>ENCRYPTION_KEY</c>, for what has to stay the same when that one changes: digests that are looked up, and what is signed
/// or encrypted for a time and cannot be done again. Random, made once and encrypted at rest; loaded before the host serves.
/// </summary>
internal sealed class StoredKeys
{
    public const string AuditAddresses = "audit-addresses";
    public const string ClientSecrets = "client-secrets";
    public const string Cursors = "list-cursors";
    public const string IdempotencyFingerprints = "idempotency-fingerprint";
    public const string LogInThrottles = "log-in-throttles";
    public const string OAuthEncryption = "oauth-encryption";
    public const string OAuthSigning = "oauth-internal";
    public const string PhoneCodes = "phone-code";
    public const string RecoveryCodes = "recovery-code";
    public const string RefreshSuccessors = "refresh-successor";

    /// <summary>They are stored under these names, so that none is ever changed.</summary>
    public static readonly string[] Names =
        [AuditAddresses, ClientSecrets, Cursors, IdempotencyFingerprints, LogInThrottles, OAuthEncryption, OAuthSigning, PhoneCodes, RecoveryCodes, RefreshSuccessors];

    private Dictionary<string, byte[]> keys = [];

    /// <returns>32 bytes. They are the caller's to read only.</returns>
    public byte[] Get(string name) => keys.TryGetValue(name, out var key) ? key : throw new InvalidOperationException($"The stored key {name} is not loaded: the host's start does that.");

    public static string Purpose(string name) => $"stored-key:{name}";

    /// <exception cref="UndecryptableException">One is there and no key of ours decrypts it.</exception>
    public async Task LoadAsync(AppDbContext db, EncryptionKey encryption, CancellationToken ct) =>
        keys = (await db.Set<StoredKey>().AsNoTracking().ToListAsync(ct)).ToDictionary(row => row.Name, row => encryption.Decrypt(Purpose(row.Name), row.WrappedKey));
}

internal sealed class StoredKey
{
    /// <summary>One of <see cref="StoredKeys.Names"/>.</summary>
    public required string Name { get; init; }

    /// <summary>32 bytes, encrypted.</summary>
    public required byte[] WrappedKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class StoredKeyConfiguration : IEntityTypeConfiguration<StoredKey>
{
    public void Configure(EntityTypeBuilder<StoredKey> key)
    {
        key.ToTable("stored_keys");
        key.IsAuditedTogether();
        key.HasKey(row => row.Name);
        key.Property(row => row.Name).HasMaxLength(64);
        key.Property(row => row.WrappedKey).HasMaxLength(64).IsEncrypted(StoredKeys.Purpose("{0}"));
    }
}
