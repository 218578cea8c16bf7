using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace NATS.NKeys;

/// <summary>
/// An Ed25519 key pair (RFC 8032) in the text form of NATS: the part of the package NATS.NKeys
/// that NATS.Net calls to answer a server's nonce. Curve keys (X25519) do not sign and are refused.
/// </summary>
/// <remarks>
/// The text form is the one of the reference implementation, github.com/nats-io/nkeys, strkey.go:
/// base32 without padding (RFC 4648, 6) of prefix, key and checksum.
/// </remarks>
public sealed class KeyPair : IDisposable
{
    private const int KeyBytes = 32; // the secret key and the public key alike
    private const int SignatureBytes = 64;
    private const int SeedBytes = 2 + KeyBytes + Crc16.Size;
    private const int PublicKeyBytes = 1 + KeyBytes + Crc16.Size;
    private const int SeedPrefix = 18 << 3; // base32 starts with S

    private readonly byte role;
    // Pinned, so that the garbage collector leaves no copies behind that Dispose cannot reach.
    private readonly byte[] secretKey = GC.AllocateArray<byte>(KeyBytes, pinned: true);
    private readonly byte[] publicKey = new byte[KeyBytes];
    private bool disposed;

    private KeyPair(byte role, ReadOnlySpan<byte> secretKey)
    {
        this.role = role;
        secretKey.CopyTo(this.secretKey);
        Ed25519.GeneratePublicKey(this.secretKey, publicKey);
    }

    // What the second letter of a seed, the first of a public key, stands for:
    // operator (O), server (N), cluster (C), account (A), user (U).
    private static ReadOnlySpan<byte> Roles => [14 << 3, 13 << 3, 2 << 3, 0, 20 << 3];

    /// <summary>Reads a seed such as <c>SU…</c>: 58 characters, upper case.</summary>
    /// <exception cref="NKeysException">
    /// Wrong length, a character that is not base32, wrong checksum, or not the seed of a signing key.
    /// The message never holds the seed.
    /// </exception>
    public static KeyPair FromSeed(ReadOnlySpan<char> seed)
    {
        Span<byte> raw = stackalloc byte[SeedBytes];
        try
        {
            Base32.Decode(seed, raw);
            if (!Crc16.IsAtEndOf(raw))
                throw new NKeysException("The NKey seed has a wrong checksum.");
            if ((raw[0] & 0b1111_1000) != SeedPrefix)
                throw new NKeysException("The NKey is not a seed: a seed starts with S.");

            // The five bits of the role follow the five of the prefix, so that both can be read as letters.
            var role = (byte)((raw[0] << 5) | (raw[1] >> 3));
            if (!Roles.Contains(role))
                throw new NKeysException("The NKey seed is not one of a signing key: its second letter is none of O, N, C, A, U.");
            return new KeyPair(role, raw.Slice(2, KeyBytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(raw);
        }
    }

    /// <summary>The public key, such as <c>U…</c>: 56 characters.</summary>
    public string GetPublicKey()
    {
        Span<byte> raw = stackalloc byte[PublicKeyBytes];
        raw[0] = role;
        publicKey.CopyTo(raw[1..]);
        Crc16.WriteAtEndOf(raw);
        return Base32.Encode(raw);
    }

    /// <summary>Writes the 64 bytes of the signature of <paramref name="message"/> (RFC 8032, 5.1.6).</summary>
    /// <exception cref="ArgumentException"><paramref name="signature"/> is shorter than 64 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The secret key has been wiped.</exception>
    public void Sign(ReadOnlyMemory<byte> message, Memory<byte> signature)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (signature.Length < SignatureBytes)
            throw new ArgumentException($"A signature takes {SignatureBytes} bytes.", nameof(signature));
        Ed25519.Sign(secretKey, message.Span, signature.Span[..SignatureBytes]);
    }

    /// <summary>Wipes the secret key.</summary>
    public void Dispose()
    {
        disposed = true;
        CryptographicOperations.ZeroMemory(secretKey);
    }
}
