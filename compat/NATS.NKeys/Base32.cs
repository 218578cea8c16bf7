namespace NATS.NKeys;

/// <summary>Base32 without padding (RFC 4648, 6).</summary>
internal static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[LengthOf(bytes.Length)];
        var (buffer, bits, at) = (0, 0, 0);
        foreach (var value in bytes)
        {
            buffer = (buffer << 8) | value;
            for (bits += 8; bits >= 5; bits -= 5)
                text[at++] = Alphabet[(buffer >> (bits - 5)) & 0x1F];
        }

        if (bits > 0)
            text[at] = Alphabet[(buffer << (5 - bits)) & 0x1F];
        return new string(text);
    }

    /// <summary>
    /// Fills <paramref name="bytes"/>. Unused bits of the last character must be zero (RFC 4648, 3.5),
    /// so that each key has one spelling.
    /// </summary>
    /// <exception cref="NKeysException">The text has another length or is not base32.</exception>
    public static void Decode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != LengthOf(bytes.Length))
            throw new NKeysException($"The NKey has {text.Length} characters instead of {LengthOf(bytes.Length)}.");

        var (buffer, bits, at) = (0, 0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var value = Alphabet.IndexOf(text[i], StringComparison.Ordinal);
            if (value < 0)
                throw new NKeysException($"Character {i + 1} of the NKey is not one of base32 (A-Z, 2-7).");
            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits < 8)
                continue;
            bits -= 8;
            bytes[at++] = (byte)(buffer >> bits);
            buffer &= (1 << bits) - 1;
        }

        if (buffer != 0)
            throw new NKeysException("The last character of the NKey has bits that belong to no byte.");
    }

    private static int LengthOf(int bytes) => ((bytes * 8) + 4) / 5;
}
