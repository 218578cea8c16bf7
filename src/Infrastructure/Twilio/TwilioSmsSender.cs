using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Sms;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Twilio;

/// <summary>Twilio's Messages API (2010-04-01). One call, no retries in here: the outcome decides what is done.</summary>
internal sealed class TwilioSmsSender(IHttpClientFactory clients, TwilioSettings settings, TimeProvider time) : ISmsSender
{
    public const string ClientName = "twilio";

    private const int MaxAnswer = 64 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public string Mode => "twilio";

    public async Task<SendResult> SendAsync(SmsMessage sms, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Timeout);
        try
        {
            using var http = clients.CreateClient(ClientName);
            using var request = Request(sms);
            using var answer = await http.SendAsync(request, deadline.Token);
            return await ReadAsync(answer, deadline.Token);
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError is
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            return new SendResult(SendOutcome.Unavailable, Error: $"No connection to Twilio ({fault.HttpRequestError}).");
        }
        catch (OperationCanceledException fault) when (fault.InnerException is TimeoutException && !deadline.IsCancellationRequested)
        {
            // The handler's own time for connecting ran out: nothing was sent.
            return new SendResult(SendOutcome.Unavailable, Error: "No connection to Twilio (ConnectTimeout).");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // The request was on its way: Twilio may have taken the message.
            return new SendResult(SendOutcome.Unknown, Error: $"Twilio did not answer ({fault.GetType().Name}).");
        }
    }

    private HttpRequestMessage Request(SmsMessage sms) => new(HttpMethod.Post, new Uri(settings.BaseUrl, $"/2010-04-01/Accounts/{Uri.EscapeDataString(settings.AccountSid!)}/Messages.json"))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings.AccountSid}:{settings.AuthToken}"))) },
        Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["To"] = sms.To, ["From"] = settings.FromNumber!, ["Body"] = sms.Text }),
    };

    private async Task<SendResult> ReadAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        using var body = await ParseAsync(answer, ct);
        if (answer.IsSuccessStatusCode) return new SendResult(SendOutcome.Sent, Member(body, "sid", JsonValueKind.String)?.GetString());

        var status = (int)answer.StatusCode;
        var later = answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || status >= 500;
        if (later) return new SendResult(SendOutcome.Unavailable, Error: $"Twilio answered {status}.", RetryAfter: RetryAfter(answer.Headers.RetryAfter));

        // Only the number of the error: the message beside it may quote the recipient.
        var code = Member(body, "code", JsonValueKind.Number)?.GetRawText();
        return new SendResult(SendOutcome.Rejected, Error: code is null ? $"Twilio answered {status}." : $"Twilio answered {status} ({code}).");
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };

    // The status says what became of the message; whatever cannot be read beside it changes nothing of that.
    private static async Task<JsonDocument?> ParseAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            return answer.Content.Headers.ContentLength is > MaxAnswer ? null : JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? Member(JsonDocument? json, string name, JsonValueKind kind) =>
        json is { RootElement.ValueKind: JsonValueKind.Object } && json.RootElement.TryGetProperty(name, out var member) && member.ValueKind == kind ? member : null;
}

internal static class TwilioRegistration
{
    public static IServiceCollection AddTwilio(this IServiceCollection services)
    {
        services.AddHttpClient(TwilioSmsSender.ClientName, client =>
            {
                client.Timeout = System.Threading.Timeout.InfiniteTimeSpan;
                client.MaxResponseContentBufferSize = 1024 * 1024;
            })
            // Shorter than the whole call, so that a connection that is not made is told apart from an answer that does not come.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            .RemoveAllLoggers();
        return services.AddSingleton<ISmsSender, TwilioSmsSender>();
    }
}
