using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.AuditLogs;

/// <summary>
/// Remembers the last seal outside of the database, in a file below <c>DATA_PATH</c>: who has full rights in the database cannot cut off
/// entries and seals together, or have them sealed anew, unseen. Where nothing can be written there it is remembered until the process ends.
/// </summary>
internal sealed partial class SealWitness(AppSettings settings, DatabaseSettings database, ILogger<SealWitness> logger)
{
    private KnownSeal? last;
    private bool warned;

    /// <summary>For people who have found out why it is not in the database any more, and accept that: they delete it.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(settings.DataPath, $"audit-seal-{NameOf(database)}.json"));

    /// <summary>Null where there was none yet, or the file cannot be read: whoever may damage it may delete it as well.</summary>
    public KnownSeal? Last => last ??= Read();

    public void Keep(KnownSeal seal)
    {
        if (seal == last) return;

        last = seal;
        try
        {
            Directory.CreateDirectory(settings.DataPath);
            // Another process of this installation may be writing its own: whichever comes last is whole, after a power cut too.
            var draft = $"{Path}.{Environment.ProcessId}";
            using (FileStream file = new(draft, FileMode.Create))
            {
                JsonSerializer.Serialize(file, seal, JsonSerializerOptions.Web);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (!warned) CannotBeKept(logger, Path, fault.Message);
            warned = true;
        }
    }

    private KnownSeal? Read()
    {
        try
        {
            return JsonSerializer.Deserialize<KnownSeal>(File.ReadAllText(Path), JsonSerializerOptions.Web);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            if (!warned) CannotBeRead(logger, Path, fault.Message);
            warned = true;
            return null;
        }
    }

    // Each database has a trail of its own, whoever goes from one to another with the same folder. The name comes from the configuration, and from nothing that is in the database.
    private static string NameOf(DatabaseSettings database) => database.IsPostgreSql
        ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{database.Host}:{database.Port}/{database.Name}")).AsSpan(0, 4))
        : "sqlite";

    [LoggerMessage(1405, LogLevel.Warning, "The last seal of the audit trail cannot be kept in {Path}, only until this process ends: {Reason}")]
    private static partial void CannotBeKept(ILogger logger, string path, string reason);

    [LoggerMessage(1406, LogLevel.Error, "{Path} does not hold the last seal of the audit trail any more: compare the trail with a seal that was kept elsewhere. {Reason}")]
    private static partial void CannotBeRead(ILogger logger, string path, string reason);
}
