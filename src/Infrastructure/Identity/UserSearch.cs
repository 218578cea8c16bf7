using GoApi.Application.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

/// <summary>Finds people by words, with what each database has for that: every word occurs in the names or the address.</summary>
internal interface IUserSearch
{
    /// <summary>Held while what <see cref="Matching"/> found is read.</summary>
    ValueTask<IAsyncDisposable?> BeginAsync(AppDbContext db, CancellationToken ct);

    /// <param name="words">In lower case, at least one. Where none has a trigram the text or the address begins with the first.</param>
    IQueryable<AppUser> Matching(AppDbContext db, IReadOnlyList<string> words);
}

/// <summary>A GIN index of trigrams (pg_trgm), and for short words those that the order has anyway.</summary>
internal sealed class PostgreSqlUserSearch : IUserSearch
{
    private const string Backslash = "\\";

    public ValueTask<IAsyncDisposable?> BeginAsync(AppDbContext db, CancellationToken ct) => db.BeginOwnPlansAsync(ct);

    public IQueryable<AppUser> Matching(AppDbContext db, IReadOnlyList<string> words)
    {
        IQueryable<AppUser> users = db.Set<AppUser>();
        if (!words.Any(SearchWords.HasTrigram))
        {
            var (text, address) = (Escape(words[0]) + "%", Escape(words[0].ToUpperInvariant()) + "%");
            users = users.Where(user => EF.Functions.Like(user.SearchText, text, Backslash) || EF.Functions.Like(user.NormalizedEmail!, address, Backslash));
            words = [.. words.Skip(1)];
        }

        return words.Select(word => $"%{Escape(word)}%").Aggregate(users, (found, pattern) => found.Where(user => EF.Functions.Like(user.SearchText, pattern, Backslash)));
    }

    private static string Escape(string word) => word.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_");
}

/// <summary>
/// An FTS5 table of trigrams; triggers keep it up. Its rows are numbered by <c>user_search_keys</c>: the numbers that SQLite
/// itself gives the rows of <c>users</c> may change with VACUUM.
/// </summary>
internal sealed class SqliteUserSearch : IUserSearch
{
    private const string Last = "\U0010FFFF";

    public ValueTask<IAsyncDisposable?> BeginAsync(AppDbContext db, CancellationToken ct) => new((IAsyncDisposable?)null);

    public IQueryable<AppUser> Matching(AppDbContext db, IReadOnlyList<string> words)
    {
        var indexed = words.Where(SearchWords.HasTrigram).ToArray();
        var found = indexed.Length > 0 ? WithTrigrams(db, indexed) : Beginning(db, words[0]);
        return words.Except(indexed).Aggregate(found, (users, word) => users.Where(user => user.SearchText.Contains(word)));
    }

    // A phrase of a trigram tokenizer is a part of a text; a quote within is written twice.
    private static IQueryable<AppUser> WithTrigrams(AppDbContext db, string[] words)
    {
        var query = string.Join(' ', words.Select(word => $"\"{word.Replace("\"", "\"\"")}\""));
        return db.Set<AppUser>().FromSql(
            $"SELECT * FROM users WHERE id IN (SELECT user_id FROM user_search_keys WHERE key IN (SELECT rowid FROM user_search WHERE user_search MATCH {query}))");
    }

    // Two ranges, each of an index of its own.
    private static IQueryable<AppUser> Beginning(AppDbContext db, string word)
    {
        var (text, textEnd) = (word, word + Last);
        var (address, addressEnd) = (word.ToUpperInvariant(), word.ToUpperInvariant() + Last);
        return db.Set<AppUser>().FromSql(
            $"""
            SELECT * FROM users WHERE id IN (
                SELECT id FROM users WHERE search_text >= {text} AND search_text < {textEnd}
                UNION SELECT id FROM users WHERE normalized_email >= {address} AND normalized_email < {addressEnd})
            """);
    }
}
