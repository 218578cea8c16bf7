using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GoApi.Tests.Hosting;

/// <summary>What a person's phone does with a secret (RFC 6238), written a second time so that the two can disagree.</summary>
public sealed class Authenticator(string secret)
{
    /// <summary>Of now, or of so many time steps later. One that is a step early stays good if the clock moves on meanwhile.</summary>
    public string Code(int later = 0) => At(TimeProvider.System.GetUtcNow().AddSeconds(30 * later));

    public string At(DateTimeOffset moment)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, moment.ToUnixTimeSeconds() / 30);
#pragma warning disable CA5350 // The algorithm that authenticators have.
        var hash = HMACSHA1.HashData(Key(), counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xf)) & 0x7fff_ffff;
        return $"{number % 1_000_000:D6}";
    }

    /// <summary>One that is not accepted now.</summary>
    public string WrongCode()
    {
        string[] good = [Code(-2), Code(-1), Code(), Code(1), Code(2)];
        return Enumerable.Range(0, 10).Select(number => $"{number:D6}").First(code => !good.Contains(code));
    }

    // RFC 4648, section 6.
    private byte[] Key()
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var key = new List<byte>();
        var (bits, count) = (0, 0);
        foreach (var letter in secret)
        {
            (bits, count) = ((bits << 5) | alphabet.IndexOf(letter, StringComparison.Ordinal), count + 5);
            if (count < 8) continue;
            count -= 8;
            key.Add((byte)(bits >> count));
            bits &= (1 << count) - 1;
        }

        return [.. key];
    }
}
