using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Notifications;

/// <summary>Templates to read.</summary>
public interface ITemplateQueries
{
    /// <summary>By name, what is in use of each.</summary>
    Task<Result<Page<TemplateSummary>>> ListAsync(PageRequest page, CancellationToken ct);

    /// <summary>In the locale, or English, or else whatever there is; the newest version, or the one that is asked for. Null where there is none.</summary>
    Task<TemplateDto?> FindAsync(string name, TemplateVersionFilter filter, CancellationToken ct);

    /// <summary>What administrators have written, newest first; null where there is no template of that name.</summary>
    Task<Result<Page<TemplateVersion>>?> ListVersionsAsync(string name, PageRequest page, CancellationToken ct);
}

/// <param name="Locale">BCP 47; only in this one.</param>
/// <param name="Version">0 is the text of the system.</param>
public sealed record TemplateVersionFilter(string? Locale, int? Version) : IListFilter;

internal sealed class TemplateVersionFilterValidator : AbstractValidator<TemplateVersionFilter>
{
    public TemplateVersionFilterValidator()
    {
        RuleFor(filter => filter.Locale).IsTemplateLocale();
        RuleFor(filter => filter.Version).GreaterThanOrEqualTo(0);
    }
}
