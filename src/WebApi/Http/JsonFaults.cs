using System.Text.Json;

namespace GoApi.WebApi.Http;

internal static class JsonFaults
{
    /// <summary>The serializer's own messages name types of ours; this says as much to a client.</summary>
    public const string Message = "The JSON is malformed, or a value has the wrong type.";

    /// <summary>The path without the leading <c>$.</c>, cut to what fits into an answer; null for the whole document.</summary>
    public static string? Field(JsonException fault)
    {
        var path = fault.Path?.TrimStart('$').TrimStart('.');
        return string.IsNullOrEmpty(path) ? null : path.Length <= 200 ? path : path[..200];
    }
}
