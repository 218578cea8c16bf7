using System.Collections.Frozen;
using System.Reflection;
using GoApi.Domain.Notifications;

namespace GoApi.Infrastructure.Notifications.Templates;

/// <summary>A template that the system itself sends.</summary>
/// <param name="Variables">What it is given, besides those that all templates have; what is given at times only ends with a question mark.</param>
internal sealed record SystemTemplate(string Name, string Category, params string[] Variables);

/// <summary>The texts that come with the program, in <c>System/LOCALE/NAME.hbs</c>: a line with the subject, an empty one, and the text.</summary>
internal static class SystemTemplates
{
    // Why somebody gets a mail whose template does not say.
    private const string Reason = "_reason";

    private static readonly SystemTemplate[] List =
    [
        new("users.verify-email", Category.Security, "first_name", "link", "token"),
        new("users.registration-repeated", Category.Security, "first_name", "link"),
        new("users.password-reset", Category.Security, "first_name", "link", "token"),
        new("users.password-reset-forced", Category.Security, "first_name", "link", "token", "forgot_link"),
        new("users.password-replaced", Category.Security, "first_name", "link"),
        new("users.password-changed", Category.Security, "first_name", "link"),
        new("users.email-change", Category.Security, "first_name", "link", "token"),
        new("users.email-changing", Category.Security, "first_name", "link"),
        new("users.email-changed", Category.Security, "first_name"),
        new("users.phone-code", Category.Security, "code"),
        new("users.phone-changed", Category.Security, "first_name", "link"),
        new("users.mfa-enabled", Category.Security, "first_name", "link"),
        new("users.mfa-disabled", Category.Security, "first_name", "link"),
        new("users.recovery-codes-renewed", Category.Security, "first_name", "link"),
        new("users.new-device", Category.Security, "first_name", "device", "network", "time", "link"),
        new("users.token-reuse", Category.Security, "first_name", "program?"),
        new("users.suspended", Category.Security, "first_name", "role"),
        new("users.reinstated", Category.Security, "first_name", "role"),
        new("users.role-changed", Category.Security, "first_name", "role"),
        new("reviews.approved", Category.Reviews, "first_name", "title?", "reason?"),
        new("reviews.rejected", Category.Reviews, "first_name", "title?", "reason?"),
        new("support.ticket-reply", Category.Support, "first_name", "number", "subject", "reply", "link"),
        new("support.ticket-status", Category.Support, "first_name", "number", "subject", "status", "link"),
        new("documents.report-ready", Category.Reports, "first_name", "report", "link", "expires_at?"),
        new(NotificationBatch.Message, Category.General, "title", "content", "action_label?", "action_url?"),
    ];

    private static readonly FrozenDictionary<(string Name, string Locale), TemplateSource> Sources = Read();

    public static FrozenDictionary<string, SystemTemplate> All { get; } = List.ToFrozenDictionary(template => template.Name);

    /// <summary>English first.</summary>
    public static IReadOnlyList<string> Locales { get; } =
        [.. Sources.Keys.Select(key => key.Locale).Distinct().OrderBy(locale => locale != NotificationTemplate.DefaultLocale).ThenBy(locale => locale, StringComparer.Ordinal)];

    public static TemplateSource? Find(string name, string locale) => All.ContainsKey(name) ? Sources.GetValueOrDefault((name, locale)) : null;

    /// <summary>Why somebody gets a mail whose template does not say, as a template of its own.</summary>
    public static TemplateSource ReasonIn(string locale) => Sources.GetValueOrDefault((Reason, locale)) ?? Sources[(Reason, NotificationTemplate.DefaultLocale)];

    private static FrozenDictionary<(string Name, string Locale), TemplateSource> Read()
    {
        const string ending = ".hbs";
        var assembly = typeof(SystemTemplates).Assembly;
        return assembly.GetManifestResourceNames().Where(path => path.EndsWith(ending, StringComparison.Ordinal)).ToFrozenDictionary(
            path => path.Replace('\\', '/').Split('/') is [.., var locale, var file] ? (file[..^ending.Length], locale) : throw new InvalidOperationException($"{path} has no locale."),
            path => Split(assembly, path));
    }

    private static TemplateSource Split(Assembly assembly, string path)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(path)!);
        var subject = reader.ReadLine() ?? throw new InvalidOperationException($"{path} is empty.");
        return new TemplateSource(subject, reader.ReadToEnd().ReplaceLineEndings("\n").Trim(), null);
    }
}
