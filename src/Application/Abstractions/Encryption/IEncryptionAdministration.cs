namespace GoApi.Application.Abstractions.Encryption;

/// <summary>What is stored encrypted, for whoever changes <c>ENCRYPTION_KEY</c>: the commands of the host (decision 0031).</summary>
public interface IEncryptionAdministration
{
    /// <summary>Names <c>ENCRYPTION_KEY</c> without telling it.</summary>
    string KeyId { get; }

    /// <summary>Reads all of it and changes nothing.</summary>
    Task<IReadOnlyList<EncryptedState>> CheckAsync(CancellationToken ct);

    /// <summary>
    /// Encrypts with <c>ENCRYPTION_KEY</c> what is encrypted with a previous key, while other hosts go on; audited. It takes up where an
    /// interrupted one stopped, and leaves what no key decrypts as it is.
    /// </summary>
    Task<IReadOnlyList<EncryptedState>> RotateAsync(CancellationToken ct);
}

/// <param name="What">Table and column.</param>
/// <param name="Current">Rows that <c>ENCRYPTION_KEY</c> decrypts.</param>
/// <param name="Previous">Rows that need a previous key.</param>
/// <param name="Unreadable">Rows that no key decrypts.</param>
/// <param name="Reencrypted">Rows that were encrypted anew just now.</param>
/// <param name="Examples">Why, for the first hundred that cannot be read.</param>
public sealed record EncryptedState(string What, int Current, int Previous, int Unreadable, int Reencrypted, IReadOnlyList<string> Examples);
