using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Configuration;

namespace GoApi.Infrastructure.Encryption;

/// <summary>
/// The one key of the installation (<c>ENCRYPTION_KEY</c>) and what is derived from it: a key of its own for each purpose
/// (HKDF, RFC 5869), so that none can be used in place of another, and authenticated encryption with it (AES-256-GCM, NIST SP 800-38D).
/// </summary>
internal sealed class EncryptionKey
{
    private readonly byte[] root;

    private EncryptionKey(byte[] root) => this.root = root;

    /// <summary>Takes the configured key, or makes one below <c>DATA_PATH</c> and keeps it: only outside of production, where the configuration requires it.</summary>
    public static EncryptionKey Load(AppSettings settings) =>
        new(Convert.FromBase64String(settings.EncryptionKey ?? ReadOrMake(Path.Combine(settings.DataPath, "encryption.key"))));

    /// <returns>32 bytes, always the same for the same purpose.</returns>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, root, Aes256Gcm.KeySize, info: Encoding.UTF8.GetBytes($"goapi:{purpose}"));

    /// <returns>Nonce, ciphertext and tag.</returns>
    public byte[] Encrypt(string purpose, ReadOnlySpan<byte> plaintext) => Aes256Gcm.Encrypt(Derive(purpose), plaintext);

    /// <exception cref="CryptographicException">It was changed, or encrypted with another key or for another purpose.</exception>
    public byte[] Decrypt(string purpose, ReadOnlySpan<byte> encrypted) => Aes256Gcm.Decrypt(Derive(purpose), encrypted);

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
}
