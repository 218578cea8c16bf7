using System.Data.Common;
using System.Globalization;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace GoApi.Infrastructure.Encryption;

/// <summary>One column with ciphertexts, as it lies in the database: no converter and no change tracker comes between.</summary>
internal sealed class EncryptedColumn
{
    private readonly string purpose;
    private readonly bool hasGuidKey;
    private readonly string first;
    private readonly string next;
    private readonly string replace;

    private EncryptedColumn(IReadOnlyProperty property, string purpose)
    {
        var entity = (IReadOnlyEntityType)property.DeclaringType;
        if (entity.FindPrimaryKey()?.Properties is not [var key]) throw new InvalidOperationException($"{entity.DisplayName()} has encrypted columns and needs a key of one column.");

        (this.purpose, hasGuidKey, Entity) = (purpose, key.ClrType == typeof(Guid), entity.ClrType);
        var (table, id, column) = (entity.GetTableName(), key.GetColumnName(), property.GetColumnName());
        Name = $"{table}.{column}";
        var select = $"SELECT \"{id}\", \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL";
        var order = $"ORDER BY \"{id}\" LIMIT";
        first = $"{select} {order} {{0}}";
        next = $"{select} AND \"{id}\" > {{1}} {order} {{0}}";
        // What somebody else has written or destroyed meanwhile stays as they left it.
        replace = $"UPDATE \"{table}\" SET \"{column}\" = {{0}} WHERE \"{id}\" = {{1}} AND \"{column}\" = {{2}}";
    }

    /// <summary>Table and column.</summary>
    public string Name { get; }

    public Type Entity { get; }

    public static IReadOnlyList<EncryptedColumn> Of(IReadOnlyModel model) =>
        [.. model.GetEntityTypes().SelectMany(type => type.GetProperties()).Select(property => (property, purpose: property.EncryptedFor()))
            .Where(one => one.purpose is not null).Select(one => new EncryptedColumn(one.property, one.purpose!)).OrderBy(column => column.Name, StringComparer.Ordinal)];

    /// <summary>In the order of their keys.</summary>
    /// <param name="after">The last row of the batch before.</param>
    public async Task<IReadOnlyList<EncryptedRow>> ReadAsync(AppDbContext db, EncryptedRow? after, int count, CancellationToken ct)
    {
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = string.Format(CultureInfo.InvariantCulture, after is null ? first : next, "@count", "@after");
            Add(command, "count", count);
            if (after is not null) Add(command, "after", after.Key);

            List<EncryptedRow> rows = [];
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) rows.Add(Row(reader.GetValue(0), reader.GetValue(1)));
            return rows;
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    /// <summary>Where it still is what was read.</summary>
    /// <returns>Whether it was.</returns>
    public async Task<bool> ReplaceAsync(AppDbContext db, EncryptedRow row, byte[] ciphertext, CancellationToken ct)
    {
        object replacement = row.Stored is string xml ? DataProtectionKeys.WithCiphertext(xml, ciphertext) : ciphertext;
        return await db.Database.ExecuteSqlRawAsync(replace, [replacement, row.Key, row.Stored], ct) == 1;
    }

    private EncryptedRow Row(object key, object stored)
    {
        // SQLite has ids as text, and in capitals.
        var id = hasGuidKey && key is string text ? Guid.Parse(text) : key;
        var own = string.Format(CultureInfo.InvariantCulture, purpose, id);
        return new EncryptedRow(key, stored, stored is string xml ? DataProtectionKeys.CiphertextIn(xml) : (byte[])stored, own, own == purpose ? $"{purpose} {id}" : own);
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}

/// <param name="Key">As the database gave it.</param>
/// <param name="Stored">The whole value of the column.</param>
/// <param name="Ciphertext">What is encrypted in it; null where nothing is.</param>
/// <param name="Purpose">What it is encrypted for.</param>
/// <param name="Name">For people: the purpose, and which row.</param>
internal sealed record EncryptedRow(object Key, object Stored, byte[]? Ciphertext, string Purpose, string Name);
