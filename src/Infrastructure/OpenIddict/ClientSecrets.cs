using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Encryption;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Client secrets are 256 random bits, made by us and nobody else. A slow hash protects what can be guessed; for these one round of a keyed
/// hash is enough (NIST SP 800-63B on look-up secrets: a salted key derivation below 112 bits of entropy only), costs a thousandth, and
/// makes the table useless without the key of the installation.
/// </summary>
internal sealed class ClientSecrets(StoredKeys keys)
{
    private const string Keyed = "hmac-sha256:";

    // Of installations before the hash was keyed: they verify until the secret is regenerated.
    private const string Unkeyed = "sha256:";

    private const int Octets = 32;

    /// <returns>To be shown once; only its hash is stored.</returns>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Octets));

    /// <summary>Whatever else it may be, it could be a secret.</summary>
    public static bool IsShapedLikeOne(string text) => Base64Url.IsValid(text, out var octets) && octets == Octets;

    /// <summary>As it is stored.</summary>
    public string Hash(string secret) => Keyed + Convert.ToBase64String(HMACSHA256.HashData(keys.Get(StoredKeys.ClientSecrets), Encoding.UTF8.GetBytes(secret)));

    public bool Matches(string secret, string stored) => CryptographicOperations.FixedTimeEquals(
        Encoding.ASCII.GetBytes(stored.StartsWith(Unkeyed, StringComparison.Ordinal) ? Unkeyed + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(secret))) : Hash(secret)),
        Encoding.ASCII.GetBytes(stored));
}
