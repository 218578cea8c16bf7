using System.Numerics;
using System.Text;

namespace GoApi.NKeysTests;

/// <summary>The text form of NKeys once more, written in another way: a long number, divided.</summary>
internal static class Nkey
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static byte Role(char letter) => (byte)(Alphabet.IndexOf(letter, StringComparison.Ordinal) << 3);

    public static string Seed(char role, ReadOnlySpan<byte> secretKey) => Seed('S', role, secretKey);

    public static string Seed(char prefix, char role, ReadOnlySpan<byte> secretKey)
    {
        var head = (Role(prefix) << 8) | (Role(role) << 3);
        return Text([(byte)(head >> 8), (byte)head, .. secretKey]);
    }

    public static string PublicKey(char role, ReadOnlySpan<byte> publicKey) => Text([Role(role), .. publicKey]);

    private static string Text(byte[] bytes)
    {
        var checksum = Remainder(bytes);
        byte[] all = [.. bytes, (byte)checksum, (byte)(checksum >> 8)];
        var number = new BigInteger(all, isUnsigned: true, isBigEndian: true);
        var length = ((all.Length * 8) + 4) / 5;
        number <<= (length * 5) - (all.Length * 8);

        var text = new StringBuilder();
        for (var i = 0; i < length; i++, number >>= 5)
            text.Insert(0, Alphabet[(int)(number & 31)]);
        return text.ToString();
    }

    // A CRC is the remainder of a division of polynomials over two elements.
    private static int Remainder(byte[] bytes)
    {
        var rest = new BigInteger(bytes, isUnsigned: true, isBigEndian: true) << 16;
        var polynomial = new BigInteger(0x11021);
        for (var bit = (bytes.Length * 8) - 1; bit >= 0; bit--)
            if (!(rest >> (bit + 16)).IsEven)
                rest ^= polynomial << bit;
        return (int)rest;
    }
}
