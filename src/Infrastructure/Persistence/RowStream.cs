using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Persistence;

internal static class RowStream
{
    /// <summary>
    /// One row after the other. The query ends with its last row and not when the enumerator is disposed of, which serialisers do late:
    /// a connection has one query at a time.
    /// </summary>
    public static async IAsyncEnumerable<T> StreamAsync<T>(this IQueryable<T> rows, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(ct)) yield return row;
    }
}
