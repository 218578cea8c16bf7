using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace GoApi.Infrastructure.Twilio;

/// <summary>Twilio's status callbacks: HMAC-SHA1 with the account's token over the public address and the sorted fields of the form.</summary>
internal sealed class TwilioWebhook(TwilioSettings settings, AppSettings app, TimeProvider time) : IDeliveryWebhook
{
    public const string SignatureHeader = "X-Twilio-Signature";

    private const int MaxFields = 100;
    private const int MaxKey = 256;
    private const int MaxValue = 8 * 1024;
    private const int MaxQuery = 2_048;

    // https://www.twilio.com/docs/api/errors: what no second message to the number can change.
    private static readonly Dictionary<string, ReportKind> Final = new()
    {
        ["21211"] = ReportKind.HardBounce, // Invalid 'To' phone number
        ["21614"] = ReportKind.HardBounce, // 'To' is not a mobile number
        ["30005"] = ReportKind.HardBounce, // Unknown destination handset
        ["30006"] = ReportKind.HardBounce, // Landline or unreachable carrier
        ["21610"] = ReportKind.Complaint, // The recipient has answered STOP
    };

    public string Provider => "twilio";

    public async Task<Result<IReadOnlyList<DeliveryReport>>> ReadAsync(WebhookRequest request, CancellationToken ct)
    {
        if (settings.AuthToken is not { } token || request.Header(SignatureHeader) is not { } signature || request.Query.Length > MaxQuery) return WebhookText.Forged;

        var body = Encoding.UTF8.GetString(await WebhookText.ReadAsync(request.Body, ct));
        // The signature is over the fields, so they are read before it is checked; a form that is none is signed by nobody.
        if (Form(body) is not { } form || !IsSigned(token, TwilioCallback.Address(app, request.Query), form, signature)) return WebhookText.Forged;
        return Parse(request.Query, form);
    }

    /// <summary>
    /// Whether the signature is the token's over address and fields. As Twilio's own validators do, the address is tried with its port and
    /// without: some of Twilio's servers sign it with the port that the scheme implies, some without one that is written.
    /// </summary>
    public static bool IsSigned(string token, string address, IReadOnlyDictionary<string, StringValues> form, string signature)
    {
        var key = Encoding.UTF8.GetBytes(token);
        var sent = Encoding.UTF8.GetBytes(signature);
        var fields = new StringBuilder();
        foreach (var (name, values) in form.OrderBy(field => field.Key, StringComparer.Ordinal))
            foreach (var value in values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                fields.Append(name).Append(value);

        var signed = false;
#pragma warning disable CA5350 // HMAC-SHA1 is what Twilio signs with; it is not broken by collisions of SHA-1.
        foreach (var spelling in Spellings(address))
            signed |= CryptographicOperations.FixedTimeEquals(sent, Encoding.ASCII.GetBytes(Convert.ToBase64String(HMACSHA1.HashData(key, Encoding.UTF8.GetBytes(spelling + fields)))));
#pragma warning restore CA5350
        return signed;
    }

    /// <summary>The fields of a form, bounded; null where it is none.</summary>
    public static IReadOnlyDictionary<string, StringValues>? Form(string body)
    {
        try
        {
            using var reader = new FormReader(body) { ValueCountLimit = MaxFields, KeyLengthLimit = MaxKey, ValueLengthLimit = MaxValue };
            // Of another kind than what the reader gives: names of fields differ by case.
            return new Dictionary<string, StringValues>(reader.ReadForm(), StringComparer.Ordinal);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>What a callback says whose signature is right.</summary>
    public Result<IReadOnlyList<DeliveryReport>> Parse(string query, IReadOnlyDictionary<string, StringValues> form)
    {
        if ((Field(form, "MessageSid") ?? Field(form, "SmsSid")) is not { } sid || (Field(form, "MessageStatus") ?? Field(form, "SmsStatus")) is not { } status)
            return Error.BadRequest("A message's id and status are expected.");

        var error = Field(form, "ErrorCode");
        if (Kind(status, error) is not { } kind) return Array.Empty<DeliveryReport>();

        var id = QueryHelpers.ParseQuery(query).TryGetValue(TwilioCallback.DeliveryId, out var ids) && Guid.TryParse(ids.ToString(), out var delivery) ? delivery : (Guid?)null;
        var reason = kind == ReportKind.Delivered ? null : WebhookText.Reason(error is null ? status : $"{status} ({error})");
        return new[] { new DeliveryReport(Channel.Sms, id, sid, Field(form, "To"), kind, reason, time.GetUtcNow()) };
    }

    private static ReportKind? Kind(string status, string? error) => status switch
    {
        "delivered" => ReportKind.Delivered,
        "undelivered" or "failed" => Final.GetValueOrDefault(error ?? "", ReportKind.Failed),
        _ => null,
    };

    private static IEnumerable<string> Spellings(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = address.IndexOfAny(['/', '?'], start) is var path and >= 0 ? path : address.Length;
        var authority = address[start..end];
        // Behind the name of a user, and behind the brackets of an IPv6 address.
        var colon = authority.LastIndexOf(':');
        var host = colon > authority.LastIndexOfAny(['@', ']']) && colon >= 0 ? authority[..colon] : authority;
        yield return $"{address[..start]}{host}{address[end..]}";
        yield return $"{address[..start]}{host}:{new Uri(address).Port}{address[end..]}";
    }

    private static string? Field(IReadOnlyDictionary<string, StringValues> form, string name) => form.TryGetValue(name, out var values) ? WebhookText.Value(values.ToString()) : null;
}
