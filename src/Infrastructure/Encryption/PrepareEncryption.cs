using System.Security.Cryptography;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.Encryption;

/// <summary>
/// Makes and loads the stored keys, and refuses to start with an <c>ENCRYPTION_KEY</c> that is not this database's: found out later, it would
/// have been used to write by then. A rotation encrypts the stored keys last, so that they also tell whether one has come to its end.
/// </summary>
internal sealed partial class PrepareEncryption(AppDbContext db, StoredKeys keys, EncryptionKey encryption, TimeProvider time, ILogger<PrepareEncryption> logger) : IStartupTask
{
    public async Task RunAsync(CancellationToken ct)
    {
        var columns = EncryptedColumn.Of(db.Model);
        var samples = await SamplesAsync(columns, ct);
        var stored = await db.Set<StoredKey>().AsNoTracking().Select(row => row.Name).ToListAsync(ct);
        var witnesses = stored.Count == 0 ? samples : [.. samples.Where(sample => sample.Column.Entity == typeof(StoredKey))];
        if (witnesses.Any(witness => !witness.IsReadable)) throw Wrong(samples);

        var missing = StoredKeys.Names.Except(stored).ToArray();
        if (missing.Length > 0)
        {
            // An installation from before there were stored keys has digests that were made with derived ones.
            var derive = stored.Count == 0 && samples.Count > 0;
            if (derive && samples.Any(sample => !sample.IsCurrent))
                throw new InvalidConfigurationException(["ENCRYPTION_KEY: this version needs one start with the key as it was before it is changed, because it stores what it derives from it."]);
            db.AddRange(missing.Select(name => new StoredKey
            {
                Name = name,
                WrappedKey = encryption.Encrypt(StoredKeys.Purpose(name), derive ? encryption.DerivedBefore(name) : RandomNumberGenerator.GetBytes(Aes256Gcm.KeySize)),
                CreatedAt = time.GetUtcNow(),
            }));
            await db.SaveChangesAsync(ct);
        }

        await keys.LoadAsync(db, encryption, ct);
        if (samples.Where(sample => !sample.IsReadable).Select(sample => sample.Column.Name).ToArray() is { Length: > 0 } lost) Lost(logger, string.Join(", ", lost));
        if (samples.Any(sample => sample is { IsReadable: true, IsCurrent: false })) Waiting(logger, encryption.Id);
    }

    // The first row of each tells enough: a rotation goes through them in order.
    private async Task<IReadOnlyList<Sample>> SamplesAsync(IReadOnlyList<EncryptedColumn> columns, CancellationToken ct)
    {
        List<Sample> samples = [];
        foreach (var column in columns)
        {
            if (await column.ReadAsync(db, null, 1, ct) is not [{ Ciphertext: { } ciphertext } row]) continue;
            var isReadable = encryption.TryDecrypt(row.Purpose, ciphertext, out _, out var isCurrent);
            samples.Add(new Sample(column, isReadable, isCurrent));
        }

        return samples;
    }

    private InvalidConfigurationException Wrong(IReadOnlyList<Sample> samples) => new(
    [
        $"ENCRYPTION_KEY (key {encryption.Id}) is not the one that this database was encrypted with: {string.Join(", ", samples.Where(sample => !sample.IsReadable).Select(sample => sample.Column.Name))} cannot be decrypted. "
        + "Set the right one, or name it in ENCRYPTION_KEY_PREVIOUS until 'encryption rotate' has come to its end (docs/key-rotation.md).",
    ]);

    [LoggerMessage(1022, LogLevel.Error, "There are rows of {Columns} that no key decrypts: 'encryption check' names them")]
    private static partial void Lost(ILogger logger, string columns);

    [LoggerMessage(1020, LogLevel.Warning, "What is stored is still encrypted with a previous key: run 'encryption rotate', which encrypts it with ENCRYPTION_KEY (key {KeyId}), before ENCRYPTION_KEY_PREVIOUS is dropped")]
    private static partial void Waiting(ILogger logger, string keyId);

    private sealed record Sample(EncryptedColumn Column, bool IsReadable, bool IsCurrent);
}
