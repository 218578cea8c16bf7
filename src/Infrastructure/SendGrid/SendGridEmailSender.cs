using System.Net.Http.Headers;
using System.Net.Mail;
using System.Text;
using System.Text.Json;
using GoApi.Application.Abstractions.Mail;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Http;
using Microsoft.Extensions.DependencyInjection;
using SendGrid.Helpers.Mail;

namespace GoApi.Infrastructure.SendGrid;

/// <summary>SendGrid's v3 Mail Send. What its description forbids is refused here, before anything is sent.</summary>
internal sealed class SendGridEmailSender([FromKeyedServices(SendGridEmailSender.Provider)] ProviderCall provider, SendGridSettings settings, AppSettings app) : IEmailSender
{
    public const string Provider = "SendGrid";

    /// <summary>The custom argument that comes back with every event of the mail.</summary>
    public const string DeliveryId = "delivery_id";

    /// <summary>The whole request: "the total size of your email must be less than 30 MB".</summary>
    private const int MaxMail = 30 * 1000 * 1000;

    /// <summary>RFC 5321, section 4.5.3.1.3, without the brackets of a path.</summary>
    private const int MaxAddress = 254;

    public string Mode => "sendgrid";

    public async Task<SendResult> SendAsync(EmailMessage mail, CancellationToken ct)
    {
        if (Fault(mail) is { } fault) return new SendResult(SendOutcome.Rejected, Error: fault);

        var json = Encoding.UTF8.GetBytes(Message(mail).Serialize());
        if (json.Length >= MaxMail) return new SendResult(SendOutcome.Rejected, Error: "The mail is larger than the 30 MB that SendGrid takes.");
        return await provider.SendAsync(Request(json), (answer, _) => answer.Headers.TryGetValues("X-Message-Id", out var ids) ? ids.FirstOrDefault() : null, Fields, ct);
    }

    // The custom arguments (at most 10,000 bytes) are one id of 36 letters.
    private static string? Fault(EmailMessage mail) => mail switch
    {
        _ when !IsAddress(mail.To) => "The recipient is no e-mail address.",
        { Subject: var subject } when string.IsNullOrWhiteSpace(subject) => "The mail has no subject.",
        { Text: var text, Html: var html } when string.IsNullOrWhiteSpace(text) && string.IsNullOrWhiteSpace(html) => "The mail has no content.",
        _ => null,
    };

    private static bool IsAddress(string text) =>
        text.Length <= MaxAddress && !text.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter)) && MailAddress.TryCreate(text, out var address) && address.Address == text;

    private SendGridMessage Message(EmailMessage mail)
    {
        var message = new SendGridMessage();
        message.SetFrom(new EmailAddress(settings.FromEmail, OneLine(settings.FromName ?? app.Name)));
        message.AddTo(new EmailAddress(mail.To));
        // The description demands it of the whole; the library's own way writes it for each recipient.
        message.SetGlobalSubject(OneLine(mail.Subject));
        // In this order; a part without content is none.
        if (!string.IsNullOrWhiteSpace(mail.Text)) message.AddContent("text/plain", mail.Text);
        if (!string.IsNullOrWhiteSpace(mail.Html)) message.AddContent("text/html", mail.Html);
        if (settings.ReplyToEmail is { } replyTo) message.SetReplyTo(new EmailAddress(replyTo));
        message.AddCustomArg(DeliveryId, mail.MessageId.ToString());
        // Rewritten links would lead tokens over somebody else's server.
        message.SetClickTracking(enable: false, enableText: false);
        message.SetOpenTracking(false);
        return message;
    }

    private HttpRequestMessage Request(byte[] json) => new(HttpMethod.Post, new Uri(settings.BaseUrl, "/v3/mail/send"))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", settings.ApiKey) },
        Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };

    private static string OneLine(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));

    // Only the fields at fault: the messages beside them may quote the address.
    private static string Fields(byte[] body)
    {
        using var json = ProviderAnswer.Parse(body);
        if (json?.RootElement.Member("errors", JsonValueKind.Array) is not { } errors) return "";

        var fields = errors.EnumerateArray()
            .Select(error => error.Member("field", JsonValueKind.String)?.GetString()).OfType<string>()
            .Where(field => field.Length <= 100 && !field.Contains('@')).Take(5).ToArray();
        return fields.Length == 0 ? "" : $" ({string.Join(", ", fields)})";
    }
}

internal static class SendGridRegistration
{
    public static IServiceCollection AddSendGrid(this IServiceCollection services)
    {
        services.AddProvider(SendGridEmailSender.Provider, provider => Limits(provider.GetRequiredService<SendGridSettings>()));
        return services.AddSingleton<IEmailSender, SendGridEmailSender>();
    }

    private static ProviderLimits Limits(SendGridSettings settings) => new(SendGridEmailSender.Provider, settings.Concurrency, settings.RateLimit);
}
