using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GoApi.Domain.AuditLogs;

/// <summary>The public half of a key that seals are signed with: ES256, that is ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4).</summary>
public sealed record SealKey
{
    private const int CoordinateSize = 32;

    /// <param name="x">Base64url, 32 octets.</param>
    /// <param name="y">Base64url, 32 octets.</param>
    /// <exception cref="FormatException">It is no point of the curve.</exception>
    public SealKey(string x, string y)
    {
        (X, Y) = (x, y);
        // Members in the order that RFC 7638, section 3.3, asks for.
        Id = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""")));
        using var key = Open();
    }

    /// <summary>Its thumbprint (RFC 7638): whoever knows that knows the key.</summary>
    public string Id { get; }

    public string X { get; }

    public string Y { get; }

    public static SealKey Of(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new SealKey(Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
    }

    /// <summary>For many signatures of one key.</summary>
    /// <exception cref="FormatException">It is no point of the curve.</exception>
    public ECDsa Open()
    {
        try
        {
            return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Coordinate(X), Y = Coordinate(Y) } });
        }
        catch (CryptographicException fault)
        {
            throw new FormatException("The key is no point of the curve P-256.", fault);
        }
    }

    private static byte[] Coordinate(string text) =>
        Base64Url.DecodeFromChars(text) is { Length: CoordinateSize } octets ? octets : throw new FormatException("A coordinate of a P-256 key has 32 octets.");
}
