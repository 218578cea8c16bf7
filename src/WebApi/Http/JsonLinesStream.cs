using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace GoApi.WebApi.Http;

/// <summary>Rows as JSON lines (jsonlines.org), written as they are read; not in the envelope. Each line is what an answer would show as its data.</summary>
/// <param name="name">Of the file, without the date and the extension.</param>
internal sealed class JsonLinesStream<T>(string name, IAsyncEnumerable<T> rows) : IResult
{
    /// <summary>What is written before the receiver is waited for.</summary>
    private const int Ahead = 32 * 1024;

    public Task ExecuteAsync(HttpContext httpContext) => RowStreams.WriteAsync(httpContext, name, "jsonl", JsonLinesStream.MediaType, rows, read => WriteAsync(httpContext, read));

    private static async Task WriteAsync(HttpContext http, IAsyncEnumerable<T> rows)
    {
        var (options, output, ct) = (http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions, http.Response.BodyWriter, http.RequestAborted);
        await using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = options.Encoder });
        await foreach (var row in rows.WithCancellation(ct))
        {
            JsonSerializer.Serialize(json, row, options);
            json.Flush();
            json.Reset();
            output.Write("\n"u8);
            if (output.UnflushedBytes >= Ahead) await output.FlushAsync(ct);
        }

        await output.FlushAsync(ct);
    }
}

internal static class JsonLinesStream
{
    public const string MediaType = "application/jsonl";
}
