using System.Globalization;

namespace GoApi.Infrastructure.Notifications.Templates;

/// <summary>The colour of the installation, as it can be read on light and on dark ground (WCAG 2.2, 1.4.3).</summary>
/// <param name="Light">Of buttons on white.</param>
/// <param name="OnLight">Of the words on them.</param>
/// <param name="Dark">Of buttons in dark mode: the same colour, as much lighter as it takes.</param>
internal sealed record MailColors(string Light, string OnLight, string Dark, string OnDark)
{
    private const string White = "#ffffff";
    private const string Ink = "#10142a";
    private const string DarkCard = "#181b24";

    // As much as the words beside a button have: it is what one looks for.
    private const double EnoughInTheDark = 6;

    public static MailColors Of(string color)
    {
        var dark = color;
        for (var white = 0.1; Contrast(dark, DarkCard) < EnoughInTheDark; white += 0.1) dark = Mix(color, Math.Min(white, 1));
        return new MailColors(color, WordsOn(color), dark, WordsOn(dark));
    }

    /// <summary>From 1 to 21.</summary>
    public static double Contrast(string one, string other)
    {
        var (left, right) = (Luminance(one), Luminance(other));
        return (Math.Max(left, right) + 0.05) / (Math.Min(left, right) + 0.05);
    }

    private static string WordsOn(string color) => Contrast(color, White) >= Contrast(color, Ink) ? White : Ink;

    private static string Mix(string color, double white) =>
        "#" + string.Concat(Channels(color).Select(channel => ((int)Math.Round(channel + (255 - channel) * white)).ToString("x2", CultureInfo.InvariantCulture)));

    private static double Luminance(string color)
    {
        double[] linear = [.. Channels(color).Select(channel => channel / 255.0).Select(share => share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4))];
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    private static int[] Channels(string color) => [.. Enumerable.Range(0, 3).Select(index => int.Parse(color.AsSpan(1 + 2 * index, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
}
