using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.Encryption;

/// <summary>
/// Goes through the columns that the model says are encrypted, in batches of one transaction each. Rows are replaced only where they still are
/// what was read, so that it runs beside hosts that write them, and nothing that was destroyed comes back. Audit entries are no part of it:
/// the keys that they are encrypted with stay the same.
/// </summary>
internal sealed partial class Reencryption(IServiceScopeFactory scopes, IDatabaseLock exclusive, EncryptionKey encryption, ILogger<Reencryption> logger) : IEncryptionAdministration
{
    public const int BatchSize = 200;

    private const string Lock = "encryption";
    private const int MostExamples = 100;

    public string KeyId => encryption.Id;

    public Task<IReadOnlyList<EncryptedState>> CheckAsync(CancellationToken ct) => CheckAsync(_ => true, ct);

    public async Task<IReadOnlyList<EncryptedState>> RotateAsync(CancellationToken ct)
    {
        await using var held = await exclusive.TakeAsync(Lock, ct);
        await RecordAsync("system.reencryption_begun", AuditStatus.Success, ct);
        var done = new Dictionary<string, int>();
        await ReplaceAllAsync(column => column.Entity != typeof(StoredKey), done, ct);
        // They say at the start of a host which key it needs, so they come last, and not before nothing else needs a previous one.
        if ((await CheckAsync(column => column.Entity != typeof(StoredKey), ct)).All(state => state.Previous == 0)) await ReplaceAllAsync(column => column.Entity == typeof(StoredKey), done, ct);

        var states = (await CheckAsync(ct)).Select(state => state with { Reencrypted = done.GetValueOrDefault(state.What) }).ToArray();
        await RecordAsync("system.reencryption_ended", states.All(state => state is { Previous: 0, Unreadable: 0 }) ? AuditStatus.Success : AuditStatus.Failure, ct);
        return states;
    }

    private async Task<IReadOnlyList<EncryptedState>> CheckAsync(Func<EncryptedColumn, bool> which, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        List<EncryptedState> states = [];
        foreach (var column in EncryptedColumn.Of(db.Model).Where(which))
        {
            var state = new EncryptedState(column.Name, 0, 0, 0, 0, []);
            List<string> examples = [];
            await ForEachBatchAsync(db, column, rows =>
            {
                foreach (var row in rows)
                {
                    if (row.Ciphertext is not { } ciphertext) continue;
                    if (encryption.TryDecrypt(row.Purpose, ciphertext, out _, out var isCurrent))
                    {
                        state = isCurrent ? state with { Current = state.Current + 1 } : state with { Previous = state.Previous + 1 };
                        continue;
                    }

                    state = state with { Unreadable = state.Unreadable + 1 };
                    if (examples.Count < MostExamples) examples.Add(encryption.Describe(row.Name, ciphertext));
                }

                return Task.CompletedTask;
            }, ct);
            states.Add(state with { Examples = examples });
        }

        return states;
    }

    private async Task ReplaceAllAsync(Func<EncryptedColumn, bool> which, Dictionary<string, int> done, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        foreach (var column in EncryptedColumn.Of(db.Model).Where(which))
        {
            await ForEachBatchAsync(db, column, async rows => done[column.Name] = done.GetValueOrDefault(column.Name) + await ReplaceAsync(db, column, rows, ct), ct);
            if (done.GetValueOrDefault(column.Name) is > 0 and var count) Reencrypted(logger, column.Name, count, encryption.Id);
        }
    }

    private async Task<int> ReplaceAsync(AppDbContext db, EncryptedColumn column, IReadOnlyList<EncryptedRow> rows, CancellationToken ct)
    {
        List<(EncryptedRow Row, byte[] Ciphertext)> replacements = [];
        foreach (var row in rows)
            if (row.Ciphertext is { } old && encryption.TryDecrypt(row.Purpose, old, out var plaintext, out var isCurrent) && !isCurrent)
                replacements.Add((row, encryption.Encrypt(row.Purpose, plaintext)));
        if (replacements.Count == 0) return 0;

        var count = 0;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        foreach (var (row, ciphertext) in replacements)
            if (await column.ReplaceAsync(db, row, ciphertext, ct))
                count++;
        await transaction.CommitAsync(ct);
        return count;
    }

    private static async Task ForEachBatchAsync(AppDbContext db, EncryptedColumn column, Func<IReadOnlyList<EncryptedRow>, Task> work, CancellationToken ct)
    {
        EncryptedRow? last = null;
        while (await column.ReadAsync(db, last, BatchSize, ct) is { Count: > 0 } rows)
        {
            await work(rows);
            last = rows[^1];
        }
    }

    private async Task RecordAsync(string action, AuditStatus status, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<IAuditTrail>().Record(action, status, "encryption_key", encryption.Id);
        await scope.ServiceProvider.GetRequiredService<AppDbContext>().SaveChangesAsync(ct);
    }

    [LoggerMessage(1021, LogLevel.Information, "{Column}: {Count} rows are encrypted with key {KeyId} now")]
    private static partial void Reencrypted(ILogger logger, string column, int count, string keyId);
}
