using System.Text;
using System.Text.Json;
using GoApi.Domain.AuditLogs;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>The trail as an auditor sees it, from outside. Attacks on it: tests/IntegrationTests/AuditLogs.</summary>
[Trait("Promise", "A3")]
public abstract class AuditSealTests(GoApiHost host) : ApiTest(host)
{
    private const string Path = "/api/v1/audit-logs";

    [Fact]
    public async Task Entry_is_sealed_within_seconds_and_its_proof_is_checked_with_nothing_of_ours()
    {
        var (author, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var entry = Assert.Single(await AuditAsync(await SubmitAsync(author)));
        var verdict = await SealedAsync(auditor, entry.Sequence);

        Assert.True(verdict.Data.GetProperty("valid").GetBoolean());
        Assert.Equal(JsonValueKind.Null, verdict.Data.GetProperty("first_invalid").ValueKind);
        var proof = (await auditor.Api.GetAsync($"{Path}/{entry.Id}/proof")).Is(200).Data;
        var leaf = MerkleTree.LeafHash(Encoding.UTF8.GetBytes(proof.GetProperty("record").GetString()!));
        Assert.Equal(proof.GetProperty("leaf_hash").GetString(), Convert.ToHexStringLower(leaf));
        var seal = proof.GetProperty("seal");
        Assert.True(MerkleTree.Includes(
            Convert.FromHexString(seal.GetProperty("root").GetString()!), proof.GetProperty("tree_size").GetInt32(), proof.GetProperty("leaf_index").GetInt32(), leaf,
            proof.GetProperty("path").EnumerateArray().Select(hash => Convert.FromHexString(hash.GetString()!))));

        using var record = JsonDocument.Parse(proof.GetProperty("record").GetString()!);
        Assert.Equal((entry.Sequence, "reviews.submit", author.Id.ToString()), (record.RootElement.GetProperty("sequence").GetInt64(), record.RootElement.GetProperty("action").GetString(), record.RootElement.GetProperty("actor_user_id").GetString()));
        Assert.StartsWith("encrypted:", record.RootElement.GetProperty("ip_address").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seals_are_listed_newest_first_and_exported_by_number_and_each_holds_the_hash_of_the_one_before()
    {
        var auditor = await Host.UserAsync(Role.Admin);
        await SealedAsync(auditor, (await AuditAsync(await SubmitAsync(await Host.UserAsync()))).Single().Sequence);
        await SealedAsync(auditor, (await AuditAsync(await SubmitAsync(await Host.UserAsync()))).Single().Sequence);

        var listed = (await auditor.Api.GetAsync($"{Path}/seals?limit=2")).Is(200);
        var newest = listed.Data[0];
        Assert.Equal(newest.GetProperty("previous").GetString(), listed.Data[1].GetProperty("hash").GetString());
        var next = (await auditor.Api.GetAsync($"{Path}/seals?limit=1&cursor={Uri.EscapeDataString((await auditor.Api.GetAsync($"{Path}/seals?limit=1")).NextCursor!)}")).Is(200);
        Assert.True(next.Data[0].GetProperty("number").GetInt64() < newest.GetProperty("number").GetInt64() + 1);

        var exported = Lines(await auditor.Api.GetAsync($"{Path}/seals/export"));
        Assert.Equal(Enumerable.Range(1, exported.Length).Select(number => (long)number), exported.Select(seal => seal.GetProperty("number").GetInt64()));
        var rest = Lines(await auditor.Api.GetAsync($"{Path}/seals/export?after={exported.Length - 1}"));
        Assert.Equal(exported.Length, rest[0].GetProperty("number").GetInt64());
        Assert.Equal(["after"], (await auditor.Api.GetAsync($"{Path}/seals/export?after=-1")).Is(422).Fields);
    }

    [Fact]
    public async Task Kept_seal_that_is_there_is_well_and_one_that_is_not_is_named()
    {
        var auditor = await Host.UserAsync(Role.Admin);
        var entry = Assert.Single(await AuditAsync(await SubmitAsync(await Host.UserAsync())));
        var last = (await SealedAsync(auditor, entry.Sequence)).Data.GetProperty("last_seal");
        var (number, hash) = (last.GetProperty("number").GetInt64(), last.GetProperty("hash").GetString()!);

        Assert.True((await auditor.Api.GetAsync($"{Path}/verify?seal_number={number}&seal_hash={hash}")).Is(200).Data.GetProperty("valid").GetBoolean());
        var replaced = (await auditor.Api.GetAsync($"{Path}/verify?seal_number={number}&seal_hash={new string('0', 64)}")).Is(200).Data;
        Assert.Equal((false, "seal_replaced", number), (replaced.GetProperty("valid").GetBoolean(), replaced.GetProperty("first_invalid").GetProperty("reason").GetString(), replaced.GetProperty("first_invalid").GetProperty("seal").GetInt64()));
        var truncated = (await auditor.Api.GetAsync($"{Path}/verify?seal_number=1000000&seal_hash={hash.ToUpperInvariant()}")).Is(200).Data;
        Assert.Equal("truncated", truncated.GetProperty("first_invalid").GetProperty("reason").GetString());
        Assert.Equal(truncated.GetProperty("sealed_through").GetInt64() + 1, truncated.GetProperty("first_invalid").GetProperty("sequence").GetInt64());
    }

    [Theory]
    [InlineData("seal_number=1", "seal_hash")]
    [InlineData("seal_hash=0000000000000000000000000000000000000000000000000000000000000000", "seal_number")]
    [InlineData("seal_number=0&seal_hash=xyz", "seal_hash,seal_number")]
    public async Task Half_a_seal_is_refused_with_all_its_faults(string query, string fields) =>
        Assert.Equal(fields.Split(','), (await (await Host.UserAsync(Role.Admin)).Api.GetAsync($"{Path}/verify?{query}")).Is(422).Fields);

    [Fact]
    public async Task Records_are_lines_whose_octets_were_sealed_and_taking_them_is_an_entry()
    {
        var auditor = await Host.UserAsync(Role.Admin);
        var entry = Assert.Single(await AuditAsync(await SubmitAsync(await Host.UserAsync())));
        await SealedAsync(auditor, entry.Sequence);

        var answer = await auditor.Api.GetAsync($"{Path}/records");

        Assert.Equal(("application/jsonl", true), (answer.Header("Content-Type")?.Split(';')[0], answer.Header("Content-Disposition")?.StartsWith("attachment", StringComparison.Ordinal)));
        var line = answer.Text.Split('\n').Single(text => text.Contains($"\"id\":\"{entry.Id}\"", StringComparison.Ordinal));
        var proof = (await auditor.Api.GetAsync($"{Path}/{entry.Id}/proof")).Is(200).Data;
        Assert.Equal(proof.GetProperty("record").GetString(), line);
        Assert.Equal((auditor.Id, "audit_logs.export_records"), ((await AuditedAsync(answer, "audit_logs.export_records")).ActorUserId, (await AuditAsync(answer))[0].Action));
    }

    [Fact]
    [Trait("Promise", "A4")]
    public async Task Erased_person_changes_no_seal()
    {
        var (person, auditor) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var entry = Assert.Single(await AuditAsync(await SubmitAsync(person)));
        await SealedAsync(auditor, entry.Sequence);
        var before = (await auditor.Api.GetAsync($"{Path}/{entry.Id}/proof")).Is(200).Data;

        (await auditor.Api.PostAsync($"/api/v1/users/{person.Id}/anonymize")).Is(200);

        var after = (await auditor.Api.GetAsync($"{Path}/{entry.Id}/proof")).Is(200).Data;
        Assert.Equal((before.GetProperty("record").GetString(), before.GetProperty("seal").GetProperty("hash").GetString()), (after.GetProperty("record").GetString(), after.GetProperty("seal").GetProperty("hash").GetString()));
        Assert.True((await auditor.Api.GetAsync($"{Path}/verify")).Is(200).Data.GetProperty("valid").GetBoolean());
        Assert.Null(await Host.WithDatabaseAsync(db => db.Set<PersonKey>().Where(key => key.UserId == person.Id).Select(key => key.WrappedKey).SingleAsync()));
    }

    private static async Task<Answer> SealedAsync(TestUser auditor, long sequence)
    {
        Answer? verdict = null;
        await EventuallyAsync(async () => (verdict = (await auditor.Api.GetAsync($"{Path}/verify")).Is(200)).Data.GetProperty("sealed_through").GetInt64() >= sequence, $"entry {sequence} is sealed");
        return verdict!;
    }

    private static JsonElement[] Lines(Answer answer) =>
        [.. answer.Is(200).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}

public sealed class AuditSealTestsEmbedded(EmbeddedHost host) : AuditSealTests(host);

public sealed class AuditSealTestsServices(ServicesHost host) : AuditSealTests(host);
