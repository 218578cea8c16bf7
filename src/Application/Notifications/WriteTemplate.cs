using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>The next version of a template, which is used from then on; that of a template of the system takes its place.</summary>
/// <param name="Html">Made from the text where it is not given.</param>
/// <param name="Locale">English where it is not given.</param>
/// <param name="Category">The one that it had, or <c>general</c>, where it is not given.</param>
public sealed record WriteTemplate(string Subject, string Text, string? Html, string? Locale, string? Category)
{
    [JsonIgnore]
    public string Name { get; init; } = "";
}

internal sealed class WriteTemplateValidator : AbstractValidator<WriteTemplate>
{
    public WriteTemplateValidator()
    {
        RuleFor(request => request.Name).Must(TemplateRules.IsName).WithMessage("A name has 1 to 100 of a-z, 0-9, '.', '_' and '-', and begins with a letter or digit.");
        RuleFor(request => request.Subject).NotEmpty().MaximumLength(NotificationTemplate.MaxSubject);
        RuleFor(request => request.Text).NotEmpty().MaximumLength(NotificationTemplate.MaxText);
        RuleFor(request => request.Html).MaximumLength(NotificationTemplate.MaxHtml);
        RuleFor(request => request.Locale).IsTemplateLocale();
        RuleFor(request => request.Category).IsCategory();
    }
}

internal sealed class WriteTemplateHandler(ITemplates templates, ITemplateRepository stored, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time)
    : IUseCase<WriteTemplate, TemplateDto>
{
    public async Task<Result<TemplateDto>> HandleAsync(WriteTemplate request, CancellationToken ct)
    {
        var system = templates.FindSystemCategory(request.Name);
        if (system is not null && request.Category is { } other && other != system) return TemplateErrors.CategoryIsFixed(system);
        var html = string.IsNullOrWhiteSpace(request.Html) ? null : request.Html;
        if (templates.Check(request.Subject, request.Text, html).Failed(out var fault)) return fault;

        var locale = TemplateLocales.Canonical(request.Locale ?? NotificationTemplate.DefaultLocale);
        // Of two at once the unique index refuses one.
        var (category, version) = await stored.FindNewestAsync(request.Name, locale, ct);
        var template = NotificationTemplate.Write(
            request.Name, locale, version + 1, system ?? request.Category ?? category ?? Category.General, request.Subject, request.Text, html, actor.UserId, time.GetUtcNow());
        stored.Add(template);
        await unitOfWork.SaveAsync(ct);
        return new TemplateDto
        {
            Name = template.Name,
            Locale = template.Locale,
            Version = template.Revision,
            Category = template.Category,
            IsSystem = system is not null,
            Subject = template.Subject,
            Text = template.Text,
            Html = template.Html,
            CreatedBy = template.CreatedBy,
            CreatedAt = template.CreatedAt,
        };
    }
}
