namespace GoApi.Application.Users;

/// <summary>
/// What people call their device, from its User-Agent (RFC 9110, section 10.1.5): "Firefox on Windows". A guess for people to read; nothing
/// is decided by it. The header's conventions are few and frozen by now, so a table stands for a library that would be updated for new models.
/// </summary>
public static class DeviceName
{
    // The first that fits: browsers call themselves by the names of those that they descend from as well.
    private static readonly (string Mark, string Name)[] Programs =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Macintosh", "macOS"), ("Linux", "Linux"),
    ];

    public const string Unknown = "An unknown device";

    public static string Of(string? userAgent)
    {
        if (string.IsNullOrWhiteSpace(userAgent)) return Unknown;

        var (program, system) = (Find(Programs, userAgent) ?? Product(userAgent), Find(Systems, userAgent));
        return (program, system) switch
        {
            (null, null) => Unknown,
            (null, _) => system,
            (_, null) => program,
            _ => $"{program} on {system}",
        };
    }

    private static string? Find((string Mark, string Name)[] table, string userAgent) =>
        table.Where(row => userAgent.Contains(row.Mark, StringComparison.Ordinal)).Select(row => row.Name).FirstOrDefault();

    // "curl/8.5.0" is curl. Every browser begins with "Mozilla/5.0", which says nothing. It is shown in mails: no name is longer than this, and none has other characters.
    private static string? Product(string userAgent)
    {
        var name = userAgent.Split('/', ' ')[0];
        return name is { Length: > 0 and <= 40 } and not "Mozilla" && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.') ? name : null;
    }
}
