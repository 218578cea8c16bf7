using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Http;

/// <summary>What all files have in common that are written while their rows are read.</summary>
internal static class RowStreams
{
    /// <param name="name">Of the file, without the date and the extension.</param>
    /// <param name="write">Everything, from the first row on.</param>
    public static async Task WriteAsync<T>(HttpContext http, string name, string extension, string mediaType, IAsyncEnumerable<T> rows, Func<IAsyncEnumerable<T>, Task> write)
    {
        await using var reading = rows.GetAsyncEnumerator(http.RequestAborted);
        // Up to here a failure is answered in the envelope; what fails later breaks the connection, so that nobody takes a part for the whole.
        var found = await reading.MoveNextAsync();

        var today = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        http.Response.ContentType = $"{mediaType}; charset=utf-8";
        http.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileName = FormattableString.Invariant($"{name}-{today:yyyy-MM-dd}.{extension}") }.ToString();
        await write(RowsAsync());

        async IAsyncEnumerable<T> RowsAsync()
        {
            for (; found; found = await reading.MoveNextAsync()) yield return reading.Current;
        }
    }
}
