using System.Security.Cryptography;
using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>The keys that seals are signed with. One that is not encrypted with the installation's key is none of ours, whoever put it there.</summary>
internal sealed class SealKeys(EncryptionKey encryption, TimeProvider time)
{
    public const string Purpose = "audit-seals";

    /// <summary>Adds a key to the unit of work; from its save on it signs.</summary>
    public string Add(AppDbContext db)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var id = SealKey.Of(key).Id;
        db.Add(new AuditSealKey { Id = id, PrivateKey = encryption.Encrypt(Purpose, key.ExportPkcs8PrivateKey()), CreatedAt = time.GetUtcNow() });
        return id;
    }

    /// <summary>The one that signs, with both halves; the caller disposes of it.</summary>
    /// <exception cref="InvalidOperationException">There is none that the installation's key opens.</exception>
    public async Task<ECDsa> OpenSigningKeyAsync(AppDbContext db, CancellationToken ct)
    {
        foreach (var row in await RowsAsync(db, ct))
            if (Open(row) is { } key)
                return key;
        throw new InvalidOperationException("No key to sign seals with can be decrypted: audit_seal_keys is empty, or ENCRYPTION_KEY is not the one that they were encrypted with.");
    }

    /// <summary>Those that ever signed, the one that does first.</summary>
    public async Task<IReadOnlyList<(SealKey Key, DateTimeOffset CreatedAt)>> ListAsync(AppDbContext db, CancellationToken ct)
    {
        List<(SealKey, DateTimeOffset)> keys = [];
        foreach (var row in await RowsAsync(db, ct))
        {
            using var key = Open(row);
            if (key is not null) keys.Add((SealKey.Of(key), row.CreatedAt));
        }

        return keys;
    }

    private static Task<List<AuditSealKey>> RowsAsync(AppDbContext db, CancellationToken ct) =>
        db.Set<AuditSealKey>().AsNoTracking().OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id).ToListAsync(ct);

    private ECDsa? Open(AuditSealKey row)
    {
        // Written by somebody who does not have the installation's key: its seals are reported as signed by an unknown one.
        if (!encryption.TryDecrypt(Purpose, row.PrivateKey, out var encoded, out _)) return null;

        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(encoded, out _);
        if (SealKey.Of(key).Id == row.Id) return key;

        key.Dispose();
        return null;
    }
}
