using System.Text.Encodings.Web;
using System.Text.Json;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using Microsoft.Extensions.Options;

namespace GoApi.WebApi.Http;

/// <summary>The shape of every JSON answer. The types describe it in the OpenAPI document; it is written by hand, straight into the response.</summary>
internal sealed record Envelope<T>(bool Success, string Message, T Data, EnvelopeMeta Meta, IReadOnlyList<ApiError> Errors) where T : notnull;

internal sealed record PageEnvelope<T>(bool Success, string Message, IReadOnlyList<T> Data, PageMeta Meta, IReadOnlyList<ApiError> Errors);

/// <summary>What every failure looks like: no data, and at least one error.</summary>
internal sealed record ErrorEnvelope(bool Success, string Message, Done Data, EnvelopeMeta Meta, IReadOnlyList<ApiError> Errors);

internal sealed record EnvelopeMeta(DateTimeOffset Timestamp, string RequestId, string Version, EnvelopeActor Actor);

internal sealed record PageMeta(DateTimeOffset Timestamp, string RequestId, string Version, EnvelopeActor Actor, Pagination Pagination);

internal sealed record EnvelopeActor(Guid? UserId, string? ClientId, string? Role);

/// <param name="Page">Null where a cursor was given, like the totals.</param>
internal sealed record Pagination(int? Page, int Limit, long? Total, long? TotalPages, string? NextCursor);

/// <param name="Code">Stable: clients branch on it.</param>
/// <param name="Field">The JSON path in snake_case.</param>
internal sealed record ApiError(string Code, string Message, string? Field);

internal static class Envelope
{
    private const string Version = "v1";

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static async Task WriteAsync(HttpContext context, ApiResult answer)
    {
        var options = context.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteBoolean("success"u8, answer.Errors.Count == 0);
            json.WriteString("message"u8, answer.Message);
            json.WritePropertyName("data"u8);
            if (answer.Data is { } data) JsonSerializer.Serialize(json, data, data.GetType(), options);
            else json.WriteNullValue();
            WriteMeta(json, context, answer, options);
            json.WritePropertyName("errors"u8);
            JsonSerializer.Serialize(json, answer.Errors, options);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>For data that is too long for the memory: it is written as it comes. Where that fails the answer is cut off.</summary>
    public static async Task WriteAsync(HttpContext context, string message, Func<Stream, Task> data)
    {
        var options = context.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        var body = context.Response.BodyWriter;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(body, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteBoolean("success"u8, true);
            json.WriteString("message"u8, message);
            json.WritePropertyName("data"u8);
            await json.FlushAsync(context.RequestAborted);
            await data(context.Response.Body);
            // The writer has not seen the value, and would leave the comma out.
            await body.WriteAsync(","u8.ToArray(), context.RequestAborted);
            WriteMeta(json, context, null, options);
            json.WriteStartArray("errors"u8);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        await body.FlushAsync(context.RequestAborted);
    }

    private static void WriteMeta(Utf8JsonWriter json, HttpContext context, ApiResult? answer, JsonSerializerOptions options)
    {
        json.WritePropertyName("meta"u8);
        json.WriteStartObject();
        json.WritePropertyName("timestamp"u8);
        JsonSerializer.Serialize(json, context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(), options);
        json.WriteString("request_id"u8, context.TraceIdentifier);
        json.WriteString("version"u8, Version);
        WriteActor(json, context.RequestServices.GetRequiredService<ICurrentActor>());
        if (answer?.Pagination is { } pagination)
        {
            json.WritePropertyName("pagination"u8);
            JsonSerializer.Serialize(json, pagination, options);
        }

        foreach (var (name, value) in answer?.Meta ?? System.Collections.Frozen.FrozenDictionary<string, object?>.Empty)
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value, options);
        }

        json.WriteEndObject();
    }

    private static void WriteActor(Utf8JsonWriter json, ICurrentActor actor)
    {
        json.WriteStartObject("actor"u8);
        if (actor.UserId is { } userId) json.WriteString("user_id"u8, userId);
        else json.WriteNull("user_id"u8);
        json.WriteString("client_id"u8, actor.ClientId);
        json.WriteString("role"u8, actor.Role?.ToText());
        json.WriteEndObject();
    }
}
