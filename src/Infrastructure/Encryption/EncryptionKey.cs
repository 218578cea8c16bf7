using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Configuration;

namespace GoApi.Infrastructure.Encryption;

/// <summary>
/// The key of the installation (<c>ENCRYPTION_KEY</c>), and those before it that still decrypt (<c>ENCRYPTION_KEY_PREVIOUS</c>). For each
/// purpose a key of its own is derived (HKDF, RFC 5869), so that none can be used in place of another, and used for authenticated encryption
/// (AES-256-GCM, NIST SP 800-38D). Only for what is stored and marked with <c>IsEncrypted</c>, so that it can be encrypted anew; everything
/// else that needs a key has one in <see cref="StoredKeys"/> (decision 0031).
/// </summary>
internal sealed class EncryptionKey
{
    // The one that encrypts is the first.
    private readonly Root[] roots;

    private EncryptionKey(IEnumerable<byte[]> roots) => this.roots = [.. roots.Select(root => new Root(root))];

    /// <summary>Names the key that encrypts, and tells nothing of it.</summary>
    public string Id => roots[0].Id;

    /// <summary>Takes the configured keys, or makes one below <c>DATA_PATH</c> and keeps it: only outside of production, where the configuration requires it.</summary>
    public static EncryptionKey Load(AppSettings settings) => new(
        [.. new[] { settings.EncryptionKey ?? ReadOrMake(Path.Combine(settings.DataPath, "encryption.key")) }.Concat(settings.PreviousEncryptionKeys).Select(Convert.FromBase64String)]);

    /// <summary>What a key for this purpose was before there were <see cref="StoredKeys"/>.</summary>
    public byte[] DerivedBefore(string purpose) => roots[0].Derive(purpose);

    /// <returns>The id of the key, nonce, ciphertext and tag.</returns>
    public byte[] Encrypt(string purpose, ReadOnlySpan<byte> plaintext) => [.. roots[0].Prefix, .. Aes256Gcm.Encrypt(roots[0].Derive(purpose), plaintext)];

    /// <exception cref="UndecryptableException">It was changed, or encrypted for another purpose or with a key that is not here.</exception>
    public byte[] Decrypt(string purpose, ReadOnlySpan<byte> encrypted) =>
        TryDecrypt(purpose, encrypted, out var plaintext, out _) ? plaintext : throw new UndecryptableException(Describe(purpose, encrypted));

    /// <param name="isCurrent">Whether it was encrypted as it would be now.</param>
    public bool TryDecrypt(string purpose, ReadOnlySpan<byte> encrypted, [NotNullWhen(true)] out byte[]? plaintext, out bool isCurrent)
    {
        isCurrent = false;
        foreach (var root in roots)
        {
            if (!encrypted.StartsWith(root.Prefix) || (plaintext = root.Decrypt(purpose, encrypted[Root.PrefixSize..])) is null) continue;
            isCurrent = root == roots[0];
            return true;
        }

        // Written before keys had ids.
        foreach (var root in roots)
            if ((plaintext = root.Decrypt(purpose, encrypted)) is not null)
                return true;

        plaintext = null;
        return false;
    }

    /// <summary>Why it cannot be decrypted, for people.</summary>
    public string Describe(string name, ReadOnlySpan<byte> encrypted)
    {
        foreach (var root in roots)
            if (encrypted.StartsWith(root.Prefix))
                return $"{name} cannot be decrypted: it was encrypted with key {root.Id}, which is here, and was changed or moved since then.";
        var previous = roots.Length == 1 ? "ENCRYPTION_KEY_PREVIOUS is not set" : $"ENCRYPTION_KEY_PREVIOUS has {string.Join(", ", roots.Skip(1).Select(root => root.Id))}";
        return $"{name} cannot be decrypted: it was encrypted with {(Root.IdIn(encrypted) is { } id ? $"key {id}" : "another key")}; ENCRYPTION_KEY is key {Id}, and {previous}.";
    }

    // Two processes that start at once must agree: the file appears whole, and only one of them makes it.
    private static string ReadOrMake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
        {
            var draft = $"{path}.{Environment.ProcessId}";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var writer = new StreamWriter(path: draft, Encoding.ASCII, options)) writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
            try
            {
                File.Move(draft, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(draft);
            }
        }

        return File.ReadAllText(path).Trim();
    }

    private sealed class Root
    {
        public const int PrefixSize = 1 + IdSize;

        private const int IdSize = 3;

        // Before the id. Two keys with the same id, or a nonce from before that looks like one, cost a vain attempt and nothing else.
        private const byte Mark = 0xE1;

        private readonly byte[] key;

        public Root(byte[] key)
        {
            this.key = key;
            Prefix = [Mark, .. Derive("key-id").AsSpan(0, IdSize)];
            Id = Convert.ToHexStringLower(Prefix.AsSpan(1));
        }

        public byte[] Prefix { get; }

        public string Id { get; }

        public static string? IdIn(ReadOnlySpan<byte> encrypted) => encrypted.Length > PrefixSize && encrypted[0] == Mark ? Convert.ToHexStringLower(encrypted[1..PrefixSize]) : null;

        public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Aes256Gcm.KeySize, info: Encoding.UTF8.GetBytes($"goapi:{purpose}"));

        public byte[]? Decrypt(string purpose, ReadOnlySpan<byte> encrypted)
        {
            if (encrypted.Length < Aes256Gcm.Overhead) return null;

            try
            {
                return Aes256Gcm.Decrypt(Derive(purpose), encrypted);
            }
            catch (AuthenticationTagMismatchException)
            {
                return null;
            }
        }
    }
}

/// <summary>
/// Something is there and no key decrypts it. It is not a <see cref="CryptographicException"/>, which is what forged input is refused for:
/// whoever takes that for "there is none" must not take this for it.
/// </summary>
internal sealed class UndecryptableException(string message) : Exception(message);
