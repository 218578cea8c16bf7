using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>Holds answers against the envelope, and against what the OpenAPI document of the same host says of them.</summary>
public sealed partial class Contract(HttpClient http)
{
    private readonly Lazy<Task<JsonElement>> document = new(async () => JsonDocument.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement.Clone());

    public Task<JsonElement> DocumentAsync => document.Value;

    public async Task CheckAsync(HttpMethod method, string path, Answer answer)
    {
        var bare = path.Split('?')[0];
        if (bare.StartsWith("/api/v1/oauth/", StringComparison.Ordinal) || bare.StartsWith("/openapi", StringComparison.Ordinal) || bare.StartsWith("/.well-known", StringComparison.Ordinal)) return;

        var faults = EnvelopeFaults(answer.Status, answer.Json).ToList();
        if (answer.Status is not 404 and not 405 && await OperationAsync(method.Method, bare) is { } operation)
        {
            if (!operation.GetProperty("responses").TryGetProperty(answer.Status.ToString(CultureInfo.InvariantCulture), out var described)) faults.Add($"the document does not name the status {answer.Status}");
            else if (Resolve(await document.Value, described).GetProperty("content").TryGetProperty("application/json", out var json)) faults.AddRange(Faults(await document.Value, json.GetProperty("schema"), answer.Json, "$"));
            else faults.Add($"the document has no JSON for the status {answer.Status}");
        }

        Assert.True(faults.Count == 0, $"{method} {path} → {answer.Status}: {string.Join("; ", faults)}\n{answer.Text}");
    }

    /// <summary>The document's operation for a path; null where it has none.</summary>
    public async Task<JsonElement?> OperationAsync(string method, string path)
    {
        var best = (await document.Value).GetProperty("paths").EnumerateObject()
            .Where(item => Matches(item.Name, path))
            .OrderBy(item => item.Name.Contains('{'))
            .Select(item => item.Value.TryGetProperty(method.ToLowerInvariant(), out var operation) ? operation : (JsonElement?)null)
            .FirstOrDefault(operation => operation is not null);
        return best;
    }

    /// <summary>What is wrong with an answer that should be an envelope.</summary>
    public static IEnumerable<string> EnvelopeFaults(int status, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) return ["no object"];

        List<string> faults = [];
        if (!json.EnumerateObject().Select(member => member.Name).SequenceEqual(["success", "message", "data", "meta", "errors"])) return ["not the five keys"];

        var failed = status >= 400;
        if (json.GetProperty("success").GetBoolean() == failed) faults.Add("success contradicts the status");
        if (string.IsNullOrEmpty(json.GetProperty("message").GetString())) faults.Add("no message");
        if (failed && json.GetProperty("data").ValueKind != JsonValueKind.Null) faults.Add("an error has data");
        var errors = json.GetProperty("errors").EnumerateArray().ToArray();
        if (failed == (errors.Length == 0)) faults.Add("errors contradict the status");
        foreach (var error in errors)
            if (!error.EnumerateObject().Select(member => member.Name).SequenceEqual(["code", "message", "field"]) || string.IsNullOrEmpty(error.GetProperty("code").GetString()) || string.IsNullOrEmpty(error.GetProperty("message").GetString()))
                faults.Add("an error is not code, message and field");

        var meta = json.GetProperty("meta");
        if (!Moment().IsMatch(meta.GetProperty("timestamp").GetString()!)) faults.Add("the timestamp is not RFC 3339 in UTC");
        if (string.IsNullOrEmpty(meta.GetProperty("request_id").GetString())) faults.Add("no request id");
        if (meta.GetProperty("version").GetString() != "v1") faults.Add("not version v1");
        if (!meta.GetProperty("actor").EnumerateObject().Select(member => member.Name).SequenceEqual(["user_id", "client_id", "role"])) faults.Add("the actor is incomplete");
        return faults;
    }

    /// <summary>What contradicts the schema: type, required, properties, items, enum, $ref, and the combinations of them.</summary>
    public static IEnumerable<string> Faults(JsonElement document, JsonElement schema, JsonElement value, string at)
    {
        schema = Resolve(document, schema);
        if (schema.ValueKind != JsonValueKind.Object) yield break;

        foreach (var combination in (string[])["oneOf", "anyOf"])
            if (schema.TryGetProperty(combination, out var options) && !options.EnumerateArray().Any(option => !Faults(document, option, value, at).Any()))
                yield return $"{at} meets none of {combination}";
        if (schema.TryGetProperty("allOf", out var all))
            foreach (var fault in all.EnumerateArray().SelectMany(part => Faults(document, part, value, at)))
                yield return fault;
        if (schema.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value))) yield return $"{at} is none of the enumeration";
        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(one => IsA(one, value))) yield return $"{at} is {value.ValueKind} and not {type}";

        if (value.ValueKind == JsonValueKind.Object)
        {
            if (schema.TryGetProperty("required", out var required))
                foreach (var name in required.EnumerateArray().Select(one => one.GetString()!).Where(name => !value.TryGetProperty(name, out _)))
                    yield return $"{at}.{name} is missing";
            if (schema.TryGetProperty("properties", out var properties))
            {
                foreach (var member in value.EnumerateObject())
                {
                    if (!properties.TryGetProperty(member.Name, out var described))
                    {
                        yield return $"{at}.{member.Name} is not described";
                        continue;
                    }

                    foreach (var fault in Faults(document, described, member.Value, $"{at}.{member.Name}")) yield return fault;
                }
            }
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            foreach (var fault in value.EnumerateArray().SelectMany((item, index) => Faults(document, items, item, $"{at}[{index}]")))
                yield return fault;
    }

    public static JsonElement Resolve(JsonElement document, JsonElement node)
    {
        while (node.ValueKind == JsonValueKind.Object && node.TryGetProperty("$ref", out var reference))
            node = reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate(document, (at, part) => at.GetProperty(part));
        return node;
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!) : [type.GetString()!];

    private static bool IsA(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => false,
    };

    private static bool Matches(string template, string path)
    {
        var (left, right) = (template.Trim('/').Split('/'), path.Trim('/').Split('/'));
        return left.Length == right.Length && left.Zip(right).All(pair => pair.First.StartsWith('{') || string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
    public static partial Regex Moment();
}
