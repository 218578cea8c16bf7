using System.Data.Common;

namespace GoApi.Tests.Seeding;

/// <summary>
/// A filled database, written by the database itself: a thousand authors, and reviews of which a thousand are of the one
/// resource that is asked for, spread over the whole time; the others are of resources with twenty each.
/// </summary>
public static class ManyReviews
{
    public const int OfMeasuredResource = 1_000;
    public const string ResourceType = "product";
    public const string ResourceId = "measured";

    private const int Authors = 1_000;

    /// <param name="count">Thousands.</param>
    public static async Task FillAsync(DbConnection connection, int count, bool isPostgreSql, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(count % OfMeasuredResource, 0);
        var every = count / OfMeasuredResource;
        var (yes, no) = isPostgreSql ? ("true", "false") : ("1", "0");
        var moment = isPostgreSql ? "to_timestamp(1750000000 + n * 0.001)" : "1750000000000000 + n * 1000";
        var author = $"(CASE WHEN n % {every} = 0 THEN n / {every} ELSE n END) % {Authors}";

        await ExecuteAsync(
            $"""
            {Numbers(Authors)}
            INSERT INTO users (id, first_name, last_name, role, status, created_at, updated_at, version, user_name, normalized_user_name, email,
                normalized_email, search_text, email_confirmed, phone_number_confirmed, two_factor_enabled)
            SELECT {Id("n")}, 'Ada', 'Lovelace', 'user', 'active', {moment}, {moment}, 1, 'author' || n || '@example.test', 'AUTHOR' || n || '@EXAMPLE.TEST',
                'author' || n || '@example.test', 'AUTHOR' || n || '@EXAMPLE.TEST', 'lovelace ada author' || n || '@example.test', {yes}, {no}, {no}
            FROM numbers
            """);
        await ExecuteAsync(
            $"""
            {Numbers(count)}
            INSERT INTO reviews (id, author_id, resource_type, resource_id, rating, title, content, status, report_count, created_at, updated_at, version)
            SELECT {Id("n")}, {Id(author)}, '{ResourceType}', CASE WHEN n % {every} = 0 THEN '{ResourceId}' ELSE 'r' || (n / 20) END, 1 + n / {every} % 5,
                'Good', 'It does what it should, and has done so every day for the three months that I have had it now. The box was small, the manual is clear.',
                CASE WHEN n % {every} <> 0 AND n % 100 = 1 THEN 'pending' ELSE 'approved' END, CASE WHEN n % 1000 = 2 THEN 1 ELSE 0 END, {moment}, {moment}, 1
            FROM numbers
            """);
        await ExecuteAsync(isPostgreSql ? "VACUUM ANALYZE" : "ANALYZE");

        string Numbers(int to) => isPostgreSql
            ? $"WITH numbers AS (SELECT n::bigint FROM generate_series(0, {to - 1}) n)"
            : $"WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {to - 1})";

        // They sort by creation, like the ids of version 7 that the application makes: milliseconds first.
        string Id(string number) => isPostgreSql
            ? $"(lpad(to_hex(1750000000000 + {number}), 12, '0') || '70008' || lpad(to_hex({number}), 15, '0'))::uuid"
            : $"printf('%08X-%04X-7000-8000-%012X', (1750000000000 + {number}) >> 16, (1750000000000 + {number}) & 65535, {number})";

        async Task ExecuteAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 300;
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
