using GoApi.Application.Abstractions.Csv;
using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Http;

/// <summary>Rows as a CSV file, written as they are read; not in the envelope.</summary>
/// <param name="name">Of the file, without the date and the extension.</param>
internal sealed class CsvStream<T>(string name, IReadOnlyList<CsvColumn<T>> columns, IAsyncEnumerable<T> rows) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (services, ct) = (httpContext.RequestServices, httpContext.RequestAborted);
        await using var reading = rows.GetAsyncEnumerator(ct);
        // Up to here a failure is answered in the envelope; what fails later breaks the connection, so that nobody takes a part for the whole.
        var found = await reading.MoveNextAsync();

        var today = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        httpContext.Response.ContentType = $"{CsvStream.MediaType}; charset=utf-8";
        httpContext.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileName = FormattableString.Invariant($"{name}-{today:yyyy-MM-dd}.csv") }.ToString();
        await services.GetRequiredService<ICsvWriter>().WriteAsync(httpContext.Response.Body, columns, RowsAsync(), ct);

        async IAsyncEnumerable<T> RowsAsync()
        {
            for (; found; found = await reading.MoveNextAsync()) yield return reading.Current;
        }
    }
}

internal static class CsvStream
{
    public const string MediaType = "text/csv";
}
