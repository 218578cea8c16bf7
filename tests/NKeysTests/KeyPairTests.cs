using System.Security.Cryptography;
using System.Text;
using NATS.NKeys;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Xunit;

namespace GoApi.NKeysTests;

public sealed class KeyPairTests
{
    private const string Seed = "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU";

    // RFC 8032, 7.1: tests 1 to 3 and "SHA(abc)".
    [Theory]
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    [InlineData(
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704")]
    public void Published_Ed25519_vectors_hold(string secretKey, string publicKey, string message, string signature)
    {
        using var pair = KeyPair.FromSeed(Nkey.Seed('U', Convert.FromHexString(secretKey)));

        Assert.Equal(Nkey.PublicKey('U', Convert.FromHexString(publicKey)), pair.GetPublicKey());
        Assert.Equal(signature, Convert.ToHexStringLower(Sign(pair, Convert.FromHexString(message))));
    }

    // From the tests of nats-io/nkeys.net (made by nsc), of nats-io/nkeys.py, and the documentation's example user.
    [Theory]
    [InlineData("SOAELH6NJCEK4HST5644G4HK7TOAFZGRRJHNM4EUKUY7PPNDLIKO5IH4JM", "ODPWIBQJVIQ42462QAFI2RKJC4RZHCQSIVPRDDHWFCJAP52NRZK6Z2YC")]
    [InlineData("SAANWFZ3JINNPERWT3ALE45U7GYT2ZDW6GJUIVPDKUF6GKAX6AISZJMAS4", "AATEJXG7UX4HFJ6ZPRTP22P6OYZER36YYD3GVBOVW7QHLU32P4QFFTZJ")]
    [InlineData("SUAGDLNBWI2SGHDRYBHD63NH5FGZSVJUW2J7GAJZXWANQFLDW6G5SXZESU", "UBICBTHDKQRB4LIYA6BMIJ7EA2G7YS7FIWMMVKZJE6M3HS5IVCOLKDY2")]
    [InlineData(Seed, "UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L")]
    [InlineData("SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY", "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4")]
    public void Published_seeds_have_their_published_public_keys(string seed, string publicKey)
    {
        using var pair = KeyPair.FromSeed(seed);

        Assert.Equal(publicKey, pair.GetPublicKey());
    }

    // From the tests of nats-io/nkeys.py and of mmmries/nkeys.
    [Theory]
    [InlineData("PXoWU7zWAMt75FY", "ZaAiVDgB5CeYoXoQ7cBCmq+ZllzUnGUoDVb8C7PilWvCs8XKfUchAUhz2P4BYAF++Dg3w05CqyQFRDiGL6LrDw==")]
    [InlineData("iBFByN3zQjAT7dQ", "kagPGrixaWS5yuHqw9nTQrda1Q376fK3fRCGtYdF4/w2aSk+4O7Ca0JM0qvzm69HH6MoMps2yF6Q0Qs830JZCA==")]
    public void Published_nonces_have_their_published_signatures(string nonce, string signature)
    {
        using var pair = KeyPair.FromSeed(Seed);

        Assert.Equal(signature, Convert.ToBase64String(Sign(pair, Encoding.ASCII.GetBytes(nonce))));
    }

    [Theory]
    [InlineData('O')]
    [InlineData('N')]
    [InlineData('C')]
    [InlineData('A')]
    [InlineData('U')]
    public void Any_seed_of_any_role_is_read_and_its_signatures_verify(char role)
    {
        for (var i = 0; i < 100; i++)
        {
            var secretKey = RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize);
            var message = RandomNumberGenerator.GetBytes(i);
            var publicKey = new byte[Ed25519.PublicKeySize];
            Ed25519.GeneratePublicKey(secretKey, publicKey);

            using var pair = KeyPair.FromSeed(Nkey.Seed(role, secretKey));
            var signature = Sign(pair, message);

            Assert.Equal(Nkey.PublicKey(role, publicKey), pair.GetPublicKey());
            Assert.True(Ed25519.Verify(signature, 0, publicKey, 0, message, 0, message.Length));
            signature[i % signature.Length] ^= 1;
            Assert.False(Ed25519.Verify(signature, 0, publicKey, 0, message, 0, message.Length));
        }
    }

    [Fact]
    public void A_seed_with_any_one_character_changed_is_refused()
    {
        for (var at = 0; at < Seed.Length; at++)
            foreach (var other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".Where(letter => letter != Seed[at]))
                Assert.Throws<NKeysException>(() => KeyPair.FromSeed($"{Seed[..at]}{other}{Seed[(at + 1)..]}"));
    }

    [Theory]
    [InlineData("SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBV", "bits that belong to no byte")]
    [InlineData("SUBMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU", "wrong checksum")]
    [InlineData("SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRB", "57 characters instead of 58")]
    [InlineData(Seed + "A", "59 characters instead of 58")]
    [InlineData("", "0 characters instead of 58")]
    [InlineData("UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L", "56 characters instead of 58")]
    [InlineData("sUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU", "Character 1 of the NKey is not one of base32")]
    [InlineData("SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRB1", "Character 58 of the NKey is not one of base32")]
    public void A_bad_seed_is_refused_with_its_reason_and_is_not_repeated(string seed, string reason)
    {
        var exception = Assert.Throws<NKeysException>(() => KeyPair.FromSeed(seed));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Seed[4..20], exception.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData('P', 'U', "not a seed")]
    [InlineData('U', 'U', "not a seed")]
    [InlineData('S', 'X', "not one of a signing key")]
    [InlineData('S', 'S', "not one of a signing key")]
    [InlineData('S', 'B', "not one of a signing key")]
    public void Another_kind_of_key_is_refused(char prefix, char role, string reason)
    {
        var text = Nkey.Seed(prefix, role, RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));

        var exception = Assert.Throws<NKeysException>(() => KeyPair.FromSeed(text));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_longer_buffer_gets_the_signature_at_its_start_and_a_shorter_one_is_refused()
    {
        using var pair = KeyPair.FromSeed(Seed);
        var longer = new byte[Ed25519.SignatureSize + 8];

        pair.Sign(new byte[] { 1 }, longer);

        Assert.Equal([.. Sign(pair, [1]), .. new byte[8]], longer);
        Assert.Throws<ArgumentException>(() => pair.Sign(new byte[] { 1 }, new byte[Ed25519.SignatureSize - 1]));
    }

    [Fact]
    public void A_disposed_pair_signs_nothing()
    {
        var pair = KeyPair.FromSeed(Seed);
        pair.Dispose();

        Assert.Throws<ObjectDisposedException>(() => Sign(pair, [1]));
    }

    private static byte[] Sign(KeyPair pair, byte[] message)
    {
        var signature = new byte[Ed25519.SignatureSize];
        pair.Sign(message, signature);
        return signature;
    }
}
