using System.Globalization;
using System.Text;
using HandlebarsDotNet;
using HandlebarsDotNet.IO;

namespace GoApi.Infrastructure.Notifications.Templates;

/// <summary>The helpers that SendGrid's dynamic templates have, and the blocks of our layout.</summary>
internal static class TemplateHelpers
{
    public const string Culture = "culture";

    /// <param name="escaped">Whether what variables hold is escaped for HTML.</param>
    public static IHandlebars Create(bool escaped)
    {
        var configuration = new HandlebarsConfiguration { NoEscape = !escaped, TextEncoder = new HtmlText() };
        configuration.FormatterProviders.Add(new Values());
        var handlebars = Handlebars.Create(configuration);
        handlebars.Condition("equals", given => AreEqual(given[0], given[1]));
        handlebars.Condition("notEquals", given => !AreEqual(given[0], given[1]));
        handlebars.Condition("greaterThan", given => Compare(given[0], given[1]) > 0);
        handlebars.Condition("lessThan", given => Compare(given[0], given[1]) < 0);
        handlebars.Condition("and", given => given.All(IsThere));
        handlebars.Condition("or", given => given.Any(IsThere));
        handlebars.RegisterHelper("insert", (Context _, Arguments given) => Insert(given));
        handlebars.RegisterHelper("length", (Context _, Arguments given) => Length(given[0]));
        handlebars.RegisterHelper("formatDate", (in HelperOptions options, in Context _, in Arguments given) => FormatDate(given, (CultureInfo)options.Data[Culture]!));
        handlebars.RegisterHelper("button", (EncodedTextWriter output, Context _, Arguments given) => output.WriteSafeString(Button(given[0], given[1])));
        handlebars.RegisterHelper("box", (EncodedTextWriter output, Context _, Arguments given) => output.WriteSafeString($"{Marks.Box}{Shown(given[0])}{Marks.BoxEnd}"));
        handlebars.Around("paragraph", Marks.Paragraph, Marks.ParagraphEnd);
        handlebars.Around("because", Marks.Because, Marks.BecauseEnd);
        return handlebars;
    }

    /// <summary>A value as a template shows it; what is not there leaves a mark.</summary>
    public static string Shown(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        MissingVariable missing => $"{Marks.Missing}{missing.Path}{Marks.MissingEnd}",
        // Of something that has no parts, such as a text.
        UndefinedBindingResult missing => $"{Marks.Missing}{missing.Value}{Marks.MissingEnd}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    // As {{#equals a b}} … {{else}} … {{/equals}} and as (equals a b).
    private static void Condition(this IHandlebars handlebars, string name, Func<object?[], bool> holds)
    {
        handlebars.RegisterHelper(name, (Context _, Arguments given) => (object)holds([.. given]));
        handlebars.RegisterHelper(name, (EncodedTextWriter output, BlockHelperOptions options, Context context, Arguments given) =>
        {
            if (holds([.. given])) options.Template(output, context);
            else options.Inverse(output, context);
        });
    }

    private static void Around(this IHandlebars handlebars, string name, char before, char after) =>
        handlebars.RegisterHelper(name, (EncodedTextWriter output, BlockHelperOptions options, Context context, Arguments _) =>
        {
            output.WriteSafeString(before.ToString());
            options.Template(output, context);
            output.WriteSafeString(after.ToString());
        });

    private static string Button(object? label, object? address)
    {
        if (address is null || IsMissing(address)) return Shown(address);
        return Uri.TryCreate(Shown(address), UriKind.Absolute, out var target) && target.Scheme is "https" or "http"
            ? $"{Marks.Button}{Shown(label)}{Marks.Between}{target.AbsoluteUri}{Marks.ButtonEnd}"
            : throw new TemplateException("The address of a button is an absolute one with https or http.");
    }

    private static object? Insert(Arguments given)
    {
        if (IsThere(given[0]) || given.Length < 2) return given[0];

        const string name = "default=";
        var fallback = Shown(given[1]);
        return fallback.StartsWith(name, StringComparison.Ordinal) ? fallback[name.Length..] : fallback;
    }

    private static object Length(object? value) => value switch
    {
        _ when IsMissing(value) => value!,
        System.Collections.ICollection or IReadOnlyCollection<object?> or IReadOnlyCollection<KeyValuePair<string, object?>> => ((IEnumerable<object?>)value).Count(),
        _ => Shown(value).Length,
    };

    private static object? FormatDate(Arguments given, CultureInfo culture)
    {
        if (IsMissing(given[0])) return given[0];
        if (!DateTimeOffset.TryParse(Shown(given[0]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
            throw new TemplateException("formatDate is given no moment (2026-01-15T10:30:00Z is one).");

        var zone = TimeSpan.Zero;
        if (given.Length > 2 && !TryZone(Shown(given[2]), out zone)) throw new TemplateException("The third argument of formatDate is an offset from UTC, such as +0100.");
        try
        {
            return moment.ToOffset(zone).ToString(DotNetFormat(Shown(given[1])), culture);
        }
        catch (FormatException)
        {
            throw new TemplateException("The second argument of formatDate is no format (MMMM D, YYYY is one).");
        }
    }

    private static bool TryZone(string text, out TimeSpan zone)
    {
        zone = default;
        if (text.Length != 5 || text[0] is not ('+' or '-') || !TimeSpan.TryParseExact(text[1..], "hhmm", CultureInfo.InvariantCulture, out var offset) || offset > TimeSpan.FromHours(14)) return false;
        zone = text[0] == '-' ? -offset : offset;
        return true;
    }

    // Years, days and halves of a day are written otherwise there; a format of one letter would be one of .NET's own.
    private static string DotNetFormat(string format)
    {
        var own = new StringBuilder(format).Replace("YYYY", "yyyy").Replace("YY", "yy").Replace("DD", "dd").Replace('D', 'd').Replace("A", "tt").Replace("ZZ", "zzz").ToString();
        return own.Length == 1 ? $"%{own}" : own;
    }

    // Neither missing nor false, 0, or empty.
    private static bool IsThere(object? value) => HandlebarsUtils.IsTruthyOrNonEmpty(value!);

    private static bool IsMissing(object? value) => value is MissingVariable or UndefinedBindingResult;

    private static bool AreEqual(object? one, object? other) => Compare(one, other) == 0;

    private static int Compare(object? one, object? other) => Number(one) is { } left && Number(other) is { } right ? left.CompareTo(right) : string.CompareOrdinal(Compared(one), Compared(other));

    // What is missing is as good as empty.
    private static string Compared(object? value) => IsMissing(value) ? "" : Shown(value);

    private static double? Number(object? value) => value is int or long or decimal or double ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;

    /// <summary>How values are written where a template shows them.</summary>
    private sealed class Values : IFormatterProvider, IFormatter
    {
        public bool TryCreateFormatter(Type type, out IFormatter formatter)
        {
            formatter = this;
            return type == typeof(UndefinedBindingResult) || type == typeof(bool) || type.Namespace == typeof(Values).Namespace;
        }

        public void Format<T>(T value, in EncodedTextWriter writer) => writer.Write(Shown(value));
    }

    /// <summary>For elements and for attributes in either kind of quotes; letters stay what they are.</summary>
    private sealed class HtmlText : ITextEncoder
    {
        public void Encode(StringBuilder? text, TextWriter target) => Encode(text?.ToString(), target);

        public void Encode(string? text, TextWriter target)
        {
            foreach (var letter in text ?? "") Encode(letter, target);
        }

        public void Encode<T>(T? text, TextWriter target) where T : IEnumerator<char>
        {
            while (text?.MoveNext() is true) Encode(text.Current, target);
        }

        private static void Encode(char letter, TextWriter target)
        {
            switch (letter)
            {
                case '<': target.Write("&lt;"); break;
                case '>': target.Write("&gt;"); break;
                case '&': target.Write("&amp;"); break;
                case '"': target.Write("&quot;"); break;
                case '\'': target.Write("&#39;"); break;
                default: target.Write(letter); break;
            }
        }
    }
}

/// <summary>What stands in a rendered template for what the layout makes of it. No source and no variable can hold these characters.</summary>
internal static class Marks
{
    public const char Missing = '\u0001';
    public const char MissingEnd = '\u0002';
    public const char Button = '\u0003';
    public const char ButtonEnd = '\u0004';
    public const char Box = '\u0005';
    public const char BoxEnd = '\u0006';
    public const char Because = '\u000E';
    public const char BecauseEnd = '\u000F';
    public const char Paragraph = '\u0010';
    public const char ParagraphEnd = '\u0011';
    public const char Between = '\u001F';
}
