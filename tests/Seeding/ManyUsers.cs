using System.Data.Common;

namespace GoApi.Tests.Seeding;

/// <summary>
/// Many users, written by the database itself: common names in turn, each a surname of its own; every thousandth is of the support or
/// suspended, every hundredth has never logged in, and one is <see cref="RareName"/> at <see cref="RareAddress"/>.
/// </summary>
public static class ManyUsers
{
    public const string RareName = "Xylander";
    public const string RareAddress = "qz@mail.test";

    public static async Task FillAsync(DbConnection connection, int count, bool isPostgreSql, CancellationToken ct)
    {
        var (yes, no) = isPostgreSql ? ("true", "false") : ("1", "0");
        var moment = isPostgreSql ? "to_timestamp(1740000000 + n)" : "(1740000000 + n) * 1000000";
        var numbers = isPostgreSql
            ? $"WITH numbers AS (SELECT n::bigint FROM generate_series(0, {count - 1}) n)"
            : $"WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count - 1})";
        // Not in the order of creation, as names are not.
        var scattered = $"(n * 7919 % {count})";
        var last = $"CASE WHEN n = {count / 2} THEN '{RareName}' ELSE 'Name' || {scattered} END";
        var address = $"CASE WHEN n = {count / 2} THEN '{RareAddress}' ELSE 'p' || {scattered} || '@mail.test' END";
        var first = "CASE n % 4 WHEN 0 THEN 'Ada' WHEN 1 THEN 'Grace' WHEN 2 THEN 'Edsger' ELSE 'Barbara' END";
        var id = isPostgreSql
            ? "(lpad(to_hex(1740000000000 + n), 12, '0') || '70009' || lpad(to_hex(n), 15, '0'))::uuid"
            : "printf('%08X-%04X-7000-9000-%012X', (1740000000000 + n) >> 16, (1740000000000 + n) & 65535, n)";

        await ExecuteAsync(
            $"""
            {numbers}
            INSERT INTO users (id, first_name, last_name, role, status, created_at, updated_at, last_login_at, version, user_name, normalized_user_name, email,
                normalized_email, search_text, email_confirmed, phone_number_confirmed, two_factor_enabled)
            SELECT {id}, {first}, {last}, CASE WHEN n % 1000 = 1 THEN 'support' ELSE 'user' END, CASE WHEN n % 1000 = 2 THEN 'suspended' ELSE 'active' END,
                {moment}, {moment}, CASE WHEN n % 100 = 3 THEN NULL ELSE {moment} END, 1, {address}, upper({address}), {address},
                upper({address}), lower({last} || ' ' || {first} || ' ' || {address}), {yes}, {no}, {no}
            FROM numbers
            """);
        await ExecuteAsync(isPostgreSql ? "VACUUM ANALYZE users" : "ANALYZE");

        async Task ExecuteAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 300;
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
