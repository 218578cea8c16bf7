namespace GoApi.Application.Abstractions.Caching;

/// <summary>
/// Remembers what was read from the database. A change is seen on this instance as soon as it is committed, on every other within a second, and
/// a roll-back changes nothing. Whatever is remembered can be gone at any time and is read again: this is never the only home of anything.
/// </summary>
public interface ICache
{
    /// <summary>No value is remembered for longer, even if nothing of it changes.</summary>
    static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(10);

    /// <summary>
    /// What is remembered under the key, or else what <paramref name="read"/> finds; of many callers that miss the same at once one reads. A
    /// read that fails fails for its caller and leaves nothing. The value is shared with other callers: nobody may change it.
    /// </summary>
    /// <typeparam name="TSource">What is read from, in a scope of its own: what an open transaction has changed is neither seen nor remembered.</typeparam>
    /// <param name="key">Everything that the value depends on, see <see cref="CacheKey"/>: who may not see the same needs another key.</param>
    /// <param name="tags">What ends it, at the latest when its life does: <c>reviews:product/42</c> is one thing, <c>reviews</c> all of its group.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, and what is remembered may have changed.</exception>
    ValueTask<T> GetOrReadAsync<TSource, T>(
        CacheKind<T> kind, string key, IReadOnlyList<string> tags, Func<TSource, CancellationToken, Task<T>> read, CancellationToken ct) where TSource : notnull;
}

/// <summary>What all values of one kind have in common.</summary>
/// <param name="Name">Unique, without a colon; metrics are counted by it.</param>
/// <param name="Life">At most <see cref="ICache.LongestLife"/>.</param>
public sealed record CacheKind<T>(string Name, TimeSpan Life)
{
    /// <summary>Whether other instances may have the value from Redis: plain data that becomes the same again from JSON, and nothing secret. Otherwise it stays in the process.</summary>
    public bool IsShared { get; init; }

    /// <summary>Which values are remembered. Where anybody can ask for what does not exist, remembering that it does not would let them fill the cache.</summary>
    public Func<T, bool> IsKept { get; init; } = static value => value is not null;

    /// <summary>Roughly, in bytes: the memory of all values together is bounded.</summary>
    public Func<T, long> SizeOf { get; init; } = static _ => 1_000;
}

public static class CacheKey
{
    /// <summary>Keys of different parts are different, whatever is in the parts.</summary>
    public static string Of(params ReadOnlySpan<string?> parts)
    {
        var key = new System.Text.StringBuilder();
        foreach (var part in parts) key.Append(part?.Length ?? -1).Append(':').Append(part);
        return key.ToString();
    }
}
