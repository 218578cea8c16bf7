using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Configuration;

namespace GoApi.Infrastructure.Notifications.Templates;

/// <summary>
/// Makes a message of what a template says: plain text, and HTML that every mail program shows, light and dark, narrow and wide. One text
/// gives both; a part of its own for HTML stands within the same layout, or is a whole document.
/// </summary>
internal sealed partial class MailLayout(AppSettings app)
{
    // What mail programs show beside the subject is not made longer by what follows.
    private const int MaxPreview = 140;

    // Mail programs show no SVG.
    private static readonly string[] ShownPictures = [".png", ".jpg", ".jpeg", ".webp"];

    private readonly MailColors colors = MailColors.Of($"#{app.MailColor}");
    private readonly string home = app.PublicUrl.AbsoluteUri.TrimEnd('/');

    /// <param name="reason">Why somebody gets it, where the template does not say.</param>
    public RenderedMessage Compose(RenderedParts parts, string category, CultureInfo culture, string reason)
    {
        var subject = OneLine(parts.Subject);
        reason = ReasonIn(parts.Text) is { Length: > 0 } given ? given : reason;
        var blocks = Blocks(Because().Replace(parts.Text, "")).ToArray();
        var markup = parts.Html is { } html ? Marked(Because().Replace(html, "")) : string.Concat(blocks.Select(Html));
        var why = parts.Html is { } own && Because().Match(own) is { Success: true } because ? because.Groups[1].Value : Encode(reason);
        return new RenderedMessage(
            category, subject, Unmarked(string.Join("\n\n", blocks.Select(Text))),
            Unmarked(IsDocument(markup) ? markup : Document(subject, Preview(blocks), markup, why, culture)), reason);
    }

    private static IEnumerable<Block> Blocks(string text)
    {
        var at = 0;
        foreach (Match match in BlockMark().Matches(text))
        {
            foreach (var paragraph in Paragraphs(text[at..match.Index])) yield return paragraph;
            at = match.Index + match.Length;
            if (match.Groups["target"].Success) yield return new Block(match.Groups["label"].Value, match.Groups["target"].Value, false);
            else if (match.Groups["box"].Success) yield return new Block(match.Groups["box"].Value, null, true);
            else foreach (var paragraph in Blocks(match.Groups["paragraph"].Value)) yield return paragraph;
        }

        foreach (var paragraph in Paragraphs(text[at..])) yield return paragraph;
    }

    private static IEnumerable<Block> Paragraphs(string text) =>
        EmptyLine().Split(text).Select(words => words.Trim()).Where(words => words.Length > 0).Select(words => new Block(words, null, false));

    private static string Text(Block block) => block switch
    {
        { Target: { } target } => $"{block.Words}: {target}",
        { IsBox: true } => $"    {block.Words}",
        _ => block.Words,
    };

    private string Html(Block block) => block switch
    {
        { Target: { } target } => Button(block.Words, target),
        { IsBox: true } => Box(block.Words),
        _ => Paragraph(Encode(block.Words).Replace("\n", "<br>\n", StringComparison.Ordinal)),
    };

    // A part of its own for HTML: what stands around the marks is markup already.
    private string Marked(string html) => BlockMark().Replace(html, match =>
        match.Groups["target"].Success ? Button(match.Groups["label"].Value, match.Groups["target"].Value)
        : match.Groups["box"].Success ? Box(match.Groups["box"].Value)
        : Paragraph(Marked(match.Groups["paragraph"].Value)));

    private static string Paragraph(string markup) => $"<p class=\"text\" style=\"margin:0 0 16px;color:#1b1f2a\">{markup}</p>\n";

    private string Button(string label, string target) =>
        $"<p style=\"margin:24px 0\"><a class=\"button\" href=\"{Encode(target)}\" style=\"display:inline-block;padding:13px 24px;border-radius:10px;background:{colors.Light};color:{colors.OnLight};font-weight:600;text-decoration:none\">{Encode(label)}</a></p>\n";

    private static string Box(string words) =>
        $"<p class=\"code\" style=\"margin:0 0 16px;padding:12px 14px;border:1px solid #dcdfe8;border-radius:10px;background:#f3f4f8;color:#1b1f2a;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;word-break:break-all\">{Encode(words)}</p>\n";

    private string Document(string subject, string preview, string markup, string reason, CultureInfo culture)
    {
        var (direction, side) = culture.TextInfo.IsRightToLeft ? ("rtl", "right") : ("ltr", "left");
        return $$"""
            <!doctype html>
            <html lang="{{culture.Name}}" dir="{{direction}}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <title>{{Encode(subject)}}</title>
            <style>
            :root { color-scheme: light dark; supported-color-schemes: light dark }
            @media (max-width: 480px) { .card { padding: 24px 20px 8px !important } .button { display: block !important; text-align: center !important } }
            @media (prefers-color-scheme: dark) {
              .ground { background: #0f1117 !important; color: #e8eaf1 !important }
              .card { background: #181b24 !important; border-color: #2c3140 !important }
              .text { color: #e8eaf1 !important }
              .soft { color: #a3a9ba !important }
              .button { background: {{colors.Dark}} !important; color: {{colors.OnDark}} !important }
              .code { background: #0f1117 !important; color: #e8eaf1 !important; border-color: #2c3140 !important }
            }
            </style>
            </head>
            <body class="ground" style="margin:0;padding:0;background:#f3f4f8;color:#1b1f2a">
            <div style="display:none;max-height:0;overflow:hidden">{{Encode(preview)}}</div>
            <table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f8"><tr><td align="center" style="padding:32px 16px">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;text-align:{{side}};font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;overflow-wrap:anywhere;word-break:break-word">
            <tr><td class="text" style="padding:0 4px 16px;color:#1b1f2a;font-weight:600">{{Logo()}}{{Encode(app.Name)}}</td></tr>
            <tr><td class="card" style="padding:32px 32px 16px;background:#ffffff;border:1px solid #dcdfe8;border-radius:16px">
            <h1 class="text" style="margin:0 0 20px;color:#1b1f2a;font-size:22px;line-height:1.3;font-weight:600;text-wrap:balance">{{Encode(Heading(subject))}}</h1>
            {{markup}}</td></tr>
            <tr><td class="soft" style="padding:16px 4px 0;color:#596073;font-size:13px">{{reason}}</td></tr>
            </table>
            </td></tr></table>
            </body>
            </html>

            """;
    }

    private string Logo() => app.Logo is { } file && ShownPictures.Contains(Path.GetExtension(file).ToLowerInvariant())
        ? $"<img src=\"{Encode(home)}/logo\" height=\"28\" alt=\"\" style=\"height:28px;width:auto;max-width:120px;vertical-align:middle;margin-inline-end:10px;border:0\">"
        : "";

    // The name stands above it already.
    private string Heading(string subject)
    {
        foreach (var ending in new[] { $" ({app.Name})", $" – {app.Name}" })
            if (subject.Length > ending.Length && subject.EndsWith(ending, StringComparison.Ordinal))
                return subject[..^ending.Length];
        return subject;
    }

    // What follows the greeting.
    private static string Preview(Block[] blocks)
    {
        string[] paragraphs = [.. blocks.Where(block => block is { Target: null, IsBox: false }).Select(block => block.Words.ReplaceLineEndings(" "))];
        var words = paragraphs is [var first, var second, ..] && first.EndsWith(',') ? second : paragraphs.FirstOrDefault() ?? "";
        if (words.Length <= MaxPreview) return words;
        var end = words.LastIndexOf(' ', MaxPreview);
        return end > 0 ? $"{words[..end]}…" : "";
    }

    private static string ReasonIn(string text) => Because().Match(text) is { Success: true } match ? OneLine(match.Groups[1].Value) : "";

    // A line break in a subject would begin another header field (RFC 5322, section 2.2).
    private static string OneLine(string rendered)
    {
        var line = new string([.. rendered.ReplaceLineEndings(" ").Select(letter => char.IsControl(letter) ? ' ' : letter)]).Trim();
        return line.Length <= NotificationTemplate.MaxSubject ? line : line[..NotificationTemplate.MaxSubject];
    }

    private static bool IsDocument(string markup) =>
        markup.AsSpan().TrimStart().StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || markup.AsSpan().TrimStart().StartsWith("<html", StringComparison.OrdinalIgnoreCase);

    // A button within a button, or within a reason, is none.
    private static string Unmarked(string text) => Mark().Replace(text, "");

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    [GeneratedRegex("[\u0001-\u0006\u000E-\u0011\u001F]")]
    private static partial Regex Mark();

    [GeneratedRegex("\u000E([^\u000F]*)\u000F")]
    private static partial Regex Because();

    [GeneratedRegex("\u0003(?<label>[^\u001F]*)\u001F(?<target>[^\u0004]*)\u0004|\u0005(?<box>[^\u0006]*)\u0006|\u0010(?<paragraph>[^\u0011]*)\u0011")]
    private static partial Regex BlockMark();

    [GeneratedRegex(@"\r?\n[ \t]*(?:\r?\n[ \t]*)+")]
    private static partial Regex EmptyLine();

    /// <param name="Target">Of a button; null for everything else.</param>
    /// <param name="IsBox">Stands by itself, to be copied.</param>
    private sealed record Block(string Words, string? Target, bool IsBox);
}
