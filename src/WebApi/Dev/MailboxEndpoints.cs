using System.Globalization;
using System.Net;
using System.Text;
using GoApi.Application.Abstractions.Mail;
using GoApi.Infrastructure.Configuration;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Dev;

/// <summary>The local mailbox, as people and as tests read it. It holds tokens, so in production there is no such route.</summary>
internal static class MailboxEndpoints
{
    private const int MaxMails = 100;

    private const string Style =
        """
        :root { color-scheme: light dark; --line: #8884; --soft: #8882; font: 16px/1.5 system-ui, sans-serif }
        body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem }
        h1 { font-size: 1.4rem; margin: 0 0 1rem }
        details { border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 .6rem; overflow: hidden }
        summary { cursor: pointer; display: grid; gap: 0 1rem; grid-template-columns: 1fr auto; padding: .7rem 1rem }
        summary:hover, details[open] > summary { background: var(--soft) }
        summary strong { overflow-wrap: anywhere }
        summary span { opacity: .75; overflow-wrap: anywhere }
        summary time { font-variant-numeric: tabular-nums; opacity: .75 }
        iframe { background: #fff; border: 0; border-top: 1px solid var(--line); display: block; height: 28rem; width: 100% }
        pre { border-top: 1px solid var(--line); margin: 0; overflow-wrap: anywhere; padding: 1rem; white-space: pre-wrap }
        @media (max-width: 40rem) { summary { grid-template-columns: 1fr } }
        """;

    // Mails bring their own inline styles, which a frame of srcdoc inherits the policy for. Scripts run nowhere.
    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapMailbox(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetRequiredService<AppSettings>().IsProduction) return;

        app.MapGet("/dev/mailbox", Show).AllowAnonymous().WithoutRateLimit().ExcludeFromDescription();
        app.MapGet("/dev/mailbox.json", List).AllowAnonymous().WithoutRateLimit().ExcludeFromDescription();
    }

    private static async Task<ApiResult<IReadOnlyList<MailboxMail>>> List(IMailbox mailbox, int? limit, CancellationToken ct) => new()
    {
        Status = StatusCodes.Status200OK,
        Message = "Mailbox",
        Data = await mailbox.ListAsync(Math.Clamp(limit ?? MaxMails, 1, MaxMails), ct),
    };

    private static async Task<IResult> Show(IMailbox mailbox, AppSettings app, HttpContext context, CancellationToken ct)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return Results.Content(Page(app.Name, await mailbox.ListAsync(MaxMails, ct)), "text/html; charset=utf-8");
    }

    private static string Page(string appName, IReadOnlyList<MailboxMail> mails)
    {
        var page = new StringBuilder(
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Mailbox – {Text(appName)}</title><style>{Style}</style></head>
            <body>
            <h1>Mailbox of {Text(appName)}</h1>

            """);
        if (mails.Count == 0) page.Append("<p>Nothing has been sent yet.</p>\n");
        foreach (var mail in mails)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"""
                <details name="mail"><summary><strong>{Text(mail.Subject is "" ? mail.Text : mail.Subject)}</strong><time datetime="{mail.CreatedAt:O}">{mail.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC</time><span>{Text(mail.Channel)} to {Text(mail.To)}</span></summary>
                {Body(mail)}</details>

                """);
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    // An empty sandbox: no scripts, no forms, an origin of its own. Links open nowhere, so the text with the address is below it.
    private static string Body(MailboxMail mail) => mail.Html is { } html
        ? $"<iframe sandbox title=\"{Text(mail.Subject)}\" loading=\"lazy\" srcdoc=\"{Text(html)}\"></iframe><pre>{Text(mail.Text)}</pre>"
        : $"<pre>{Text(mail.Text)}</pre>";

    private static string Text(string value) => WebUtility.HtmlEncode(value);
}
