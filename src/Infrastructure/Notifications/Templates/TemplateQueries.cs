using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications.Templates;

internal sealed class TemplateQueries(AppDbContext db, PageReader pages) : ITemplateQueries
{
    private static readonly ListOrder<TemplateVersionRow> NewestFirst = new ByCreation<TemplateVersionRow>(row => row.Id, newestFirst: true);
    private static readonly ByName Order = new();

    private IQueryable<NotificationTemplate> Rows => db.Set<NotificationTemplate>().AsNoTracking();

    public async Task<Result<Page<TemplateSummary>>> ListAsync(PageRequest page, CancellationToken ct)
    {
        // There are as many as people write: all of them are merged with those of the system.
        var rows = db.Set<NotificationTemplate>();
        var current = await Rows.Where(row => !rows.Any(later => later.Name == row.Name && later.Locale == row.Locale && later.Revision > row.Revision))
            .Select(row => new { row.Name, row.Id, Locale = new TemplateLocale(row.Locale, row.Revision, row.Category, row.Subject, row.CreatedAt) }).ToListAsync(ct);
        var own = current.ToLookup(row => row.Name);
        var all = SystemTemplates.All.Keys.Union(own.Select(group => group.Key)).Select(name => Summary(name, [.. own[name].OrderBy(row => row.Id).Select(row => row.Locale)])).AsQueryable();
        return await pages.ReadAsync(
            "templates", Order, (position, skipped, limit) => (position is null ? all : Order.After(all, position)) is { } rest ? Task.FromResult(Order.Apply(rest).Skip(skipped).Take(limit).ToList()) : null,
            () => Task.FromResult(all.LongCount()), page);
    }

    public async Task<TemplateDto?> FindAsync(string name, TemplateVersionFilter filter, CancellationToken ct)
    {
        var rows = Rows.Where(row => row.Name == name);
        var locale = filter.Locale is { } given ? TemplateLocales.Canonical(given) : await DefaultLocaleAsync(name, rows, ct);
        if (filter.Version is not 0)
        {
            var written = rows.Where(row => row.Locale == locale && (filter.Version == null || row.Revision == filter.Version)).OrderByDescending(row => row.Revision);
            if (await written.FirstOrDefaultAsync(ct) is { } row) return Shown(row);
            if (filter.Version is not null) return null;
        }

        return SystemTemplates.Find(name, locale) is { } text ? Shown(SystemTemplates.All[name], locale, text) : null;
    }

    public async Task<Result<Page<TemplateVersion>>?> ListVersionsAsync(string name, PageRequest page, CancellationToken ct)
    {
        var rows = Rows.Where(row => row.Name == name);
        if (!SystemTemplates.All.ContainsKey(name) && !await rows.AnyAsync(ct)) return null;

        var found = await pages.ReadAsync(
            $"templates.{name}", rows, all => all.Select(row => new TemplateVersionRow { Id = row.Id, Locale = row.Locale, Version = row.Revision, Category = row.Category, Subject = row.Subject, CreatedBy = row.CreatedBy, CreatedAt = row.CreatedAt }), NewestFirst, page, ct);
        return found.Failed(out var error, out var read) ? error : read.Select(row => new TemplateVersion(row.Locale, row.Version, row.Category, row.Subject, row.CreatedBy, row.CreatedAt));
    }

    private static async Task<string> DefaultLocaleAsync(string name, IQueryable<NotificationTemplate> rows, CancellationToken ct)
    {
        if (SystemTemplates.All.ContainsKey(name) || await rows.AnyAsync(row => row.Locale == NotificationTemplate.DefaultLocale, ct)) return NotificationTemplate.DefaultLocale;
        return await rows.OrderBy(row => row.Locale).Select(row => row.Locale).FirstOrDefaultAsync(ct) ?? NotificationTemplate.DefaultLocale;
    }

    private static TemplateSummary Summary(string name, TemplateLocale[] written)
    {
        var system = SystemTemplates.All.GetValueOrDefault(name);
        var built = SystemTemplates.Locales.Where(locale => written.All(own => own.Locale != locale))
            .Select(locale => SystemTemplates.Find(name, locale) is { } text ? new TemplateLocale(locale, 0, system!.Category, text.Subject, null) : null).OfType<TemplateLocale>();
        return new TemplateSummary(
            name, system?.Category ?? written[^1].Category, system is not null, system?.Variables ?? [], [.. written.Concat(built).OrderBy(locale => locale.Locale, StringComparer.Ordinal)]);
    }

    private static TemplateDto Shown(NotificationTemplate row) => new()
    {
        Name = row.Name,
        Locale = row.Locale,
        Version = row.Revision,
        Category = row.Category,
        IsSystem = SystemTemplates.All.ContainsKey(row.Name),
        Variables = SystemTemplates.All.GetValueOrDefault(row.Name)?.Variables ?? [],
        Subject = row.Subject,
        Text = row.Text,
        Html = row.Html,
        CreatedBy = row.CreatedBy,
        CreatedAt = row.CreatedAt,
    };

    private static TemplateDto Shown(SystemTemplate template, string locale, TemplateSource text) => new()
    {
        Name = template.Name,
        Locale = locale,
        Category = template.Category,
        IsSystem = true,
        Variables = template.Variables,
        Subject = text.Subject,
        Text = text.Text,
    };

    private sealed class TemplateVersionRow
    {
        public Guid Id { get; init; }

        public required string Locale { get; init; }

        public int Version { get; init; }

        public required string Category { get; init; }

        public required string Subject { get; init; }

        public Guid? CreatedBy { get; init; }

        public DateTimeOffset CreatedAt { get; init; }
    }

    /// <summary>In memory; no two have the same name.</summary>
    private sealed class ByName() : ListOrder<TemplateSummary>("name")
    {
        public override IQueryable<TemplateSummary> Apply(IQueryable<TemplateSummary> items) => items.OrderBy(item => item.Name, StringComparer.Ordinal);

        public override IQueryable<TemplateSummary> After(IQueryable<TemplateSummary> items, string position) => items.Where(item => string.CompareOrdinal(item.Name, position) > 0);

        public override string PositionOf(TemplateSummary item) => item.Name;
    }
}
