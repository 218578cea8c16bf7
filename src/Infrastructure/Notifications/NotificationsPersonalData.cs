using GoApi.Application.Abstractions.PersonalData;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications;

/// <summary>
/// The inbox, what was sent over the other channels, and what the person wants. Batches to many stay: they name ids only. What nothing more is sent to
/// is forgotten as well, since the address may be somebody else's one day.
/// </summary>
internal sealed class NotificationsPersonalData(AppDbContext db) : IPersonalData
{
    public string Section => "notifications";

    public Task<object?> ExportAsync(Guid userId, CancellationToken ct) => Task.FromResult<object?>(new
    {
        Inbox = db.Set<Notification>().AsNoTracking().Where(row => row.UserId == userId).OrderBy(row => row.Id)
            .Select(row => new { row.Id, row.Type, row.Category, row.Title, row.Content, row.ReadAt, row.CreatedAt }).StreamAsync(ct),
        Deliveries = db.Set<Delivery>().AsNoTracking().Where(row => row.UserId == userId).OrderBy(row => row.Id)
            .Select(row => new { row.Id, row.Channel, row.Category, row.Template, row.Address, row.Subject, row.Body, row.SentAt, row.LastError, row.ProviderId, row.VerdictReason, row.CreatedAt }).StreamAsync(ct),
        Preferences = db.Set<NotificationPreference>().AsNoTracking().Where(row => row.UserId == userId).OrderBy(row => row.Category).ThenBy(row => row.Channel)
            .Select(row => new { row.Category, row.Channel, row.IsEnabled }).StreamAsync(ct),
    });

    public async Task EraseAsync(Guid userId, CancellationToken ct)
    {
        // Registered before the account's own module, which overwrites the addresses.
        var addresses = await db.Set<AppUser>().Where(user => user.Id == userId).Select(user => new { user.Email, user.PhoneNumber }).FirstOrDefaultAsync(ct);
        var written = new[] { addresses?.Email, addresses?.PhoneNumber }.OfType<string>().ToArray();
        var known = Array.ConvertAll(written, Suppression.Normalize);
        await db.Set<Notification>().Where(row => row.UserId == userId).ExecuteDeleteAsync(ct);
        await db.Set<Delivery>().Where(row => row.UserId == userId).ExecuteDeleteAsync(ct);
        // Tests of a provider go to an address, whosever it is.
        await db.Set<Delivery>().Where(row => row.UserId == null && written.Contains(row.Address!)).ExecuteDeleteAsync(ct);
        await db.Set<NotificationPreference>().Where(row => row.UserId == userId).ExecuteDeleteAsync(ct);
        await db.Set<Suppression>().Where(row => known.Contains(row.Address)).ExecuteDeleteAsync(ct);
        // What was written for this person alone.
        var only = new List<Guid> { userId };
        await db.Set<NotificationBatch>().Where(row => row.UserIds == only).ExecuteDeleteAsync(ct);
    }
}
