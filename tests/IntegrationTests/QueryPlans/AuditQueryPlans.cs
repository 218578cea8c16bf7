using System.Globalization;
using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Tests.Seeding;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.QueryPlans;

/// <summary>The search of the audit trail, for what is rare and old and for what is everywhere: both are found at once.</summary>
public abstract partial class QueryPlans<TDatabase>
{
    /// <summary>
    /// Of 8 kilobytes, that a statement may read, however many entries there are (a million take some 40,000): four for each of the 500 entries of
    /// an export's batch, fifteen for each of the hundred kinds.
    /// </summary>
    private const int MaxPages = 2_500;

    [Theory, Trait("Promise", "P2")]
    [MemberData(nameof(AuditFilters.All), MemberType = typeof(AuditFilters))]
    public Task Audit_entries_by(string what, AuditLogFilter filter, string indexes) => FoundAtOnceAsync(what, filter, indexes);

    private protected async Task FoundAtOnceAsync(string what, AuditLogFilter filter, string indexes)
    {
        Page<AuditLogDto>? first = null;
        await AssertFoundByAsync(indexes, async logs => first = Value(await logs.ListAsync(filter, FirstPage, default)));
        if (first!.NextCursor is { } cursor) await AssertFoundByAsync(indexes, async logs => Assert.NotEmpty(Value(await logs.ListAsync(filter, FirstPage with { Cursor = cursor }, default)).Items));
        else Assert.True(first.Total <= 20, what);
        await AssertFoundByAsync(indexes, async logs => Assert.Equal(first.Items.Select(entry => entry.Id), await logs.StreamAsync(filter, default).Take(20).Select(entry => entry.Id).ToListAsync()));
    }

    [Fact, Trait("Promise", "P2")]
    public Task One_audit_entry() => AssertIndexedAsync(services => services.GetRequiredService<IAuditLogQueries>().FindAsync(filled.AuthorId, default));

    private async Task AssertFoundByAsync(string indexes, Func<IAuditLogQueries, Task> query)
    {
        await using var scope = filled.NewScope();
        await query(scope.ServiceProvider.GetRequiredService<IAuditLogQueries>());
        var plans = await filled.ExplainAsync(scope.ServiceProvider, run: true);

        Assert.Contains(plans, plan => plan.Contains("changes", StringComparison.Ordinal) && Regex.IsMatch(plan, indexes));
        Assert.All(plans, plan => Assert.False(ReadsTooMuch(plan), plan));
    }

    // A count reads all that it counts: of everything what is not sealed, which is all of it here; else with the first page by number, which the contract asks for.
    private static bool ReadsTooMuch(string plan) => typeof(TDatabase) == typeof(PostgreSqlDatabase)
        ? !plan.Contains("count(", StringComparison.OrdinalIgnoreCase) && (FilledDatabase<TDatabase>.IsScan(plan) || PagesRead(plan) > MaxPages)
        : SqliteReadsTooMuch(plan);

    private static int PagesRead(string plan)
    {
        var buffers = Buffers().Match(plan);
        Assert.True(buffers.Success, plan);
        return Number("hit") + Number("read");

        int Number(string name) => buffers.Groups[name] is { Success: true } number ? int.Parse(number.Value, CultureInfo.InvariantCulture) : 0;
    }

    // What it calls a co-routine is a part of the statement, as long as a page; sorted is only that.
    private static bool SqliteReadsTooMuch(string plan)
    {
        var lines = plan.Split('\n');
        var parts = CoRoutine().Matches(plan).Select(part => part.Groups[1].Value).ToHashSet();
        return lines.Index().Any(line =>
            line.Item.StartsWith("SCAN ", StringComparison.Ordinal) && !line.Item.Contains("USING", StringComparison.Ordinal) && !parts.Contains(line.Item.Split(' ')[1])
            || line.Item == "USE TEMP B-TREE FOR ORDER BY" && !lines[line.Index - 1].StartsWith("SCAN ", StringComparison.Ordinal) && !lines[line.Index - 1].EndsWith("ux_audit_entries_id (id=?)", StringComparison.Ordinal));
    }

    [GeneratedRegex("Buffers: shared(?: hit=(?<hit>[0-9]+))?(?: read=(?<read>[0-9]+))?")]
    private static partial Regex Buffers();

    [GeneratedRegex("^(?:CO-ROUTINE|MATERIALIZE) (\\w+)$", RegexOptions.Multiline)]
    private static partial Regex CoRoutine();
}

/// <summary>What the trail is searched for, and the index that it is found by (one of these).</summary>
public static class AuditFilters
{
    private const string Kinds = "ix_audit_entries_kind";
    private const string Addresses = "pk_audit_addresses|sqlite_autoindex_audit_addresses_1";

    private static readonly DateTimeOffset Old = ManyAuditEntries.Start.AddMilliseconds(ManyAuditEntries.OfRare);

    public static TheoryData<string, AuditLogFilter, string> All => new()
    {
        { "everything", AuditLogFilter.None, "ux_audit_entries_id" },
        { "a time", AuditLogFilter.None with { From = ManyAuditEntries.Start, To = Old.AddMicroseconds(5) }, "ux_audit_entries_id" },
        { "a user", AuditLogFilter.None with { UserId = ManyAuditEntries.RareUser }, "ix_audit_entries_actor" },
        { "a client", AuditLogFilter.None with { ClientId = ManyAuditEntries.RareClient }, "ix_audit_entries_client" },
        { "a common client", AuditLogFilter.None with { ClientId = "goapi-first-party" }, "ix_audit_entries_client" },
        { "an action", AuditLogFilter.None with { Action = ManyAuditEntries.RareAction }, Kinds },
        { "a common action", AuditLogFilter.None with { Action = "users.login7" }, Kinds },
        { "a module", AuditLogFilter.None with { Action = $"{ManyAuditEntries.RareModule}.*" }, Kinds },
        { "a common module", AuditLogFilter.None with { Action = "users.*" }, Kinds },
        { "a resource", AuditLogFilter.None with { Resource = ManyAuditEntries.RareResource }, Kinds },
        { "a common resource", AuditLogFilter.None with { Resource = "token" }, Kinds },
        { "a status", AuditLogFilter.None with { Status = "denied" }, Kinds },
        { "a common status", AuditLogFilter.None with { Status = "success" }, Kinds },
        { "a resource's id", AuditLogFilter.None with { ResourceId = "thing-1" }, "ix_audit_entries_resource_id" },
        { "a request", AuditLogFilter.None with { RequestId = ManyAuditEntries.RareRequest }, "ix_audit_entries_request" },
        { "an address", AuditLogFilter.None with { Ip = ManyAuditEntries.RareAddress }, Addresses },
        { "an address in a time", AuditLogFilter.None with { Ip = ManyAuditEntries.RareAddress, To = Old }, Addresses },
        { "a user from an address", AuditLogFilter.None with { Ip = ManyAuditEntries.RareAddress, UserId = ManyAuditEntries.RareUser }, Addresses },
        { "a user's actions", AuditLogFilter.None with { UserId = ManyAuditEntries.RareUser, Action = ManyAuditEntries.RareAction }, $"ix_audit_entries_actor|{Kinds}" },
        { "a user's module in a time", AuditLogFilter.None with { UserId = ManyAuditEntries.RareUser, Action = $"{ManyAuditEntries.RareModule}.*", To = Old }, $"ix_audit_entries_actor|{Kinds}" },
        { "a rare action in a time", AuditLogFilter.None with { Action = ManyAuditEntries.RareAction, From = ManyAuditEntries.Start, To = DateTimeOffset.UnixEpoch.AddYears(99) }, Kinds },
        { "a common action that failed", AuditLogFilter.None with { Action = "reviews.edit7", Status = "failure", Resource = "user" }, Kinds },
        { "a resource and its id", AuditLogFilter.None with { Resource = ManyAuditEntries.RareResource, ResourceId = "thing-1" }, "ix_audit_entries_resource_id" },
    };
}
