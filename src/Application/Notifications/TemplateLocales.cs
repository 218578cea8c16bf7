using System.Text.RegularExpressions;

namespace GoApi.Application.Notifications;

/// <summary>BCP 47 tags, as far as people and templates have them.</summary>
public static partial class TemplateLocales
{
    public static bool IsWellFormed(string locale) => Pattern().IsMatch(locale);

    /// <summary>One spelling for all: the language in small letters, a script with a capital, a region in capitals (RFC 5646, section 2.1.1).</summary>
    public static string Canonical(string locale) => string.Join('-', locale.Split('-').Select((part, index) => (index, part.Length) switch
    {
        ( > 0, 2) => part.ToUpperInvariant(),
        ( > 0, 4) => $"{char.ToUpperInvariant(part[0])}{part[1..].ToLowerInvariant()}",
        _ => part.ToLowerInvariant(),
    }));

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\z")]
    private static partial Regex Pattern();
}
