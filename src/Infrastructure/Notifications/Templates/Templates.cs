using System.Globalization;
using GoApi.Application.Abstractions.Caching;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Notifications.Templates;

internal sealed class Templates(AppDbContext db, ICache cache, TemplateEngine engine, MailLayout layout, IMailLinks links, AppSettings app) : ITemplates
{
    // What the mailbox keeps, and more than any mail program shows (Gmail cuts at 102 KB).
    private const int MaxText = 99_000;
    private const int MaxHtml = 500_000;

    // Most of what is sent is nobody's own: that is remembered too.
    private static readonly CacheKind<IReadOnlyList<CurrentTemplate>> Current = new("templates", ICache.LongestLife) { IsKept = _ => true, SizeOf = rows => 200 + 200L * rows.Count };

    private readonly Dictionary<string, IReadOnlyList<CurrentTemplate>> known = [];

    public static string TagOf(string? name) => $"templates:{name}";

    public Task<Result<RenderedMessage>> RenderAsync(string name, string? locale, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        RenderAsync(name, new TemplateDraft(locale, null, null, null), variables, strictly: false, ct);

    public async Task<Result<RenderedMessage>> PreviewAsync(string name, TemplateDraft draft, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        draft.Locale is { } locale && !TemplateLocales.IsWellFormed(locale)
            ? Error.Invalid("locale", "A locale is a BCP 47 tag, such as en-GB.")
            : await RenderAsync(name, draft, variables, strictly: true, ct);

    public async Task<string?> FindCategoryAsync(string name, CancellationToken ct) => FindSystemCategory(name) ?? CategoryOf(await CurrentAsync(name, ct));

    public string? FindSystemCategory(string name) => SystemTemplates.All.GetValueOrDefault(name)?.Category;

    public Result<Done> Check(string subject, string text, string? html) => engine.Check(new TemplateSource(subject, text, html));

    private async Task<Result<RenderedMessage>> RenderAsync(string name, TemplateDraft draft, IReadOnlyDictionary<string, object?> variables, bool strictly, CancellationToken ct)
    {
        var own = await CurrentAsync(name, ct);
        var isDraft = draft is not { Subject: null, Text: null, Html: null };
        var found = Choose(name, draft.Locale, own);
        if (found is null && draft is not { Subject: not null, Text: not null }) return TemplateErrors.NotFound;

        var locale = found?.Locale ?? draft.Locale ?? NotificationTemplate.DefaultLocale;
        var culture = CultureOf(locale);
        var given = variables.Append(new("app_name", links.AppName)).Append(new("app_url", app.PublicUrl)).ToArray();
        var key = isDraft ? null : found!.Own?.Id ?? (object)(name, locale);
        var rendered = await engine.RenderAsync(key, async () => found is null ? Drafted(draft, null) : await LoadAsync(name, found, ct) is { } stored ? Drafted(draft, stored) : null, given, culture);
        if (rendered.Failed(out var error, out var parts)) return error;
        if (strictly && parts.Missing.Count > 0) return Error.Invalid([.. parts.Missing.Select(missing => new FieldError($"variables.{missing}", "The template shows this variable, and it is not given."))]);

        var reason = await engine.RenderAsync((NotificationBatch.Message, "reason", culture.TwoLetterISOLanguageName), () => Task.FromResult<TemplateSource?>(SystemTemplates.ReasonIn(culture.TwoLetterISOLanguageName)), given, culture);
        if (reason.Failed(out error, out var why)) return error;
        var message = layout.Compose(parts, FindSystemCategory(name) ?? CategoryOf(own) ?? Category.General, culture, why.Subject);
        return message.Text.Length + message.Reason.Length <= MaxText && message.Html.Length <= MaxHtml
            ? message
            : Error.Invalid("variables", $"It becomes longer than {MaxText} characters of text or {MaxHtml} of HTML.");
    }

    // The newest row of each language, without the texts: what was compiled once is not read again. One message is made of one version, to how many it goes.
    private async Task<IReadOnlyList<CurrentTemplate>> CurrentAsync(string name, CancellationToken ct) => known.TryGetValue(name, out var current)
        ? current
        : known[name] = await cache.GetOrReadAsync(Current, name, [TagOf(name)], (AppDbContext source, CancellationToken token) => ReadAsync(source, name, token), ct);

    private static async Task<IReadOnlyList<CurrentTemplate>> ReadAsync(AppDbContext db, string name, CancellationToken ct)
    {
        var rows = db.Set<NotificationTemplate>();
        return await rows.Where(row => row.Name == name && !rows.Any(later => later.Name == row.Name && later.Locale == row.Locale && later.Revision > row.Revision))
            .OrderBy(row => row.Locale)
            .Select(row => new CurrentTemplate(row.Id, row.Locale, row.Category))
            .ToListAsync(ct);
    }

    // Null where another instance has deleted it a moment ago; the text of the system is there again then.
    private async Task<TemplateSource?> LoadAsync(string name, ChosenTemplate chosen, CancellationToken ct) =>
        (chosen.Own is { } own ? await db.Set<NotificationTemplate>().Where(row => row.Id == own.Id).Select(row => new TemplateSource(row.Subject, row.Text, row.Html)).SingleOrDefaultAsync(ct) : null)
        ?? SystemTemplates.Find(name, chosen.Locale);

    private static TemplateSource Drafted(TemplateDraft draft, TemplateSource? stored) => new(
        draft.Subject ?? stored?.Subject ?? "", draft.Text ?? stored?.Text ?? "",
        // Another text is not shown behind the HTML of the one before.
        draft.Html ?? (draft.Text is null ? stored?.Html : null));

    /// <summary>In the locale, its language, English, or whatever there is; in each of them what administrators have written goes first.</summary>
    private static ChosenTemplate? Choose(string name, string? locale, IReadOnlyList<CurrentTemplate> own)
    {
        foreach (var wanted in Fallbacks(locale))
        {
            if (own.FirstOrDefault(row => string.Equals(row.Locale, wanted, StringComparison.OrdinalIgnoreCase)) is { } row) return new ChosenTemplate(row.Locale, row);
            if (SystemTemplates.Find(name, wanted) is not null) return new ChosenTemplate(wanted, null);
        }

        return own is [var first, ..] ? new ChosenTemplate(first.Locale, first) : null;
    }

    private static IEnumerable<string> Fallbacks(string? locale)
    {
        for (var wanted = locale ?? ""; wanted.Length > 0; wanted = wanted[..Math.Max(0, wanted.LastIndexOf('-'))]) yield return wanted.ToLowerInvariant();
        yield return NotificationTemplate.DefaultLocale;
    }

    // One for all languages: that which was given last.
    private static string? CategoryOf(IReadOnlyList<CurrentTemplate> own) => own.MaxBy(row => row.Id)?.Category;

    private static CultureInfo CultureOf(string locale)
    {
        try
        {
            return CultureInfo.GetCultureInfo(locale);
        }
        catch (CultureNotFoundException)
        {
            // Well formed, and nobody's language.
            return CultureInfo.GetCultureInfo(NotificationTemplate.DefaultLocale);
        }
    }

    private sealed record CurrentTemplate(Guid Id, string Locale, string Category);

    /// <param name="Own">Null where it is the text of the system.</param>
    private sealed record ChosenTemplate(string Locale, CurrentTemplate? Own);
}
