using System.Data.Common;

namespace GoApi.Tests.Seeding;

/// <summary>
/// Many audit entries, written by the database itself, one a millisecond: of a thousand people and three programs, fifty kinds of actions, each
/// from one of 5,000 addresses. What is <c>rare</c> is among the oldest only: whoever walks from the newest to them has seen everything.
/// </summary>
public static class ManyAuditEntries
{
    /// <summary>The number of the rare ones.</summary>
    public const int OfRare = 60;

    public const string RareModule = "rare";
    public const string RareAction = "rare.first";
    public const string RareResource = "rarity";
    public const string RareClient = "rare-client";
    public const string RareRequest = "rare-request";
    public const string RareAddress = "192.0.2.200";

    public static readonly Guid RareUser = new("01912345-0000-7000-a000-00000000ffff");

    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_760_000_000_000);

    /// <param name="rareDigest">What <see cref="RareAddress"/> is found by; 16 bytes.</param>
    /// <param name="author">Has every hundredth entry in their history.</param>
    public static async Task FillAsync(DbConnection connection, int count, bool isPostgreSql, byte[] rareDigest, Guid author, CancellationToken ct)
    {
        var numbers = isPostgreSql
            ? $"WITH numbers AS (SELECT n::bigint FROM generate_series(1, {count}) n)"
            : $"WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})";
        var milliseconds = $"({Start.ToUnixTimeMilliseconds()} + n)";
        var id = isPostgreSql
            ? $"(lpad(to_hex({milliseconds}), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid"
            : $"printf('%08X-%04X-7000-8000-%012X', {milliseconds} >> 16, {milliseconds} & 65535, n)";
        var user = isPostgreSql ? "('01912345-0000-7000-a000-' || lpad(to_hex(n % 1000), 12, '0'))::uuid" : "printf('01912345-0000-7000-A000-%012X', n % 1000)";
        var moment = isPostgreSql ? $"to_timestamp({milliseconds} / 1000.0)" : $"{milliseconds} * 1000";
        var (rare, person) = ($"n <= {OfRare}", $"CASE WHEN n <= {OfRare} THEN {Id(RareUser)} WHEN n % 2 = 1 THEN {user} END");

        await ExecuteAsync(
            $"""
            {numbers}
            INSERT INTO audit_entries (id, actor_user_id, actor_client_id, subject_user_id, action, resource, resource_id, request_id, status, created_at)
            SELECT {id}, {person}, CASE WHEN {rare} THEN '{RareClient}' WHEN n % 4 = 1 THEN 'goapi-first-party' WHEN n % 4 = 3 THEN NULL ELSE 'machine' || (n % 8) END,
                CASE WHEN n % 100 = 1 THEN {Id(author)} ELSE {person} END,
                CASE WHEN {rare} THEN '{RareModule}.' || CASE WHEN n % 2 = 0 THEN 'first' ELSE 'second' END WHEN n % 5 = 0 THEN 'reviews.edit' || (n % 9) ELSE 'users.login' || (n % 41) END,
                CASE WHEN {rare} THEN '{RareResource}' WHEN n % 3 = 0 THEN 'token' ELSE 'user' END, 'thing-' || (n / 20), CASE WHEN {rare} THEN '{RareRequest}' ELSE 'request-' || (n / 2) END,
                CASE WHEN {rare} THEN 'denied' WHEN n % 100 = 0 THEN 'failure' ELSE 'success' END, {moment}
            FROM numbers
            """);
        var digest = isPostgreSql ? "decode(lpad(to_hex(n % 5000), 32, '0'), 'hex')" : "unhex(printf('%032X', n % 5000))";
        var rareDigestText = isPostgreSql ? $"'\\x{Convert.ToHexString(rareDigest)}'::bytea" : $"X'{Convert.ToHexString(rareDigest)}'";
        await ExecuteAsync($"{numbers} INSERT INTO audit_addresses (digest, entry_id, user_id) SELECT CASE WHEN {rare} THEN {rareDigestText} ELSE {digest} END, {id}, {person} FROM numbers");
        if (!isPostgreSql)
        {
            await ExecuteAsync("ANALYZE");
            return;
        }

        await ExecuteAsync("VACUUM ANALYZE audit_entries");
        await ExecuteAsync("VACUUM ANALYZE audit_addresses");

        string Id(Guid value) => isPostgreSql ? $"'{value}'::uuid" : $"'{value.ToString().ToUpperInvariant()}'";

        async Task ExecuteAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 300;
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
