using System.Net.Http.Headers;
using System.Text.Json;

namespace GoApi.Infrastructure.Http;

/// <summary>Reading what a provider answers, which may be anything.</summary>
internal static class ProviderAnswer
{
    /// <summary>What is beyond is not read: ids and error codes stand in far less.</summary>
    private const int MaxBody = 64 * 1024;

    /// <summary>RFC 9110, section 10.2.3: seconds, or a date. Null for one that has passed.</summary>
    public static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, TimeProvider time) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };

    public static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken ct)
    {
        await using var body = await content.ReadAsStreamAsync(ct);
        var buffer = new byte[MaxBody];
        var length = await body.ReadAtLeastAsync(buffer, MaxBody, throwOnEndOfStream: false, ct);
        return buffer[..length];
    }

    /// <summary>Null for what is no JSON.</summary>
    public static JsonDocument? Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A member of this kind; null where there is none.</summary>
    public static JsonElement? Member(this JsonElement json, string name, JsonValueKind kind) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) && member.ValueKind == kind ? member : null;
}
