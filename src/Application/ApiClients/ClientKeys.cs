using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace GoApi.Application.ApiClients;

/// <summary>What may be registered as a client's keys: a JWK Set (RFC 7517, section 5) of public keys that are strong enough to prove who it is.</summary>
internal static class ClientKeys
{
    private const int MaxKeys = 10;
    private const int MaxLength = 16_384;
    private const int MinRsaBits = 2_048;
    private const int MaxRsaBits = 8_192;

    // RFC 7518, sections 6.2.2 and 6.3.2, and 6.4 for symmetric keys.
    private static readonly string[] Private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <returns>A sentence for people; null where there is nothing wrong.</returns>
    public static string? FaultOf(JsonElement set)
    {
        if (set.ValueKind != JsonValueKind.Object || !set.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
            return "A JWK Set is expected: an object with an array \"keys\".";
        if (set.GetRawText().Length > MaxLength) return $"At most {MaxLength} characters.";
        if (keys.GetArrayLength() is 0 or > MaxKeys) return $"1 to {MaxKeys} keys are expected.";

        var ids = keys.EnumerateArray().Select(key => Text(key, "kid")).OfType<string>().ToArray();
        if (ids.Distinct(StringComparer.Ordinal).Count() < ids.Length) return "Each key needs a kid of its own.";
        return keys.EnumerateArray().Select(FaultOfKey).FirstOrDefault(fault => fault is not null);
    }

    private static string? FaultOfKey(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object) return "Each key is an object.";
        if (Private.Any(member => key.TryGetProperty(member, out _))) return "Private and symmetric keys stay with the client: send the public part only.";
        if (Text(key, "use") is { } use && use != "sig") return "A key for signatures is expected (use: sig).";

        try
        {
            return Text(key, "kty") switch
            {
                "RSA" => FaultOfRsa(Bytes(key, "n"), Bytes(key, "e")),
                "EC" => FaultOfCurve(Text(key, "crv"), Bytes(key, "x"), Bytes(key, "y")),
                _ => "RSA or EC keys are expected (kty).",
            };
        }
        catch (Exception wrong) when (wrong is FormatException or CryptographicException)
        {
            return "The numbers of a key are no key.";
        }
    }

    private static string? FaultOfRsa(byte[] modulus, byte[] exponent)
    {
        if (modulus.Length * 8 > MaxRsaBits) return $"RSA keys have at most {MaxRsaBits} bits.";
        using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
        return rsa.KeySize < MinRsaBits ? $"RSA keys have at least {MinRsaBits} bits." : null;
    }

    private static string? FaultOfCurve(string? curve, byte[] x, byte[] y)
    {
        ECCurve? named = curve switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            _ => null,
        };
        if (named is not { } known) return "EC keys are of P-256, P-384 or P-521 (crv).";

        // The import checks that the point is on the curve.
        using var key = ECDsa.Create(new ECParameters { Curve = known, Q = new ECPoint { X = x, Y = y } });
        return null;
    }

    private static string? Text(JsonElement key, string member) => key.ValueKind == JsonValueKind.Object && key.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] Bytes(JsonElement key, string member) => Text(key, member) is { Length: > 0 } text ? Base64Url.DecodeFromChars(text) : throw new FormatException($"{member} is missing.");
}
