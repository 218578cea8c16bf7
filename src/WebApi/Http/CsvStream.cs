using GoApi.Application.Abstractions.Csv;

namespace GoApi.WebApi.Http;

/// <summary>Rows as a CSV file, written as they are read; not in the envelope.</summary>
/// <param name="name">Of the file, without the date and the extension.</param>
internal sealed class CsvStream<T>(string name, IReadOnlyList<CsvColumn<T>> columns, IAsyncEnumerable<T> rows) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => RowStreams.WriteAsync(httpContext, name, "csv", CsvStream.MediaType, rows, read =>
        httpContext.RequestServices.GetRequiredService<ICsvWriter>().WriteAsync(httpContext.Response.Body, columns, read, httpContext.RequestAborted));
}

internal static class CsvStream
{
    public const string MediaType = "text/csv";
}
