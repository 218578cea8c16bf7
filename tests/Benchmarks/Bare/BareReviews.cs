using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;

namespace GoApi.Benchmarks.Bare;

/// <summary>
/// What the pipeline is compared with: the same reads and writes as the API's, with nothing but Npgsql and a JSON writer.
/// Page and count travel in one batch, as a careful programmer would write it; statements are prepared as ours are.
/// </summary>
public sealed class BareReviews(NpgsqlDataSource database)
{
    private const int Limit = 20;
    private const string Columns =
        "r.id, r.resource_type, r.resource_id, r.author_id, u.first_name || ' ' || u.last_name, r.rating, r.title, r.content, r.status, r.moderated_by, r.moderated_at, r.created_at, r.updated_at";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public async Task ListAsync(string resourceType, string resourceId, IBufferWriter<byte> output, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(
            $"SELECT {Columns} FROM reviews r JOIN users u ON u.id = r.author_id WHERE r.status = 'approved' AND r.resource_type = $1 AND r.resource_id = $2 ORDER BY r.id DESC LIMIT {Limit + 1}",
            resourceType, resourceId));
        batch.BatchCommands.Add(Command("SELECT count(*) FROM reviews r WHERE r.status = 'approved' AND r.resource_type = $1 AND r.resource_id = $2", resourceType, resourceId));
        await using var rows = await batch.ExecuteReaderAsync(ct);

        await using var json = new Utf8JsonWriter(output, Options);
        Start(json, "Reviews");
        json.WriteStartArray("data"u8);
        var last = Guid.Empty;
        for (var shown = 0; shown < Limit && await rows.ReadAsync(ct); shown++)
        {
            last = rows.GetGuid(0);
            WriteReview(json, rows);
        }

        json.WriteEndArray();
        await rows.NextResultAsync(ct);
        await rows.ReadAsync(ct);
        WriteMeta(json, rows.GetInt64(0), last);
        json.WriteEndObject();
    }

    public async Task GetAsync(Guid id, IBufferWriter<byte> output, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"SELECT {Columns} FROM reviews r JOIN users u ON u.id = r.author_id WHERE r.id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);

        await using var json = new Utf8JsonWriter(output, Options);
        Start(json, "Review");
        json.WritePropertyName("data"u8);
        WriteReview(json, rows);
        WriteMeta(json, null, Guid.Empty);
        json.WriteEndObject();
    }

    /// <summary>One row, as a posted review is one.</summary>
    public async Task AddAsync(string resourceId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "INSERT INTO reviews (id, author_id, resource_type, resource_id, rating, title, content, status, report_count, created_at, updated_at, version) VALUES ($1, $2, 'bare', $3, 5, 'Good', 'It does what it should.', 'pending', 0, $4, $4, 1)");
        var now = TimeProvider.System.GetUtcNow();
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(now) });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(now) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = resourceId });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static void WriteHealth(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Options);
        Start(json, "Healthy");
        json.WriteStartObject("data"u8);
        json.WriteString("status"u8, "healthy"u8);
        json.WriteString("time"u8, TimeProvider.System.GetUtcNow());
        json.WriteEndObject();
        WriteMeta(json, null, Guid.Empty);
        json.WriteEndObject();
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return command;
    }

    private static void Start(Utf8JsonWriter json, string message)
    {
        json.WriteStartObject();
        json.WriteBoolean("success"u8, true);
        json.WriteString("message"u8, message);
    }

    private static void WriteReview(Utf8JsonWriter json, NpgsqlDataReader row)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, row.GetGuid(0));
        json.WriteString("resource_type"u8, row.GetString(1));
        json.WriteString("resource_id"u8, row.GetString(2));
        json.WriteString("user_id"u8, row.GetGuid(3));
        json.WriteString("author_name"u8, row.GetString(4));
        json.WriteNumber("rating"u8, row.GetInt32(5));
        json.WriteString("title"u8, row.IsDBNull(6) ? null : row.GetString(6));
        json.WriteString("content"u8, row.GetString(7));
        json.WriteString("status"u8, row.GetString(8));
        if (row.IsDBNull(9)) json.WriteNull("moderated_by"u8);
        else json.WriteString("moderated_by"u8, row.GetGuid(9));
        if (row.IsDBNull(10)) json.WriteNull("moderated_at"u8);
        else json.WriteString("moderated_at"u8, row.GetDateTime(10));
        json.WriteNull("moderation_reason"u8);
        json.WriteNull("report_count"u8);
        json.WriteString("created_at"u8, row.GetDateTime(11));
        json.WriteString("updated_at"u8, row.GetDateTime(12));
        json.WriteEndObject();
    }

    private static void WriteMeta(Utf8JsonWriter json, long? total, Guid last)
    {
        json.WriteStartObject("meta"u8);
        json.WriteString("timestamp"u8, TimeProvider.System.GetUtcNow());
        json.WriteString("version"u8, "v1"u8);
        if (total is { } count)
        {
            json.WriteStartObject("pagination"u8);
            json.WriteNumber("page"u8, 1);
            json.WriteNumber("limit"u8, Limit);
            json.WriteNumber("total"u8, count);
            json.WriteNumber("total_pages"u8, (count + Limit - 1) / Limit);
            json.WriteString("next_cursor"u8, last);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("errors"u8);
        json.WriteEndArray();
    }
}
