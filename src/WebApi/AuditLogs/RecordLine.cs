using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using GoApi.Domain.AuditLogs;

namespace GoApi.WebApi.AuditLogs;

/// <summary>A record as one line of JSON, octet for octet what its hash is of.</summary>
[JsonConverter(typeof(Converter))]
internal sealed record RecordLine(AuditRecord Record)
{
    private sealed class Converter : JsonConverter<RecordLine>
    {
        public override RecordLine Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Records are only written.");

        public override void Write(Utf8JsonWriter writer, RecordLine value, JsonSerializerOptions options)
        {
            ArrayBufferWriter<byte> canonical = new(1_024);
            value.Record.WriteTo(canonical);
            writer.WriteRawValue(canonical.WrittenSpan, skipInputValidation: true);
        }
    }
}
