using System.Net;
using System.Text;

namespace GoApi.Application.Abstractions.Mail;

/// <summary>
/// A mail as a sequence of blocks, rendered as plain text and as HTML that every mail program shows, light and dark; what goes in is escaped.
/// </summary>
/// <param name="appName">Stands above and below it.</param>
/// <param name="subject">Also its heading, there without the name of the application.</param>
public sealed class MailText(string appName, string subject)
{
    // What mail programs show beside the subject is not made longer by what follows.
    private const int MaxPreview = 140;

    // Inline for those that know nothing else; the classes are for dark mode and narrow screens.
    private const string Style =
        """
        :root { color-scheme: light dark; supported-color-schemes: light dark }
        @media (max-width: 480px) { .card { padding: 24px 20px 8px !important } .button { display: block !important; text-align: center !important } }
        @media (prefers-color-scheme: dark) {
          .ground { background: #0f1117 !important; color: #e8eaf1 !important }
          .card { background: #181b24 !important; border-color: #2c3140 !important }
          .text { color: #e8eaf1 !important }
          .soft { color: #a3a9ba !important }
          .button { background: #8ea5ff !important; color: #10142a !important }
          .code { background: #0f1117 !important; color: #e8eaf1 !important; border-color: #2c3140 !important }
        }
        """;

    private readonly StringBuilder text = new();
    private readonly StringBuilder html = new();
    private readonly List<string> paragraphs = [];
    private string because = $"You get this mail because of your account at {appName}.";

    public MailText Paragraph(string words)
    {
        paragraphs.Add(words);
        text.Append(words).Append("\n\n");
        html.Append("<p class=\"text\" style=\"margin:0 0 16px;color:#1b1f2a\">").Append(WebUtility.HtmlEncode(words)).Append("</p>\n");
        return this;
    }

    public MailText Button(string label, Uri target)
    {
        text.Append(label).Append(": ").Append(target.AbsoluteUri).Append("\n\n");
        html.Append("<p style=\"margin:24px 0\"><a class=\"button\" href=\"").Append(WebUtility.HtmlEncode(target.AbsoluteUri))
            .Append("\" style=\"display:inline-block;padding:13px 24px;border-radius:10px;background:#3455db;color:#ffffff;font-weight:600;text-decoration:none\">")
            .Append(WebUtility.HtmlEncode(label)).Append("</a></p>\n");
        return this;
    }

    public MailText Code(string code)
    {
        text.Append("    ").Append(code).Append("\n\n");
        html.Append("<p class=\"code\" style=\"margin:0 0 16px;padding:12px 14px;border:1px solid #dcdfe8;border-radius:10px;background:#f3f4f8;color:#1b1f2a;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;word-break:break-all\">")
            .Append(WebUtility.HtmlEncode(code)).Append("</p>\n");
        return this;
    }

    /// <summary>Why somebody gets the mail who may have no account here.</summary>
    public MailText Because(string reason)
    {
        because = reason;
        return this;
    }

    public EmailMessage ToMessage(Guid id, string to) => new(id, to, OneLine(subject), $"{text}-- \n{because}\n",
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <title>{WebUtility.HtmlEncode(OneLine(subject))}</title>
        <style>{Style}</style>
        </head>
        <body class="ground" style="margin:0;padding:0;background:#f3f4f8;color:#1b1f2a">
        <div style="display:none;max-height:0;overflow:hidden">{WebUtility.HtmlEncode(Preview())}</div>
        <table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f8"><tr><td align="center" style="padding:32px 16px">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;text-align:left;font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;overflow-wrap:anywhere;word-break:break-word">
        <tr><td class="text" style="padding:0 4px 16px;color:#1b1f2a;font-weight:600">{WebUtility.HtmlEncode(appName)}</td></tr>
        <tr><td class="card" style="padding:32px 32px 16px;background:#ffffff;border:1px solid #dcdfe8;border-radius:16px">
        <h1 class="text" style="margin:0 0 20px;color:#1b1f2a;font-size:22px;line-height:1.3;font-weight:600">{WebUtility.HtmlEncode(Heading())}</h1>
        {html}</td></tr>
        <tr><td class="soft" style="padding:16px 4px 0;color:#596073;font-size:13px">{WebUtility.HtmlEncode(because)}</td></tr>
        </table>
        </td></tr></table>
        </body>
        </html>

        """);

    private string Heading()
    {
        var heading = OneLine(subject);
        foreach (var ending in new[] { $" ({appName})", $" – {appName}" })
            if (heading.Length > ending.Length && heading.EndsWith(ending, StringComparison.Ordinal))
                return heading[..^ending.Length];
        return heading;
    }

    // The first one greets.
    private string Preview()
    {
        var words = paragraphs.Count > 1 ? paragraphs[1] : paragraphs.FirstOrDefault() ?? "";
        if (words.Length <= MaxPreview) return words;
        var end = words.LastIndexOf(' ', MaxPreview);
        return end > 0 ? $"{words[..end]}…" : "";
    }

    // A line break in a subject would begin another header field (RFC 5322, section 2.2).
    private static string OneLine(string value) => value.ReplaceLineEndings(" ");
}
