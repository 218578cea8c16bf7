using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GoApi.WebApi.Http;

/// <summary>
/// Moments are written as RFC 3339 in UTC with milliseconds. Read is every RFC 3339 date-time: lower case and a space
/// between date and time too, digits beyond 100 ns cut off. Without an offset a moment is not known, and refused.
/// </summary>
internal sealed class MomentConverter : JsonConverter<DateTimeOffset>
{
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private const int DateTimeLength = 19;
    private const int MaxFraction = 7;

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!.Trim(), out var moment)
            ? moment
            : throw new JsonException("A date and time with an offset is expected (RFC 3339).");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[24];
        value.UtcDateTime.TryFormat(text, out var length, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    public static bool TryParse(string text, out DateTimeOffset moment)
    {
        moment = default;
        if (text.Length <= DateTimeLength) return false;

        Span<char> plain = stackalloc char[40];
        var rest = text.AsSpan(DateTimeLength);
        var fraction = 0;
        if (rest[0] == '.')
        {
            while (fraction + 1 < rest.Length && char.IsAsciiDigit(rest[fraction + 1])) fraction++;
            if (fraction == 0) return false;
        }

        var offset = fraction == 0 ? rest : rest[(fraction + 1)..];
        if (offset.Length is not (1 or 6)) return false;

        text.AsSpan(0, DateTimeLength).CopyTo(plain);
        if (plain[10] is 't' or ' ') plain[10] = 'T';
        var length = DateTimeLength;
        if (fraction > 0)
        {
            rest[..(Math.Min(fraction, MaxFraction) + 1)].CopyTo(plain[length..]);
            length += Math.Min(fraction, MaxFraction) + 1;
        }

        if (offset is "Z" or "z") "+00:00".CopyTo(plain[length..]);
        else if (offset is ['+' or '-', _, _, ':', _, _]) offset.CopyTo(plain[length..]);
        else return false;
        return DateTimeOffset.TryParseExact(
            plain[..(length + 6)], ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out moment);
    }
}
