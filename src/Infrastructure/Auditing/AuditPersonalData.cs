using System.Runtime.CompilerServices;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// The entries about a person. They are never changed: the erasure destroys the key that their personal fields are encrypted with, and deletes
/// what they are found by whose address is asked for.
/// </summary>
internal sealed class AuditPersonalData(AppDbContext db, AuditProtection protection, PersonKeys keys) : IPersonalData
{
    public string Section => "activity";

    public Task<object?> ExportAsync(Guid userId, CancellationToken ct) => Task.FromResult<object?>(ReadAsync(userId, ct));

    public async Task EraseAsync(Guid userId, CancellationToken ct)
    {
        // In this order: who finds no key writes no address.
        await keys.DestroyAsync(db, userId, ct);
        await db.Set<AuditAddress>().Where(row => row.UserId == userId).ExecuteDeleteAsync(ct);
    }

    private async IAsyncEnumerable<object> ReadAsync(Guid userId, [EnumeratorCancellation] CancellationToken ct)
    {
        var own = await protection.KeysAsync(db, [userId], ct);
        var entries = db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.SubjectUserId == userId).OrderBy(entry => entry.Sequence);
        await foreach (var entry in entries.AsAsyncEnumerable().WithCancellation(ct))
        {
            // Somebody else's address is not the person's.
            yield return new
            {
                entry.Id,
                entry.Action,
                entry.Status,
                entry.Error,
                entry.Resource,
                entry.ResourceId,
                IpAddress = entry.CallerId == userId ? AuditProtection.IpAddressOf(entry, own) : null,
                UserAgent = entry.CallerId == userId ? AuditProtection.UserAgentOf(entry, own) : null,
                ClientId = entry.ActorClientId,
                entry.RequestId,
                Changes = AuditProtection.ChangesOf(entry, own),
                entry.CreatedAt,
            };
        }
    }
}
