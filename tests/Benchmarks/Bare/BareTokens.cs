using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;

namespace GoApi.Benchmarks.Bare;

/// <summary>
/// The rows that tokens cost, and nothing else: no signature, no hash, no check of who asks. A refresh is one transaction of
/// three round trips that locks, reads and writes what ours does, with a payload of the same length.
/// </summary>
public sealed class BareTokens(NpgsqlDataSource database)
{
    private static readonly string Payload = new('x', 2_137);

    /// <summary>One row, as a token that can be revoked is one.</summary>
    public async Task AddAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        AddToken(batch, "access_token", null, null, null, TimeProvider.System.GetUtcNow());
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>One row by its primary key, as an introspection reads it.</summary>
    public async Task ReadAsync(Guid id, IBufferWriter<byte> output, CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT status, subject, type, creation_date, expiration_date FROM oauth_tokens WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);

        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteBoolean("active"u8, row.GetString(0) == "valid" && row.GetDateTime(4) > TimeProvider.System.GetUtcNow());
        json.WriteString("sub"u8, row.GetString(1));
        json.WriteString("token_type"u8, row.GetString(2));
        json.WriteString("iat"u8, row.GetDateTime(3));
        json.WriteString("exp"u8, row.GetDateTime(4));
        json.WriteEndObject();
    }

    /// <summary>One user by the primary key.</summary>
    public async Task ReadUserAsync(Guid id, IBufferWriter<byte> output, CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT id, email, first_name, last_name, role, status, created_at, updated_at FROM users WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);

        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("id"u8, row.GetGuid(0));
        json.WriteString("email"u8, row.GetString(1));
        json.WriteString("first_name"u8, row.GetString(2));
        json.WriteString("last_name"u8, row.GetString(3));
        json.WriteString("role"u8, row.GetString(4));
        json.WriteString("status"u8, row.GetString(5));
        json.WriteString("created_at"u8, row.GetDateTime(6));
        json.WriteString("updated_at"u8, row.GetDateTime(7));
        json.WriteEndObject();
    }

    /// <summary>A session, for <see cref="RefreshAsync"/> to go on from.</summary>
    public async Task BeginSessionAsync(Guid userId, IBufferWriter<byte> output, CancellationToken ct)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (session, reference) = (Guid.CreateVersion7(now), NewReference());
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, "INSERT INTO oauth_authorizations (id, creation_date, status, subject, type) VALUES ($1, $2, 'valid', $3, 'ad-hoc')", session, now, userId.ToString());
        AddToken(batch, "refresh_token", session, userId, reference, now);
        await batch.ExecuteNonQueryAsync(ct);
        WriteToken(output, reference);
    }

    public async Task RefreshAsync(string reference, IBufferWriter<byte> output, CancellationToken ct)
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var read = new NpgsqlBatch(connection, transaction);
        Add(read, "SELECT id, authorization_id, subject, status, expiration_date, payload FROM oauth_tokens WHERE reference_id = $1 FOR UPDATE", reference);
        Add(read, "SELECT a.status, u.id, u.role, u.status FROM oauth_tokens t JOIN oauth_authorizations a ON a.id = t.authorization_id JOIN users u ON u.id = t.subject::uuid WHERE t.reference_id = $1", reference);
        Guid old, session, userId;
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            await rows.ReadAsync(ct);
            (old, session) = (rows.GetGuid(0), rows.GetGuid(1));
            await rows.NextResultAsync(ct);
            await rows.ReadAsync(ct);
            userId = rows.GetGuid(1);
        }

        var next = NewReference();
        await using var write = new NpgsqlBatch(connection, transaction);
        Add(write, "UPDATE oauth_tokens SET status = 'redeemed', redemption_date = $2, concurrency_token = $3 WHERE id = $1", old, now, next);
        AddToken(write, "access_token", session, userId, null, now);
        AddToken(write, "refresh_token", session, userId, next, now);
        Add(
            write, "INSERT INTO audit_entries (id, actor_user_id, action, resource, resource_id, request_id, status, created_at) VALUES ($1, $2, 'bare.refreshed', 'token', $3, $3, 'success', $4)",
            Guid.CreateVersion7(now), userId, old.ToString(), now);
        await write.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        WriteToken(output, next);
    }

    private static void AddToken(NpgsqlBatch batch, string type, Guid? session, Guid? userId, string? reference, DateTimeOffset now) => Add(
        batch,
        "INSERT INTO oauth_tokens (id, authorization_id, concurrency_token, creation_date, expiration_date, payload, reference_id, status, subject, type) VALUES ($1, $2, $3, $4, $5, $6, $7, 'valid', $8, $9)",
        Guid.CreateVersion7(now), session, Guid.CreateVersion7(now).ToString(), now, now.AddHours(1), reference is null ? null : Payload, reference, userId?.ToString() ?? "bare", type);

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        batch.BatchCommands.Add(command);
    }

    private static string NewReference() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static void WriteToken(IBufferWriter<byte> output, string reference)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("refresh_token"u8, reference);
        json.WriteEndObject();
    }
}
