using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Sms;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Twilio;

/// <summary>Twilio's Messages API (2010-04-01). What its description forbids is refused here, before anything is sent.</summary>
internal sealed partial class TwilioSmsSender([FromKeyedServices(TwilioSmsSender.Provider)] ProviderCall provider, TwilioSettings settings, AppSettings app) : ISmsSender
{
    public const string Provider = "Twilio";

    /// <summary>Of <c>Body</c>; counted in UTF-16 units, as the segments of a message are.</summary>
    private const int MaxBody = 1600;

    public string Mode => "twilio";

    public Task<SendResult> SendAsync(SmsMessage sms, CancellationToken ct) => Fault(sms) is { } fault
        ? Task.FromResult(new SendResult(SendOutcome.Rejected, Error: fault))
        : provider.SendAsync(Request(sms), (_, body) => Sid(body), Code, ct);

    private static string? Fault(SmsMessage sms) => sms switch
    {
        { To: var to } when !PhoneNumber().IsMatch(to) => "The recipient is no phone number in E.164.",
        { Text: var text } when string.IsNullOrWhiteSpace(text) => "The message has no text.",
        { Text.Length: > MaxBody } => $"The message is longer than the {MaxBody} characters that Twilio takes.",
        _ => null,
    };

    private HttpRequestMessage Request(SmsMessage sms) => new(HttpMethod.Post, new Uri(settings.BaseUrl, $"/2010-04-01/Accounts/{Uri.EscapeDataString(settings.AccountSid!)}/Messages.json"))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings.AccountSid}:{settings.AuthToken}"))) },
        Content = new FormUrlEncodedContent(Fields(sms)),
    };

    private Dictionary<string, string> Fields(SmsMessage sms)
    {
        var fields = new Dictionary<string, string> { ["To"] = sms.To, [settings.UsesMessagingService ? "MessagingServiceSid" : "From"] = settings.FromNumber!, ["Body"] = sms.Text };
        if (TwilioCallback.Address(app, sms.MessageId) is { } callback) fields["StatusCallback"] = callback;
        return fields;
    }

    private static string? Sid(byte[] body)
    {
        using var json = ProviderAnswer.Parse(body);
        return json?.RootElement.Member("sid", JsonValueKind.String)?.GetString();
    }

    // Only the number of the error: the message beside it may quote the recipient.
    private static string Code(byte[] body)
    {
        using var json = ProviderAnswer.Parse(body);
        return json?.RootElement.Member("code", JsonValueKind.Number) is { } code ? $" ({code.GetRawText()})" : "";
    }

    [GeneratedRegex(@"^\+[1-9][0-9]{1,14}\z")]
    private static partial Regex PhoneNumber();
}

internal static class TwilioRegistration
{
    public static IServiceCollection AddTwilio(this IServiceCollection services)
    {
        services.AddProvider(TwilioSmsSender.Provider, provider => Limits(provider.GetRequiredService<TwilioSettings>()));
        return services.AddSingleton<ISmsSender, TwilioSmsSender>();
    }

    private static ProviderLimits Limits(TwilioSettings settings) => new(TwilioSmsSender.Provider, settings.Concurrency, settings.RateLimit);
}
