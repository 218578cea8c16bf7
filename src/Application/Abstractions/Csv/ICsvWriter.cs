namespace GoApi.Application.Abstractions.Csv;

/// <summary>Writes CSV (RFC 4180, UTF-8, with a header line) that a spreadsheet may open: no cell of it is taken for a formula.</summary>
public interface ICsvWriter
{
    /// <summary>Each row as it comes: memory does not grow with their number. What is written when <paramref name="rows"/> throws stays written.</summary>
    Task WriteAsync<T>(Stream output, IReadOnlyList<CsvColumn<T>> columns, IAsyncEnumerable<T> rows, CancellationToken ct);
}

/// <param name="Name">In the header line.</param>
/// <param name="Value">Null is an empty cell. One that begins as a formula would has an apostrophe put before it.</param>
public sealed record CsvColumn<T>(string Name, Func<T, string?> Value);
