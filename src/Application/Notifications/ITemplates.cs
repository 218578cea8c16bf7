using GoApi.Application.Abstractions.Mail;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Notifications;

/// <summary>The texts that messages are made from: those of the system, and those that administrators have written in their place or beside them.</summary>
public interface ITemplates
{
    /// <summary>
    /// Renders the newest version, in the locale, else in its language, else in English, else in whatever there is. Unknown variables are
    /// empty. Values are texts, numbers, truth values, moments, lists and dictionaries of these, and JSON.
    /// </summary>
    /// <returns>Not found, where there is no such template; invalid, where it cannot be rendered with these variables.</returns>
    Task<Result<RenderedMessage>> RenderAsync(string name, string? locale, IReadOnlyDictionary<string, object?> variables, CancellationToken ct);

    /// <summary>The same with a draft in place of what is stored. A variable that it would show and does not have is invalid: <c>variables.name</c>, all of them at once.</summary>
    Task<Result<RenderedMessage>> PreviewAsync(string name, TemplateDraft draft, IReadOnlyDictionary<string, object?> variables, CancellationToken ct);

    /// <summary>The category whose preferences decide whether somebody gets it; null where there is no such template.</summary>
    Task<string?> FindCategoryAsync(string name, CancellationToken ct);

    /// <summary>The category of a template of the system, which nobody can change; null where it is none of the system's.</summary>
    string? FindSystemCategory(string name);

    /// <summary>Whether it can be rendered at all; each part at fault with the line.</summary>
    Result<Done> Check(string subject, string text, string? html);
}

/// <summary>What is not given is taken from the newest version.</summary>
/// <param name="Locale">As of somebody who gets it; English where it is not given.</param>
public sealed record TemplateDraft(string? Locale, string? Subject, string? Text, string? Html);

/// <param name="Category">See <see cref="ITemplates.FindCategoryAsync"/>.</param>
/// <param name="Subject">One line. Also the title in the inbox.</param>
/// <param name="Text">For text messages, the inbox and programs that show no HTML.</param>
/// <param name="Html">A whole document, with the layout around it.</param>
/// <param name="Reason">Why somebody gets it as a mail, in a sentence; the HTML has it already.</param>
public sealed record RenderedMessage(string Category, string Subject, string Text, string Html, string Reason)
{
    public EmailMessage ToMail(Guid messageId, string to) => new(messageId, to, Subject, $"{Text}\n\n-- \n{Reason}\n", Html);
}
