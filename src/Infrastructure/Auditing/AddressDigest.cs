using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Infrastructure.Encryption;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// The keyed digest of an address. Without the key all IPv4 addresses are tried in minutes; with it two rows show only that they are of the
/// same address.
/// </summary>
internal sealed class AddressDigest(StoredKeys keys)
{
    /// <summary>Bytes. Half of HMAC-SHA-256: none is ever found twice by chance.</summary>
    public const int Size = 16;

    /// <summary>The same for every spelling of an address; null where it is none.</summary>
    public byte[]? Of(string? address) => ClientAddress.Canonical(address) is { } canonical ? HMACSHA256.HashData(keys.Get(StoredKeys.AuditAddresses), Encoding.ASCII.GetBytes(canonical))[..Size] : null;
}
