using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using GoApi.Application.AuditLogs;
using GoApi.Domain.AuditLogs;
using GoApi.WebApi.Http;

namespace GoApi.WebApi.AuditLogs;

/// <summary>Reads exported files, a line at a time.</summary>
internal static class TrailFiles
{
    private static readonly JsonSerializerOptions Json = Options();

    /// <exception cref="FormatException">A line is no seal.</exception>
    public static async IAsyncEnumerable<SealDto> ReadSealsAsync(string path, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (number, line) in ReadLinesAsync(path, ct)) yield return Parse<SealDto>(line, $"{path}, line {number}: no seal");
    }

    /// <summary>A record is what its line is, octet for octet: nothing of it is read but its place.</summary>
    /// <exception cref="FormatException">A line is no record.</exception>
    public static async IAsyncEnumerable<SealedLeaf> ReadRecordsAsync(string path, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (number, line) in ReadLinesAsync(path, ct))
            yield return new SealedLeaf(Parse<Place>(line, $"{path}, line {number}: no record").Sequence, MerkleTree.LeafHash(Encoding.UTF8.GetBytes(line)));
    }

    /// <summary>As the API answers it, with or without its envelope.</summary>
    /// <exception cref="FormatException">The file holds no proof.</exception>
    public static async Task<InclusionProof> ReadProofAsync(string path, CancellationToken ct)
    {
        var text = await File.ReadAllTextAsync(path, ct);
        var whole = Parse<JsonElement>(text, $"{path}: no proof");
        return Parse<InclusionProof>((whole.ValueKind == JsonValueKind.Object && whole.TryGetProperty("data", out var data) ? data : whole).GetRawText(), $"{path}: no proof");
    }

    public static string Write(SealDto seal) => JsonSerializer.Serialize(seal, Json);

    public static string Write(RecordLine record) => JsonSerializer.Serialize(record, Json);

    private static async IAsyncEnumerable<(int Number, string Line)> ReadLinesAsync(string path, [EnumeratorCancellation] CancellationToken ct)
    {
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, ct))
        {
            number++;
            if (line.Length > 0) yield return (number, line);
        }
    }

    private static T Parse<T>(string json, string otherwise)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Json) ?? throw new FormatException($"{otherwise}.");
        }
        catch (JsonException fault)
        {
            throw new FormatException($"{otherwise}: {fault.Message}", fault);
        }
    }

    private static JsonSerializerOptions Options()
    {
        JsonSerializerOptions options = new();
        ApiJson.Configure(options);
        options.RespectRequiredConstructorParameters = true;
        options.RespectNullableAnnotations = true;
        return options;
    }

    private sealed record Place(long Sequence);
}
