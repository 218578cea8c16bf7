namespace GoApi.Application.Notifications;

public static class TemplateLocales
{
    /// <summary>One spelling for all: the language in small letters, a script with a capital, a region in capitals (RFC 5646, section 2.1.1).</summary>
    public static string Canonical(string locale) => string.Join('-', locale.Split('-').Select((part, index) => (index, part.Length) switch
    {
        (> 0, 2) => part.ToUpperInvariant(),
        (> 0, 4) => $"{char.ToUpperInvariant(part[0])}{part[1..].ToLowerInvariant()}",
        _ => part.ToLowerInvariant(),
    }));
}
