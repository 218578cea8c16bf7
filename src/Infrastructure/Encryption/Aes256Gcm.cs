using System.Security.Cryptography;
using System.Text;

namespace GoApi.Infrastructure.Encryption;

/// <summary>Authenticated encryption (AES-256-GCM, NIST SP 800-38D) with a random nonce: nonce, ciphertext and tag in one.</summary>
internal static class Aes256Gcm
{
    public const int KeySize = 32;

    /// <summary>How much longer the result is than what went in.</summary>
    public const int Overhead = NonceSize + TagSize;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <param name="context">Where the text belongs: it can be decrypted with the same context only, so that no two can be swapped.</param>
    public static byte[] Encrypt(byte[] key, ReadOnlySpan<byte> plaintext, string? context = null)
    {
        var result = new byte[plaintext.Length + Overhead];
        RandomNumberGenerator.Fill(result.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(result.AsSpan(0, NonceSize), plaintext, result.AsSpan(NonceSize, plaintext.Length), result.AsSpan(NonceSize + plaintext.Length), Data(context));
        return result;
    }

    /// <exception cref="CryptographicException">It was changed, or encrypted with another key or for another context.</exception>
    public static byte[] Decrypt(byte[] key, ReadOnlySpan<byte> encrypted, string? context = null)
    {
        if (encrypted.Length < Overhead) throw new CryptographicException("Too short to have been encrypted here.");

        var plaintext = new byte[encrypted.Length - Overhead];
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(encrypted[..NonceSize], encrypted[NonceSize..^TagSize], encrypted[^TagSize..], plaintext, Data(context));
        return plaintext;
    }

    private static ReadOnlySpan<byte> Data(string? context) => context is null ? default : Encoding.UTF8.GetBytes(context);
}
