using System.Data.Common;
using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Reviews;
using GoApi.Tests.Hosting;
using GoApi.Tests.Seeding;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.QueryPlans;

/// <summary>A database with enough in it that its planner has a choice, and what it says about the statements that were sent.</summary>
public sealed partial class FilledDatabase<TDatabase> : IAsyncLifetime where TDatabase : DatabaseFixture, new()
{
    private const int Reviews = 200_000;
    private const int Users = 200_000;

    private readonly TDatabase database = new();
    private readonly SentStatements sent = new();
    private ServiceProvider? host;

    public Guid AuthorId { get; private set; }

    public Guid ReviewId { get; private set; }

    /// <summary>Of all approved reviews. Their first page counts them all, which the contract asks for, and no index spares.</summary>
    public string SecondPage { get; private set; } = "";

    private static bool IsPostgreSql => typeof(TDatabase) == typeof(PostgreSqlDatabase);

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        if (IsPostgreSql && !Services.AreRunning) return;

        host = database.NewHost(services => services.AddSingleton<IInterceptor>(sent));
        await using var scope = host.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await db.Database.OpenConnectionAsync();
        db.AddRange(Enumerable.Range(0, 5_000).Select(OutboxRow));
        await db.SaveChangesAsync();
        await ManyReviews.FillAsync(db.Database.GetDbConnection(), Reviews, IsPostgreSql, default);
        await ManyUsers.FillAsync(db.Database.GetDbConnection(), Users, IsPostgreSql, default);

        var reviews = scope.ServiceProvider.GetRequiredService<ReviewQueries>();
        var all = await reviews.ListAsync(new ReviewFilter(null, null, null, null, null), new PageRequest(null, null, null), default);
        Assert.False(all.Failed(out _, out var page));
        (AuthorId, ReviewId, SecondPage) = (page.Items[0].UserId, page.Items[0].Id, page.NextCursor!);
        await ManyNotifications.FillAsync(db.Database.GetDbConnection(), IsPostgreSql ? 200_000 : 100_000, IsPostgreSql, AuthorId, default);
        var digest = host.GetRequiredService<AddressDigest>().Of(ManyAuditEntries.RareAddress)!;
        await ManyAuditEntries.FillAsync(db.Database.GetDbConnection(), IsPostgreSql ? 1_000_000 : 200_000, IsPostgreSql, digest, AuthorId, default);
        // A connection of SQLite reads the statistics when it is opened: one from before ANALYZE would plan without them.
        SqliteConnection.ClearAllPools();
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await database.DisposeAsync();
    }

    /// <summary>With an empty list of statements. Skips where the database does not run.</summary>
    internal AsyncServiceScope NewScope()
    {
        if (host is null) _ = Services.Settings;
        sent.Clear();
        return host!.CreateAsyncScope();
    }

    /// <summary>The plan of each statement that was sent since the scope began, with the values that it was sent with.</summary>
    /// <param name="run">They only read: PostgreSQL runs them again, and says how much each part of the plan has read.</param>
    internal async Task<IReadOnlyList<string>> ExplainAsync(IServiceProvider services, bool run = false)
    {
        var connection = services.GetRequiredService<AppDbContext>().Database.GetDbConnection();
        if (connection.State == System.Data.ConnectionState.Closed) await connection.OpenAsync();
        List<string> plans = [];
        foreach (var (sql, parameters) in sent.Take())
        {
            await using var explain = connection.CreateCommand();
            explain.CommandText = (!IsPostgreSql ? "EXPLAIN QUERY PLAN " : run ? "EXPLAIN (ANALYZE, BUFFERS) " : "EXPLAIN ") + sql;
            foreach (var (name, value) in parameters)
            {
                var parameter = explain.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                explain.Parameters.Add(parameter);
            }

            await using var rows = await explain.ExecuteReaderAsync();
            List<string> lines = [sql];
            while (await rows.ReadAsync()) lines.Add(rows.GetString(IsPostgreSql ? 0 : rows.GetOrdinal("detail")));
            plans.Add(string.Join('\n', lines));
        }

        return plans;
    }

    /// <summary>Reads a table that grows from end to end.</summary>
    internal static bool IsScan(string plan) => IsPostgreSql ? TableScan().IsMatch(plan) : SqliteScan().IsMatch(plan);

    // Nearly all of them are done, as they are in life.
    private static OutboxMessage OutboxRow(int number)
    {
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(number);
        var done = number % 100 != 0;
        return new OutboxMessage
        {
            Id = Guid.CreateVersion7(at),
            Consumer = "tests.none",
            Lane = Lane.Mail,
            Event = "tests.none.v1",
            Payload = "{}",
            RequestId = "test",
            CreatedAt = at,
            DueAt = at,
            State = done ? OutboxState.Done : OutboxState.Open,
            ClosedAt = done ? at : null,
        };
    }

    [GeneratedRegex(@"Seq Scan on (reviews|users|outbox_messages|audit_entries|audit_addresses|notifications|deliveries|delivery_attempts)\b")]
    private static partial Regex TableScan();

    // A scan along an index, in the order that is asked for, ends with the page.
    // A table of trigrams is searched by what it is given, which SQLite calls a scan.
    [GeneratedRegex(@"^SCAN (?!CONSTANT ROW|user_search VIRTUAL TABLE INDEX \d+:M|.*USING (COVERING )?INDEX)", RegexOptions.Multiline)]
    private static partial Regex SqliteScan();

    private sealed class SentStatements : DbCommandInterceptor
    {
        private readonly List<(string Sql, (string Name, object? Value)[] Parameters)> statements = [];

        public void Clear() => statements.Clear();

        public (string Sql, (string Name, object? Value)[] Parameters)[] Take()
        {
            var taken = statements.ToArray();
            statements.Clear();
            return taken;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            statements.Add((command.CommandText, [.. command.Parameters.Cast<DbParameter>().Select(parameter => (parameter.ParameterName, parameter.Value))]));
            return ValueTask.FromResult(result);
        }
    }
}
