using System.Data.Common;

namespace GoApi.Tests.Seeding;

/// <summary>
/// Inboxes and the ledger, written by the database itself: a thousand of each are one person's, spread over the whole time; of the deliveries
/// one in a thousand is dead, failed, ambiguous or pending.
/// </summary>
public static class ManyNotifications
{
    public const int OfOne = 1_000;

    /// <param name="count">Of each; thousands.</param>
    public static async Task FillAsync(DbConnection connection, int count, bool isPostgreSql, Guid userId, CancellationToken ct)
    {
        var every = count / OfOne;
        var (yes, no) = isPostgreSql ? ("true", "false") : ("1", "0");
        var moment = isPostgreSql ? "to_timestamp(1750000000 + n * 0.001)" : "1750000000000000 + n * 1000";
        var owner = $"CASE WHEN n % {every} = 0 THEN {(isPostgreSql ? $"'{userId}'::uuid" : $"'{userId.ToString().ToUpperInvariant()}'")} ELSE {Id("n / 20")} END";

        await ExecuteAsync(
            $"""
            {Numbers(count)}
            INSERT INTO notifications (id, user_id, batch_id, type, category, channels, title, content, read_at, created_at, updated_at, version)
            SELECT {Id("n")}, {owner}, {Id("n / 1000")}, CASE WHEN n % 3 = 0 THEN 'orders.shipped' ELSE 'notifications.message' END, 'general', ',in_app,email,', 'Good news', 'Your order is on its way.',
                CASE WHEN n % 4 = 0 THEN NULL ELSE {moment} END, {moment}, {moment}, 1
            FROM numbers
            """);
        await ExecuteAsync(
            $"""
            {Numbers(count)}
            INSERT INTO deliveries (id, batch_id, user_id, channel, category, template, address, state, is_ambiguous, attempt_count, provider_id, sent_at, verdict, created_at, updated_at, version)
            SELECT {Id("n")}, {Id("n / 1000")}, {owner}, 'email', 'general', 'notifications.message', 'author' || n || '@example.test',
                CASE n % 1000 WHEN 1 THEN 'dead' WHEN 2 THEN 'failed' WHEN 3 THEN 'pending' ELSE 'sent' END, CASE WHEN n % 1000 = 4 THEN {yes} ELSE {no} END, 1, 'provider-' || n, {moment},
                CASE WHEN n % 2 = 0 AND n % 1000 > 4 THEN 'delivered' END, {moment}, {moment}, 1
            FROM numbers
            """);
        await ExecuteAsync(
            $"""
            {Numbers(count)}
            INSERT INTO delivery_attempts (delivery_id, number, outcome, provider_id, started_at, ended_at) SELECT {Id("n")}, 1, 'sent', 'provider-' || n, {moment}, {moment} FROM numbers
            """);
        await ExecuteAsync(
            $"""
            {Numbers(count)}
            INSERT INTO outbox_messages (id, consumer, lane, event, payload, request_id, created_at, due_at, dispatches, settled, attempts, attempts_before, ambiguous, state, closed_at)
            SELECT {Id("n")}, 'notifications.deliver-email', 'mail', 'notifications.email-due.v1', '{"{}"}', 'test', {moment}, {moment}, 1, 1, 1, 0, {no}, 'done', {moment} FROM numbers
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
