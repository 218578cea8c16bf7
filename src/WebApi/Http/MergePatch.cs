using System.Text.Json;
using System.Text.Json.Nodes;
using GoApi.Domain.Kernel;

namespace GoApi.WebApi.Http;

/// <summary>JSON Merge Patch (RFC 7396): what is named is replaced, null removes, what is not named stays.</summary>
internal static class MergePatch
{
    public const string MediaType = "application/merge-patch+json";

    /// <summary>The request that would replace the whole, made of its present state and the patch; the use case of PUT does the rest.</summary>
    public static Result<T> Apply<T>(T current, JsonElement patch, JsonSerializerOptions options) where T : class
    {
        if (patch.ValueKind != JsonValueKind.Object) return Error.BadRequest("A merge patch is a JSON object.");

        try
        {
            var merged = JsonSerializer.SerializeToNode(current, options)!.AsObject();
            Merge(merged, patch);
            return merged.Deserialize<T>(options)!;
        }
        catch (JsonException wrong)
        {
            return Error.BadRequest(JsonFaults.Message, JsonFaults.Field(wrong));
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in a value: the document parses, and cannot be read as text.
            return Error.BadRequest(JsonFaults.Message);
        }
    }

    private static void Merge(JsonObject target, JsonElement patch)
    {
        foreach (var member in patch.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null) target.Remove(member.Name);
            else if (member.Value.ValueKind != JsonValueKind.Object) target[member.Name] = JsonNode.Parse(member.Value.GetRawText());
            else
            {
                if (target[member.Name] is not JsonObject inner) target[member.Name] = inner = [];
                Merge(inner, member.Value);
            }
        }
    }
}
