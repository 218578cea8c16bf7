using System.Data.Common;
using System.Text;

namespace GoApi.Tests.Privacy;

/// <summary>Every value of every row of every table, whatever the model knows of.</summary>
public static class WholeDatabase
{
    /// <returns>Lines of table, column and canary; in order, each once.</returns>
    public static async Task<string[]> FindAsync(DbConnection connection, Canaries canaries, CancellationToken ct)
    {
        HashSet<string> found = [];
        await foreach (var (place, text) in ReadAsync(connection, ct))
            foreach (var canary in canaries.In(text))
                found.Add($"{place}: {canary}");
        return [.. found.Order(StringComparer.Ordinal)];
    }

    /// <returns>Table and column, and what is in it; bytes as Latin-1.</returns>
    public static async IAsyncEnumerable<(string Place, string Text)> ReadAsync(DbConnection connection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (connection.State == System.Data.ConnectionState.Closed) await connection.OpenAsync(ct);
        var names = connection.GetType().Name.Contains("Sqlite", StringComparison.Ordinal)
            ? "SELECT name FROM sqlite_master WHERE type = 'table'"
            : "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
        await using var command = connection.CreateCommand();
        command.CommandText = names;
        List<string> tables = [];
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) tables.Add(reader.GetString(0));

        foreach (var table in tables)
        {
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                for (var column = 0; column < rows.FieldCount; column++)
                    if (Text(rows.GetValue(column)) is { Length: > 0 } text)
                        yield return ($"{table}.{rows.GetName(column)}", text);
        }
    }

    private static string? Text(object value) => value switch
    {
        byte[] bytes => Encoding.Latin1.GetString(bytes),
        DateOnly date => date.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        DateTime time => time.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
