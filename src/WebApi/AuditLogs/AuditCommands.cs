using System.Globalization;
using System.Text;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Domain.AuditLogs;
using GoApi.Domain.Kernel;

namespace GoApi.WebApi.AuditLogs;

/// <summary>The audit trail on the command line. Exit codes: 0 valid, 1 not valid, 2 not understood.</summary>
internal static class AuditCommands
{
    private const string Usage =
        """
        usage: audit verify [--seal NUMBER:HASH]                         all of it, in the database
               audit verify --records FILE --seals FILE --key KID        exported files, without the database
               audit verify --proof FILE --key KID                       that one entry is in its seal, without the database
               audit export records|seals [--after NUMBER]               JSON lines, to standard output
               audit keys                                                the keys that seals are signed with
               audit rotate-key                                          a new one, from the next seal on

        --seal is a seal that was kept elsewhere, and has to be there still; --key is a key that is trusted. Both can be given several times.
        """;

    /// <summary>Null where the arguments ask for something that needs the database, or for nothing of the audit trail.</summary>
    public static async Task<int?> RunOfflineAsync(string[] args)
    {
        if (args is not ["audit", .. var rest]) return null;
        if (AuditArguments.Parse(rest) is not { } given) return await FailAsync(Usage, 2);
        if (!given.IsOffline) return null;
        if (given.Keys.Count == 0) return await FailAsync("Whose seals are to be believed? Name the key: --key KID ('audit keys' shows it; take it from the installation, not from the files).", 2);

        try
        {
            return given.Proof is { } proof ? await VerifyProofAsync(proof, given) : await VerifyFilesAsync(given.Records!, given.Seals!, given);
        }
        catch (Exception fault) when (fault is FormatException or IOException or UnauthorizedAccessException)
        {
            return await FailAsync(fault.Message, 2);
        }
    }

    public static async Task<int> RunAsync(IServiceProvider services, string[] args)
    {
        if (AuditArguments.Parse(args) is not { } given) return await FailAsync(Usage, 2);

        await using var scope = services.CreateAsyncScope();
        var seals = scope.ServiceProvider.GetRequiredService<IAuditSeals>();
        switch (given.Verb)
        {
            case "keys":
                foreach (var key in await seals.ListKeysAsync(CancellationToken.None)) await Console.Out.WriteLineAsync($"{key.KeyId}  since {key.CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");
                return 0;
            case "rotate-key":
                await Console.Out.WriteLineAsync($"{(await seals.RotateKeyAsync(CancellationToken.None)).KeyId} signs from the next seal on; what the key before it signed stays valid.");
                return 0;
            case "export":
                return await ExportAsync(seals, given);
            default:
                return await TellAsync(await seals.VerifyAsync(given.Kept, CancellationToken.None));
        }
    }

    private static async Task<int> VerifyFilesAsync(string records, string sealsFile, AuditArguments given)
    {
        KnownSeal? first = null;
        await foreach (var seal in TrailFiles.ReadSealsAsync(sealsFile, CancellationToken.None))
        {
            first = new KnownSeal(seal.Number - 1, seal.Previous);
            break;
        }

        if (first is { Number: > 0 }) await Console.Out.WriteLineAsync($"The files begin behind seal {first.Number}, {first.Hash}: compare it with what was checked before.");
        var batches = TrailFiles.ReadSealsAsync(sealsFile, CancellationToken.None).Select(seal => new SealedBatch(seal.ToSeal(), given.Trusted(seal), null));
        var verdict = await Trail.VerifyAsync(batches, TrailFiles.ReadRecordsAsync(records, CancellationToken.None), first ?? KnownSeal.None, given.Kept, CancellationToken.None);
        return await TellAsync(verdict);
    }

    private static async Task<int> VerifyProofAsync(string file, AuditArguments given)
    {
        var proof = await TrailFiles.ReadProofAsync(file, CancellationToken.None);
        var seal = proof.Seal.ToSeal();
        if (given.Trusted(proof.Seal) is not { } trusted) return await FailAsync($"NOT VALID: the seal was signed with {seal.KeyId}, which is not a key that is trusted.", 1);

        using var key = trusted.Open();
        if (trusted.Id != seal.KeyId || !seal.IsSignedBy(key)) return await FailAsync("NOT VALID: the seal is not what its key has signed.", 1);
        if (given.Kept.Any(kept => kept.Number == seal.Number && kept.Hash != seal.Hash)) return await FailAsync($"NOT VALID: seal {seal.Number} is not the one that was kept.", 1);
        if (!MerkleTree.Includes(Convert.FromHexString(seal.Root), (int)seal.Entries, proof.LeafIndex, MerkleTree.LeafHash(Encoding.UTF8.GetBytes(proof.Record)), proof.Path.Select(Convert.FromHexString)))
            return await FailAsync($"NOT VALID: the record is not in seal {seal.Number}.", 1);

        await Console.Out.WriteLineAsync($"VALID: the record is in seal {seal.Number} of {seal.CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}, {seal.Hash}:");
        await Console.Out.WriteLineAsync(proof.Record);
        return 0;
    }

    private static async Task<int> ExportAsync(IAuditSeals seals, AuditArguments given)
    {
        // Not the console's writer, which flushes each line.
        await using StreamWriter output = new(Console.OpenStandardOutput(), new UTF8Encoding(false), 64 * 1024) { NewLine = "\n" };
        if (given.What == "seals")
            await foreach (var seal in seals.StreamAsync(given.After, CancellationToken.None)) await output.WriteLineAsync(TrailFiles.Write(seal));
        else
            await foreach (var record in seals.StreamRecordsAsync(given.After, CancellationToken.None)) await output.WriteLineAsync(TrailFiles.Write(new RecordLine(record)));
        return 0;
    }

    private static async Task<int> TellAsync(TrailVerdict verdict)
    {
        await Console.Out.WriteLineAsync($"Entries: {verdict.Entries}, seals: {verdict.Seals}, through sequence {verdict.SealedThrough}.");
        if (verdict.Last is { } last) await Console.Out.WriteLineAsync($"Last seal: {last.Number}:{last.Hash}");
        if (verdict.FirstInvalid is { } fault) return await FailAsync($"NOT VALID: {fault.Reason.ToText()} at sequence {fault.Sequence}, seal {fault.Seal}. {Meaning(fault.Reason)}", 1);
        if (verdict.Unsealed > 0) return await FailAsync($"NOT VALID: nothing vouches for what lies behind the last seal. Records: {verdict.Unsealed}.", 1);

        await Console.Out.WriteLineAsync("VALID");
        return 0;
    }

    private static string Meaning(TrailFaultReason reason) => reason switch
    {
        TrailFaultReason.Changed => "The entry is not the one that was sealed.",
        TrailFaultReason.Removed => "The entry was sealed, and is not there.",
        TrailFaultReason.Inserted => "The entry was not there when its place was sealed.",
        TrailFaultReason.Reordered => "The entries are not in the order of their sequences.",
        TrailFaultReason.BatchChanged => "An entry of this seal was changed, removed or inserted; verify in the database names it.",
        TrailFaultReason.SealRemoved => "A seal is missing before this one.",
        TrailFaultReason.SealChanged => "The seal is not what its key has signed.",
        TrailFaultReason.SealKeyUnknown => "The seal was signed with a key that is not trusted.",
        TrailFaultReason.SealReplaced => "The seal does not follow from the one before it, or is not the one that was kept.",
        TrailFaultReason.Truncated => "The seal that was kept is newer than all that is there: something was cut off, or an old state was restored.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    private static async Task<int> FailAsync(string message, int exitCode)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}

/// <summary>What follows the word <c>audit</c>.</summary>
internal sealed record AuditArguments(string Verb, string? What)
{
    public string? Records { get; private set; }

    public string? Seals { get; private set; }

    public string? Proof { get; private set; }

    public long After { get; private set; }

    public List<string> Keys { get; } = [];

    public List<KnownSeal> Kept { get; } = [];

    public bool IsOffline => Verb == "verify" && (Records ?? Seals ?? Proof) is not null;

    /// <summary>Null where they are not understood.</summary>
    public static AuditArguments? Parse(string[] args)
    {
        var (parsed, options) = args switch
        {
            ["verify", .. var rest] => (new AuditArguments("verify", null), rest),
            ["export", "records" or "seals", .. var rest] => (new AuditArguments("export", args[1]), rest),
            ["keys" or "rotate-key"] => (new AuditArguments(args[0], null), []),
            _ => (null, []),
        };
        return parsed is not null && parsed.Take(options) && parsed.IsConsistent() ? parsed : null;
    }

    /// <summary>The key that a seal brings along, if it is one that is trusted.</summary>
    public SealKey? Trusted(SealDto seal) => seal.Key?.ToKey() is { } key && Keys.Contains(key.Id) ? key : null;

    private bool Take(string[] options)
    {
        if (options.Length % 2 != 0) return false;

        foreach (var pair in options.Chunk(2))
        {
            switch (pair)
            {
                case ["--records", var file] when Verb == "verify": Records = file; break;
                case ["--seals", var file] when Verb == "verify": Seals = file; break;
                case ["--proof", var file] when Verb == "verify": Proof = file; break;
                case ["--key", var id] when Verb == "verify": Keys.Add(id); break;
                case ["--seal", var text] when Verb == "verify" && text.Split(':') is [var digits, { Length: 64 } hash] && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                    Kept.Add(new KnownSeal(number, hash.ToLowerInvariant()));
                    break;
                case ["--after", var digits] when Verb == "export" && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number): After = number; break;
                default: return false;
            }
        }

        return true;
    }

    // Files are checked together, a proof alone, and keys are for what comes from outside.
    private bool IsConsistent() => Records is null == Seals is null && (Proof is null || Records is null) && (Keys.Count == 0 || IsOffline);
}
