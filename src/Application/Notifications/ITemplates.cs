using GoApi.Domain.Kernel;

namespace GoApi.Application.Notifications;

/// <summary>The texts that messages are made from: those of the system, and those that administrators have written in their place or beside them.</summary>
public interface ITemplates
{
    /// <summary>Renders the newest version, in the locale, else in its language, else in English. Unknown variables are empty.</summary>
    /// <returns>Not found, where there is no such template; invalid, where it cannot be rendered with these variables.</returns>
    Task<Result<RenderedMessage>> RenderAsync(string name, string? locale, IReadOnlyDictionary<string, object?> variables, CancellationToken ct);

    /// <summary>The category whose preferences decide whether somebody gets it; null where there is no such template.</summary>
    Task<string?> FindCategoryAsync(string name, CancellationToken ct);
}

/// <param name="Category">See <see cref="ITemplates.FindCategoryAsync"/>.</param>
/// <param name="Subject">One line. Also the title in the inbox.</param>
/// <param name="Text">For text messages, the inbox and programs that show no HTML.</param>
/// <param name="Html">A whole document, with the layout around it.</param>
public sealed record RenderedMessage(string Category, string Subject, string Text, string Html);
