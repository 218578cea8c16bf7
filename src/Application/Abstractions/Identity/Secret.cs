using System.Text.Json;
using System.Text.Json.Serialization;

namespace GoApi.Application.Abstractions.Identity;

/// <summary>A password, code or token as it was sent: never trimmed, and never shown by anything that prints the request it is in.</summary>
[JsonConverter(typeof(SecretJsonConverter))]
public readonly record struct Secret(string? Value)
{
    public bool IsEmpty => string.IsNullOrEmpty(Value);

    public override string ToString() => "***";

    private sealed class SecretJsonConverter : JsonConverter<Secret>
    {
        public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.String or JsonTokenType.Null ? new Secret(reader.GetString()) : throw new JsonException("A string is expected.");

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue("***");
    }
}
