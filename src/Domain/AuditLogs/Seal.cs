using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace GoApi.Domain.AuditLogs;

/// <summary>
/// Vouches for a run of entries: all that were committed with a sequence behind that of the seal before it, up to
/// <see cref="LastSequence"/>. It holds the root of their tree and the hash of the seal before it, and is signed: a seal that somebody keeps
/// elsewhere vouches for everything up to it.
/// </summary>
public sealed record Seal
{
    /// <summary>What the first seal has in place of the hash of one before it: 32 octets of zero.</summary>
    public static readonly string Genesis = new('0', MerkleTree.HashSize * 2);

    /// <summary>From 1, without a gap.</summary>
    public required long Number { get; init; }

    /// <summary>The <see cref="Hash"/> of the seal before it.</summary>
    public required string Previous { get; init; }

    /// <summary>Of the first entry in it.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>Of the last entry in it.</summary>
    public required long LastSequence { get; init; }

    /// <summary>How many there are: sequences have gaps, where a transaction was undone.</summary>
    public required long Entries { get; init; }

    /// <summary>Of the tree of the entries' hashes, by their sequence; 64 lower-case hexadecimal digits.</summary>
    public required string Root { get; init; }

    /// <summary>The thumbprint of the key that signed (<see cref="SealKey.Id"/>).</summary>
    public required string KeyId { get; init; }

    /// <summary>To the millisecond, as the API shows it.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>ES256 over <see cref="Payload"/>: r and s, 32 octets each (RFC 7518, section 3.4), in base64url.</summary>
    public string Signature { get; init; } = "";

    /// <summary>SHA-256 over <see cref="Payload"/>; 64 lower-case hexadecimal digits.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Payload()));

    /// <summary>What is hashed and signed: the canonical form (RFC 8785) of everything but the signature.</summary>
    public byte[] Payload()
    {
        ArrayBufferWriter<byte> output = new(512);
        new CanonicalJson(output)
            .Member("created_at", CreatedAt, digits: 3)
            .Member("entries", Entries)
            .Member("first_sequence", FirstSequence)
            .Member("key_id", KeyId)
            .Member("last_sequence", LastSequence)
            .Member("number", Number)
            .Member("previous", Previous)
            .Member("root", Root)
            .End();
        return output.WrittenSpan.ToArray();
    }

    public Seal SignedWith(ECDsa key) => this with { Signature = Base64Url.EncodeToString(key.SignData(Payload(), HashAlgorithmName.SHA256)) };

    /// <summary>False also where the signature is no base64url.</summary>
    public bool IsSignedBy(ECDsa key)
    {
        var signature = new byte[Base64Url.GetMaxDecodedLength(Signature.Length)];
        return Base64Url.IsValid(Signature) && Base64Url.TryDecodeFromChars(Signature, signature, out var length)
            && key.VerifyData(Payload(), signature.AsSpan(0, length), HashAlgorithmName.SHA256);
    }
}
