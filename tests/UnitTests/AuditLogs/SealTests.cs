using System.Security.Cryptography;
using System.Text;
using GoApi.Domain.AuditLogs;

namespace GoApi.UnitTests.AuditLogs;

[Trait("Promise", "A3")]
public class SealTests
{
    private static readonly Seal Sample = new()
    {
        Number = 2,
        Previous = Seal.Genesis,
        FirstSequence = 5,
        LastSequence = 9,
        Entries = 3,
        Root = new string('a', 64),
        KeyId = "key",
        CreatedAt = Start,
    };

    [Fact]
    public void Payload_is_canonical_and_the_hash_is_of_it()
    {
        var payload = Encoding.UTF8.GetString(Sample.Payload());

        Assert.Equal(
            $$"""{"created_at":"2026-01-15T10:30:00.000Z","entries":3,"first_sequence":5,"key_id":"key","last_sequence":9,"number":2,"previous":"{{Seal.Genesis}}","root":"{{new string('a', 64)}}"}""", payload);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Sample.Payload())), Sample.Hash);
    }

    [Fact]
    public void Signature_is_that_of_ES256_and_no_part_of_the_hash()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var made = Sample.SignedWith(key);

        Assert.True(made.IsSignedBy(key));
        // r and s, 32 octets each.
        Assert.Equal(86, made.Signature.Length);
        Assert.Equal(Sample.Hash, made.Hash);
    }

    // RFC 7517, appendix A.1, and its thumbprint as RFC 7638 has it computed.
    [Fact]
    public void Key_is_named_by_its_thumbprint()
    {
        SealKey key = new("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM");

        Assert.Equal("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s", key.Id);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4")]
    [InlineData("not base64", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM")]
    public void What_is_no_point_of_the_curve_is_no_key(string x, string y) => Assert.Throws<FormatException>(() => new SealKey(x, y));
}
