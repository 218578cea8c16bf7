using System.Net;
using System.Text;

namespace GoApi.Application.Abstractions.Mail;

/// <summary>A mail as a sequence of blocks, rendered as plain text and as HTML that every mail program shows; what goes in is escaped.</summary>
public sealed class MailText(string subject)
{
    private readonly StringBuilder text = new();
    private readonly StringBuilder html = new();

    public MailText Paragraph(string words)
    {
        text.Append(words).Append("\n\n");
        html.Append("<p style=\"margin:0 0 16px\">").Append(WebUtility.HtmlEncode(words)).Append("</p>");
        return this;
    }

    public MailText Button(string label, Uri target)
    {
        text.Append(label).Append(": ").Append(target.AbsoluteUri).Append("\n\n");
        html.Append("<p style=\"margin:24px 0\"><a href=\"").Append(WebUtility.HtmlEncode(target.AbsoluteUri))
            .Append("\" style=\"background:#1d4ed8;color:#ffffff;padding:12px 20px;border-radius:8px;text-decoration:none;display:inline-block\">")
            .Append(WebUtility.HtmlEncode(label)).Append("</a></p>");
        return this;
    }

    public MailText Code(string code)
    {
        text.Append("    ").Append(code).Append("\n\n");
        html.Append("<p style=\"margin:0 0 16px;font-family:monospace;word-break:break-all;background:#f1f5f9;padding:12px;border-radius:8px\">")
            .Append(WebUtility.HtmlEncode(code)).Append("</p>");
        return this;
    }

    public EmailMessage ToMessage(Guid id, string to) => new(id, to, OneLine(subject), text.ToString().TrimEnd() + "\n",
        $"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>{WebUtility.HtmlEncode(OneLine(subject))}</title></head>
        <body style="margin:0;padding:32px 16px;background:#f8fafc;color:#0f172a;font:16px/1.5 system-ui,sans-serif">
        <div style="max-width:560px;margin:0 auto;background:#ffffff;padding:32px;border-radius:12px">{html}</div></body></html>
        """);

    // A line break in a subject would begin another header field (RFC 5322, section 2.2).
    private static string OneLine(string value) => value.ReplaceLineEndings(" ");
}
