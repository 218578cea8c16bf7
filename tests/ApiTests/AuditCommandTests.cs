using System.Text.Json;
using GoApi.Domain.Users;
using GoApi.Tests.Hosting;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>The command line of an auditor, who has files and nothing else, and of the administrator who made them.</summary>
[Trait("Promise", "A3")]
public abstract class AuditCommandTests(GoApiHost host) : ApiTest(host)
{
    [Fact]
    public async Task Exported_files_are_checked_without_the_database_and_every_change_of_them_is_found()
    {
        using var folder = new TemporaryFolder();
        var (keyId, seal) = await ExportAsync(folder);

        var (valid, said, _) = await OfflineAsync(folder, "--records", "records", "--seals", "seals", "--key", keyId, "--seal", seal);
        Assert.True(valid == 0 && said.TrimEnd().EndsWith("VALID", StringComparison.Ordinal), said);
        Assert.Contains($"Last seal: {seal}", said, StringComparison.Ordinal);

        await FoundAsync(folder, keyId, "batch_changed", records: lines => lines[2] = lines[2].Replace("\"status\":\"success\"", "\"status\":\"failure\"", StringComparison.Ordinal));
        await FoundAsync(folder, keyId, "batch_changed", records: lines => lines.RemoveAt(1));
        await FoundAsync(folder, keyId, "reordered", records: lines => (lines[1], lines[2]) = (lines[2], lines[1]));
        await FoundAsync(folder, keyId, "nothing vouches", seals: lines => lines.RemoveAt(lines.Count - 1));
        await FoundAsync(folder, keyId, "seal_changed", seals: lines => lines[0] = lines[0].Replace("\"last_sequence\":", "\"last_sequence\":1", StringComparison.Ordinal));
        await FoundAsync(folder, keyId, "changed-seals, line 1: no seal", seals: lines => lines[0] = lines[0].Replace("\"root\":", "\"rot\":", StringComparison.Ordinal), status: 2);
        await FoundAsync(folder, keyId, "changed-records, line 2: no record", records: lines => lines[1] = "{", status: 2);
        await FoundAsync(folder, new string('x', 43), "seal_key_unknown");
        await FoundAsync(folder, keyId, "truncated", seal: $"1000000:{new string('0', 64)}");
        await FoundAsync(folder, keyId, "seal_replaced", seal: $"1:{new string('0', 64)}");
    }

    [Fact]
    public async Task Proof_is_checked_without_the_database_as_the_API_answers_it()
    {
        using var folder = new TemporaryFolder();
        var (keyId, _) = await ExportAsync(folder);
        var auditor = await Host.UserAsync(Role.Admin);
        var id = JsonDocument.Parse((await File.ReadAllLinesAsync(folder.Of("records")))[3]).RootElement.GetProperty("id").GetGuid();
        var proof = (await auditor.Api.GetAsync($"/api/v1/audit-logs/{id}/proof")).Is(200).Text;
        await File.WriteAllTextAsync(folder.Of("proof"), proof);
        var forged = proof.Replace("success\\\"", "failure\\\"", StringComparison.Ordinal);
        Assert.NotEqual(proof, forged);
        await File.WriteAllTextAsync(folder.Of("forged"), forged);

        Assert.Equal(0, (await OfflineAsync(folder, "--proof", "proof", "--key", keyId)).Status);
        Assert.Equal(1, (await OfflineAsync(folder, "--proof", "forged", "--key", keyId)).Status);
        Assert.Equal(1, (await OfflineAsync(folder, "--proof", "proof", "--key", new string('x', 43))).Status);
        Assert.Equal(2, (await OfflineAsync(folder, "--proof", "records", "--key", keyId)).Status);
    }

    [Fact]
    public async Task Database_is_verified_and_a_kept_seal_that_it_does_not_have_is_told()
    {
        await SubmitAsync(await Host.UserAsync());
        var (status, said, errors) = await HostCommand.RunAsync(Host.Settings, "audit", "verify");
        Assert.True(status == 0, said + errors);

        (status, _, errors) = await HostCommand.RunAsync(Host.Settings, "audit", "verify", "--seal", $"1000000:{new string('0', 64)}");
        Assert.True(status == 1 && errors.Contains("truncated", StringComparison.Ordinal), errors);
    }

    [Theory]
    [InlineData("audit")]
    [InlineData("audit burn")]
    [InlineData("audit verify --records")]
    [InlineData("audit verify --records a")]
    [InlineData("audit verify --records a --seals b --proof c --key d")]
    [InlineData("audit verify --key d")]
    [InlineData("audit verify --seal 1:zz")]
    [InlineData("audit export everything")]
    [InlineData("audit export seals --after -1")]
    [InlineData("audit keys --all")]
    public async Task What_is_not_understood_is_told_with_what_would_be(string line)
    {
        var (status, output, errors) = await HostCommand.RunAsync(Host.Settings, line.Split(' '));

        Assert.Equal((2, ""), (status, output));
        Assert.StartsWith("usage: audit verify", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--records missing --seals missing --key x", "missing")]
    [InlineData("--records missing --seals missing", "--key KID")]
    public async Task What_is_missing_is_named(string options, string named)
    {
        using var folder = new TemporaryFolder();
        var (status, _, errors) = await OfflineAsync(folder, options.Split(' '));

        Assert.Equal(2, status);
        Assert.Contains(named, errors, StringComparison.Ordinal);
    }

    /// <returns>The key that signs, and the last seal.</returns>
    private async Task<(string KeyId, string Seal)> ExportAsync(TemporaryFolder folder)
    {
        var auditor = await Host.UserAsync(Role.Admin);
        var entry = (await AuditAsync(await SubmitAsync(await Host.UserAsync()))).Single();
        await EventuallyAsync(async () => (await auditor.Api.GetAsync("/api/v1/audit-logs/verify")).Is(200).Data.GetProperty("sealed_through").GetInt64() >= entry.Sequence, "the entry is sealed");

        // Others write meanwhile: what was sealed between the two commands is left out.
        var seals = await HostCommand.RunAsync(Host.Settings, "audit", "export", "seals");
        var records = await HostCommand.RunAsync(Host.Settings, "audit", "export", "records");
        var keys = await HostCommand.RunAsync(Host.Settings, "audit", "keys");
        Assert.Equal((0, 0, 0), (seals.Status, records.Status, keys.Status));
        using var last = JsonDocument.Parse(seals.Output.TrimEnd().Split('\n')[^1]);
        var through = last.RootElement.GetProperty("last_sequence").GetInt64();
        await File.WriteAllTextAsync(folder.Of("seals"), seals.Output);
        await File.WriteAllLinesAsync(folder.Of("records"), records.Output.TrimEnd().Split('\n').Where(line => SequenceIn(line) <= through));
        return (keys.Output.Split(' ')[0], $"{last.RootElement.GetProperty("number").GetInt64()}:{last.RootElement.GetProperty("hash").GetString()}");
    }

    private static long SequenceIn(string record)
    {
        using var json = JsonDocument.Parse(record);
        return json.RootElement.GetProperty("sequence").GetInt64();
    }

    private static async Task FoundAsync(
        TemporaryFolder folder, string keyId, string fault, Action<List<string>>? records = null, Action<List<string>>? seals = null, string? seal = null, int status = 1)
    {
        foreach (var (name, change) in new[] { ("records", records), ("seals", seals) })
        {
            var lines = (await File.ReadAllLinesAsync(folder.Of(name))).ToList();
            change?.Invoke(lines);
            await File.WriteAllLinesAsync(folder.Of($"changed-{name}"), lines);
        }

        string[] kept = seal is null ? [] : ["--seal", seal];
        var (ended, output, errors) = await OfflineAsync(folder, ["--records", "changed-records", "--seals", "changed-seals", "--key", keyId, .. kept]);
        Assert.True(ended == status && errors.Contains(fault, StringComparison.Ordinal), output + errors);
    }

    // In the folder with the files, and with nothing else that the program could know anything from.
    private static Task<(int Status, string Output, string Errors)> OfflineAsync(TemporaryFolder folder, params string[] options) =>
        HostCommand.RunAsync(new Dictionary<string, string> { ["DATA_PATH"] = folder.Path, ["DB_HOST"] = "nowhere.invalid" }, ["audit", "verify", .. options]);

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-audit-");

        public string Path => folder.FullName;

        public string Of(string file) => System.IO.Path.Combine(Path, file);

        public void Dispose() => folder.Delete(recursive: true);
    }
}

public sealed class AuditCommandTestsEmbedded(EmbeddedHost host) : AuditCommandTests(host);

public sealed class AuditCommandTestsServices(ServicesHost host) : AuditCommandTests(host);
