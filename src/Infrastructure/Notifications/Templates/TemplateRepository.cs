using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications.Templates;

internal sealed class TemplateRepository(AppDbContext db) : ITemplateRepository
{
    public async Task<(string? Category, int Version)> FindNewestAsync(string name, string locale, CancellationToken ct)
    {
        var rows = db.Set<NotificationTemplate>().Where(row => row.Name == name);
        var category = await rows.OrderByDescending(row => row.Id).Select(row => row.Category).FirstOrDefaultAsync(ct);
        return (category, await rows.Where(row => row.Locale == locale).MaxAsync(row => (int?)row.Revision, ct) ?? 0);
    }

    public async Task<IReadOnlyList<NotificationTemplate>> FindAllAsync(string name, CancellationToken ct) =>
        await db.Set<NotificationTemplate>().Where(row => row.Name == name).ToListAsync(ct);

    public void Add(NotificationTemplate template) => db.Add(template);

    public void Remove(NotificationTemplate template) => db.Remove(template);
}
