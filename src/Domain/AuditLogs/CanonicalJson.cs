using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace GoApi.Domain.AuditLogs;

/// <summary>
/// Writes one flat JSON object in the canonical form of RFC 8785 (JCS), of which there is exactly one for the same values: the form that is
/// hashed and signed. The members have to come sorted by name.
/// </summary>
internal sealed class CanonicalJson(IBufferWriter<byte> output)
{
    private const string Hex = "0123456789abcdef";

    private string? last;

    public CanonicalJson Member(string name, string? value)
    {
        Begin(name);
        if (value is null) output.Write("null"u8);
        else Text(value);
        return this;
    }

    public CanonicalJson Member(string name, Guid? value) => Member(name, value?.ToString());

    /// <param name="value">Up to 2^53, beyond which readers that know only IEEE 754 would round (RFC 8785, section 3.2.2.3).</param>
    public CanonicalJson Member(string name, long value)
    {
        Begin(name);
        var digits = output.GetSpan(20);
        Utf8Formatter.TryFormat(value, digits, out var written);
        output.Advance(written);
        return this;
    }

    /// <summary>RFC 3339 in UTC.</summary>
    /// <param name="digits">Of the fraction of the second.</param>
    public CanonicalJson Member(string name, DateTimeOffset value, int digits) =>
        Member(name, value.UtcDateTime.ToString($"yyyy-MM-dd'T'HH:mm:ss.{new string('f', digits)}'Z'", CultureInfo.InvariantCulture));

    public void End() => output.Write("}"u8);

    private void Begin(string name)
    {
        if (string.CompareOrdinal(last, name) >= 0 && last is not null) throw new InvalidOperationException($"{name} comes before {last}.");
        output.Write(last is null ? "{"u8 : ","u8);
        Text(name);
        output.Write(":"u8);
        last = name;
    }

    // RFC 8785, section 3.2.2.2: escaped is what has to be, in the shortest form, and nothing else.
    private void Text(string text)
    {
        output.Write("\""u8);
        for (var rest = text.AsSpan(); ;)
        {
            var plain = rest.IndexOfAny(Escaped);
            Encoding.UTF8.GetBytes(plain < 0 ? rest : rest[..plain], output);
            if (plain < 0) break;

            Escape(rest[plain]);
            rest = rest[(plain + 1)..];
        }

        output.Write("\""u8);
    }

    private void Escape(char character)
    {
        var shortForm = character switch { '"' => '"', '\\' => '\\', '\b' => 'b', '\t' => 't', '\n' => 'n', '\f' => 'f', '\r' => 'r', _ => '\0' };
        output.Write(shortForm != '\0' ? [(byte)'\\', (byte)shortForm] : [.. "\\u00"u8, (byte)Hex[character >> 4], (byte)Hex[character & 15]]);
    }

    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (char)code), '"', '\\']);
}
