using GoApi.Domain.AuditLogs;

namespace GoApi.Application.AuditLogs;

/// <summary>A seal over a run of entries; what its hash and its signature are of is described in docs/audit-trail.md.</summary>
/// <param name="Number">From 1, without a gap.</param>
/// <param name="Previous">The <c>hash</c> of the seal before it; 64 zeros for the first.</param>
/// <param name="FirstSequence">Of the first entry in it.</param>
/// <param name="LastSequence">Of the last entry in it.</param>
/// <param name="Entries">How many entries there are between them, both included.</param>
/// <param name="Root">Of the Merkle tree of the entries (RFC 9162, section 2.1), in hexadecimal.</param>
/// <param name="KeyId">The thumbprint (RFC 7638) of the key that signed.</param>
/// <param name="Hash">SHA-256 over the seal, in hexadecimal: keep it elsewhere, and nothing up to here can be changed or cut off unseen.</param>
/// <param name="Signature">ES256 over the seal (RFC 7518, section 3.4), in base64url.</param>
/// <param name="Key">The public key; null where it is none of ours, which <c>verify</c> reports.</param>
public sealed record SealDto(
    long Number, string Previous, long FirstSequence, long LastSequence, long Entries, string Root, string KeyId, DateTimeOffset CreatedAt, string Hash, string Signature, SealJwk? Key)
{
    public static SealDto Of(Seal seal, SealKey? key) => new(
        seal.Number, seal.Previous, seal.FirstSequence, seal.LastSequence, seal.Entries, seal.Root, seal.KeyId, seal.CreatedAt, seal.Hash, seal.Signature, key is null ? null : SealJwk.Of(key));

    /// <summary>As it was signed; whatever else is said of it.</summary>
    public Seal ToSeal() => new()
    {
        Number = Number,
        Previous = Previous,
        FirstSequence = FirstSequence,
        LastSequence = LastSequence,
        Entries = Entries,
        Root = Root,
        KeyId = KeyId,
        CreatedAt = CreatedAt,
        Signature = Signature,
    };
}

/// <summary>A public key (RFC 7517; RFC 7518, section 6.2.1).</summary>
/// <param name="Kty"><c>EC</c>.</param>
/// <param name="Crv"><c>P-256</c>.</param>
public sealed record SealJwk(string Kty, string Crv, string X, string Y)
{
    public static SealJwk Of(SealKey key) => new("EC", "P-256", key.X, key.Y);

    /// <exception cref="FormatException">It is no key for ES256.</exception>
    public SealKey ToKey() => Kty == "EC" && Crv == "P-256" ? new SealKey(X, Y) : throw new FormatException("A key on the curve P-256 is expected.");
}

/// <param name="KeyId">Its thumbprint (RFC 7638).</param>
public sealed record SealKeyDto(string KeyId, DateTimeOffset CreatedAt, SealJwk Key);

/// <summary>Shows that one entry is in a seal (RFC 9162, section 2.1.3), to whoever has that seal.</summary>
/// <param name="Record">The entry as it is stored and was sealed: canonical JSON (RFC 8785), in which what is personal is encrypted.</param>
/// <param name="LeafHash">SHA-256 over the octet 0 and the record, in hexadecimal.</param>
/// <param name="LeafIndex">Where it stands among the entries of the seal, from 0.</param>
/// <param name="TreeSize">The entries of the seal.</param>
/// <param name="Path">The hashes beside its way to the root, from the bottom to the top, in hexadecimal.</param>
public sealed record InclusionProof(string Record, string LeafHash, int LeafIndex, int TreeSize, IReadOnlyList<string> Path, SealDto Seal);
