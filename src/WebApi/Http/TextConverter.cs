using System.Text.Json;
using System.Text.Json.Serialization;

namespace GoApi.WebApi.Http;

/// <summary>Text is trimmed as it is read, in one place. NUL and half surrogate pairs are no text: no database stores them.</summary>
internal sealed class TextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException("A string is expected.");

        string text;
        try
        {
            text = reader.GetString()!.Trim();
        }
        catch (InvalidOperationException broken)
        {
            throw new JsonException("The string is not valid Unicode.", broken);
        }

        return text.Contains('\0') ? throw new JsonException("The string holds a NUL.") : text;
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
