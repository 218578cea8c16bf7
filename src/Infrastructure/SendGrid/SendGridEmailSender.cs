using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GoApi.Application.Abstractions.Mail;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SendGrid;
using SendGrid.Helpers.Mail;

namespace GoApi.Infrastructure.SendGrid;

/// <summary>SendGrid's v3 Mail Send. One call, no retries in here: the outcome decides what is done.</summary>
internal sealed class SendGridEmailSender(IHttpClientFactory clients, SendGridSettings settings, AppSettings app, TimeProvider time) : IEmailSender
{
    public const string ClientName = "sendgrid";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public string Mode => "sendgrid";

    public async Task<SendResult> SendAsync(EmailMessage mail, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Timeout);
        try
        {
            using var http = clients.CreateClient(ClientName);
            var client = new SendGridClient(http, new SendGridClientOptions { ApiKey = settings.ApiKey, Host = settings.BaseUrl.GetLeftPart(UriPartial.Authority) });
            return await ReadAsync(await client.SendEmailAsync(Message(mail), deadline.Token), deadline.Token);
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError is
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            return new SendResult(SendOutcome.Unavailable, Error: $"No connection to SendGrid ({fault.HttpRequestError}).");
        }
        catch (OperationCanceledException fault) when (fault.InnerException is TimeoutException && !deadline.IsCancellationRequested)
        {
            // The handler's own time for connecting ran out: nothing was sent.
            return new SendResult(SendOutcome.Unavailable, Error: "No connection to SendGrid (ConnectTimeout).");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // The request was on its way: SendGrid may have taken the mail.
            return new SendResult(SendOutcome.Unknown, Error: $"SendGrid did not answer ({fault.GetType().Name}).");
        }
    }

    private SendGridMessage Message(EmailMessage mail)
    {
        var message = MailHelper.CreateSingleEmail(
            new EmailAddress(settings.FromEmail, settings.FromName ?? app.Name), new EmailAddress(mail.To), mail.Subject, mail.Text, mail.Html);
        if (settings.ReplyToEmail is { } replyTo) message.SetReplyTo(new EmailAddress(replyTo));
        // Comes back with every delivery event.
        message.AddCustomArg("message_id", mail.MessageId.ToString());
        // Rewritten links would lead tokens over somebody else's server.
        message.SetClickTracking(enable: false, enableText: false);
        message.SetOpenTracking(false);
        return message;
    }

    private async Task<SendResult> ReadAsync(Response answer, CancellationToken ct)
    {
        if (answer.IsSuccessStatusCode)
            return new SendResult(SendOutcome.Sent, answer.Headers.TryGetValues("X-Message-Id", out var ids) ? ids.FirstOrDefault() : null);

        var status = (int)answer.StatusCode;
        var later = answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || status >= 500;
        return later
            ? new SendResult(SendOutcome.Unavailable, Error: $"SendGrid answered {status}.", RetryAfter: RetryAfter(answer.Headers.RetryAfter))
            : new SendResult(SendOutcome.Rejected, Error: $"SendGrid answered {status}{await FieldsAsync(answer.Body, ct)}.");
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };

    // Only the fields at fault: the messages beside them may quote the address.
    private static async Task<string> FieldsAsync(HttpContent body, CancellationToken ct)
    {
        try
        {
            using var json = JsonDocument.Parse(await body.ReadAsStringAsync(ct));
            var fields = json.RootElement.GetProperty("errors").EnumerateArray()
                .Select(error => error.TryGetProperty("field", out var field) ? field.GetString() : null).OfType<string>()
                .Where(field => field.Length <= 100 && !field.Contains('@')).Take(5).ToArray();
            return fields.Length == 0 ? "" : $" ({string.Join(", ", fields)})";
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }
}

internal static class SendGridRegistration
{
    public static IServiceCollection AddSendGrid(this IServiceCollection services)
    {
        services.AddHttpClient(SendGridEmailSender.ClientName, client => client.Timeout = System.Threading.Timeout.InfiniteTimeSpan)
            // Shorter than the whole call, so that a connection that is not made is told apart from an answer that does not come.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            .RemoveAllLoggers();
        return services.AddSingleton<IEmailSender, SendGridEmailSender>();
    }
}
