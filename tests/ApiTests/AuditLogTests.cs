using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>The trail as staff read it.</summary>
[Trait("Promise", "A1")]
public abstract class AuditLogTests(GoApiHost host) : ApiTest(host)
{
    private const string Path = "/api/v1/audit-logs";

    [Fact]
    public async Task Entry_has_every_field_of_the_contract()
    {
        var (author, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var submitted = await SubmitAsync(author);
        var entry = Assert.Single(await AuditAsync(submitted));

        var listed = Assert.Single((await auditor.Api.GetAsync($"{Path}?request_id={submitted.RequestId}")).Is(200).Data.EnumerateArray());

        Assert.Equal(
            ["action", "actor_client_id", "actor_user_id", "changes", "created_at", "error", "id", "ip_address", "request_id", "resource", "resource_id", "sequence", "status", "subject_user_id", "user_agent"],
            listed.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal((entry.Id, entry.Sequence, author.Id, "reviews.submit", "review", submitted.Id.ToString(), "success"), (
            listed.GetProperty("id").GetGuid(), listed.GetProperty("sequence").GetInt64(), listed.GetProperty("actor_user_id").GetGuid(), Text(listed, "action"), Text(listed, "resource"), Text(listed, "resource_id"), Text(listed, "status")));
        // What is stored encrypted is readable here.
        Assert.Equal("127.0.0.1", Text(listed, "ip_address"));
        Assert.Equal(4, listed.GetProperty("changes").GetProperty("rating").GetProperty("new").GetInt32());
        Assert.Equal(listed.ToString(), (await auditor.Api.GetAsync($"{Path}/{entry.Id}")).Is(200).Data.ToString());
    }

    [Fact]
    public async Task Each_filter_is_taken_and_all_of_them_together()
    {
        var (author, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        var submitted = await SubmitAsync(author);
        var entry = Assert.Single(await AuditAsync(submitted));

        foreach (var filter in new[] { $"user_id={author.Id}", $"resource_id={submitted.Id}", $"request_id={submitted.RequestId}" })
            Assert.Contains(entry.Id, (await auditor.Api.GetAsync($"{Path}?{filter}&limit=100")).Is(200).Ids);

        var query = $"user_id={author.Id}&client_id={entry.ActorClientId}&action=reviews.*&resource=review&resource_id={submitted.Id}&status=success&ip=%3A%3Affff%3A127.0.0.1&request_id={submitted.RequestId}&from={from:O}&to={from.AddMinutes(10):O}";
        Assert.Equal([entry.Id], (await auditor.Api.GetAsync($"{Path}?{query.Replace("+", "%2B", StringComparison.Ordinal)}")).Is(200).Ids);
        foreach (var other in new[] { ("status=success", "status=denied"), ("action=reviews.*", "action=users.*"), ("127.0.0.1", "192.0.2.1"), ("resource=review", "resource=user") })
            Assert.Empty((await auditor.Api.GetAsync($"{Path}?{query.Replace(other.Item1, other.Item2, StringComparison.Ordinal).Replace("+", "%2B", StringComparison.Ordinal)}")).Is(200).Ids);
    }

    [Fact]
    public async Task Pages_go_on_by_cursor_newest_first()
    {
        var (author, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        List<Guid> written = [];
        for (var review = 0; review < 5; review++) written.AddRange((await AuditAsync(await SubmitAsync(author))).Select(entry => entry.Id));
        written.Reverse();

        var query = $"{Path}?user_id={author.Id}&action=reviews.submit&limit=2";
        var page = (await auditor.Api.GetAsync(query)).Is(200);
        Assert.Equal(5, page.Pagination.GetProperty("total").GetInt64());
        List<Guid> read = [.. page.Ids];
        while (page.NextCursor is { } cursor)
        {
            page = (await auditor.Api.GetAsync($"{query}&cursor={Uri.EscapeDataString(cursor)}")).Is(200);
            read.AddRange(page.Ids);
        }

        Assert.Equal(written, read);
    }

    [Fact]
    public async Task Exports_have_what_the_list_has_and_a_formula_stays_text()
    {
        var (author, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var requestId = $"export-{Guid.CreateVersion7():N}";
        (await author.Api.PostAsync("/api/v1/reviews", ReviewOf(NewResource()), ("X-Request-ID", requestId), ("User-Agent", "=cmd|'/c calc'!A1"))).Is(201);
        var listed = Assert.Single((await auditor.Api.GetAsync($"{Path}?request_id={requestId}")).Is(200).Data.EnumerateArray());

        var lines = await auditor.Api.GetAsync($"{Path}/export?format=jsonl&request_id={requestId}");
        Assert.Equal(200, lines.Status);
        Assert.StartsWith("application/jsonl", lines.Header("Content-Type"), StringComparison.Ordinal);
        using (var line = JsonDocument.Parse(Assert.Single(lines.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)))) Assert.Equal(listed.ToString(), line.RootElement.ToString());

        var csv = await auditor.Api.GetAsync($"{Path}/export?request_id={requestId}");
        Assert.StartsWith("text/csv", csv.Header("Content-Type"), StringComparison.Ordinal);
        Assert.Equal(2, csv.Text.Split("\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("id,sequence,actor_user_id,", csv.Text, StringComparison.Ordinal);
        Assert.Contains("'=cmd|", csv.Text, StringComparison.Ordinal);
        Assert.Equal(auditor.Id, (await AuditedAsync(csv, "audit_logs.export")).ActorUserId);
    }

    [Fact]
    public async Task Whoever_reads_the_trail_is_in_it()
    {
        var (author, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var entry = Assert.Single(await AuditAsync(await SubmitAsync(author)));

        var listed = await auditor.Api.GetAsync($"{Path}?user_id={author.Id}");
        var read = await auditor.Api.GetAsync($"{Path}/{entry.Id}");

        Assert.Equal((auditor.Id, "user", author.Id.ToString()), ((await AuditedAsync(listed, "audit_logs.list")).ActorUserId, (await AuditAsync(listed))[0].Resource, (await AuditAsync(listed))[0].ResourceId));
        Assert.Equal(entry.Id.ToString(), (await AuditedAsync(read, "audit_logs.read")).ResourceId);
    }

    [Fact]
    [Trait("Promise", "A4")]
    public async Task Of_somebody_who_is_erased_nothing_personal_is_shown_or_found()
    {
        var (person, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var entry = Assert.Single(await AuditAsync(await SubmitAsync(person)));
        var query = $"{Path}?user_id={person.Id}&ip=127.0.0.1&action=reviews.submit";
        Assert.Equal([entry.Id], (await auditor.Api.GetAsync(query)).Is(200).Ids);

        (await auditor.Api.PostAsync($"/api/v1/users/{person.Id}/anonymize")).Is(200);

        var after = (await auditor.Api.GetAsync($"{Path}/{entry.Id}")).Is(200).Data;
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (after.GetProperty("ip_address").ValueKind, after.GetProperty("user_agent").ValueKind));
        Assert.Empty((await auditor.Api.GetAsync(query)).Is(200).Ids);
    }

    [Fact]
    public async Task Denial_is_found_by_its_status()
    {
        var (user, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var denied = (await user.Api.GetAsync(Path)).Is(403);

        Assert.Equal([(await AuditedAsync(denied, "audit.read", AuditStatus.Denied)).Id], (await auditor.Api.GetAsync($"{Path}?user_id={user.Id}&status=denied")).Is(200).Ids);
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_search_is_named_at_once()
    {
        var auditor = await Host.UserAsync(Role.Admin);

        Assert.Equal(["action", "ip", "limit", "status"], (await auditor.Api.GetAsync($"{Path}?action=login&status=lost&ip=nowhere&limit=1000")).Is(422, "VALIDATION_FAILED").Fields);
        Assert.Equal(["action", "format"], (await auditor.Api.GetAsync($"{Path}/export?action=login&format=xml")).Is(422, "VALIDATION_FAILED").Fields);
        (await auditor.Api.GetAsync($"{Path}?user_id=somebody")).Is(400, "BAD_REQUEST");
        (await auditor.Api.GetAsync($"{Path}/{Guid.CreateVersion7()}")).Is(404, "NOT_FOUND");
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}

public sealed class AuditLogTestsEmbedded(EmbeddedHost host) : AuditLogTests(host);

public sealed class AuditLogTestsServices(ServicesHost host) : AuditLogTests(host);
