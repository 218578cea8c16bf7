using CsvHelper;
using GoApi.Application.Abstractions.Csv;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Csv;

internal sealed class CsvHelperWriter : ICsvWriter
{
    // What spreadsheets take for a formula (OWASP, "CSV Injection").
    private static readonly CsvWriterOptions Options = CsvWriterOptions.Default with { Injection = CsvInjection.Escape };

    public async Task WriteAsync<T>(Stream output, IReadOnlyList<CsvColumn<T>> columns, IAsyncEnumerable<T> rows, CancellationToken ct)
    {
        await using var csv = CsvWriter.Create(output, Options, leaveOpen: true);
        foreach (var column in columns) csv.WriteField(column.Name);
        await csv.EndRecordAsync(ct);
        await foreach (var row in rows.WithCancellation(ct))
        {
            foreach (var column in columns) csv.WriteField(column.Value(row));
            await csv.EndRecordAsync(ct);
        }

        await csv.FlushAsync(ct);
    }
}

internal static class CsvRegistration
{
    public static IServiceCollection AddCsv(this IServiceCollection services) => services.AddSingleton<ICsvWriter, CsvHelperWriter>();
}
