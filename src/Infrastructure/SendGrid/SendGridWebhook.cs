using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Http;

namespace GoApi.Infrastructure.SendGrid;

/// <summary>SendGrid's signed Event Webhook: ECDSA on P-256 with SHA-256 over the timestamp and the body as they were sent.</summary>
internal sealed class SendGridWebhook(SendGridSettings settings, TimeProvider time) : IDeliveryWebhook
{
    public const string SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
    public const string TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

    /// <summary>Either way, for clocks that differ. SendGrid names no tolerance; this is what other signers of webhooks recommend (decision 0033).</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const int MaxEvents = 5_000;
    private const int MaxSignature = 256;
    private const int MaxDepth = 16;

    private const string P256 = "1.2.840.10045.3.1.7";

    // The custom argument, or what SendGrid's own suppressions gave as the reason for not trying.
    private static readonly Dictionary<string, ReportKind> Dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Bounced Address"] = ReportKind.HardBounce,
        ["Invalid"] = ReportKind.HardBounce,
        ["Spam Reporting Address"] = ReportKind.Complaint,
        ["Unsubscribed Address"] = ReportKind.Complaint,
    };

    public string Provider => "sendgrid";

    /// <summary>Whether it is the base64 of a public key on P-256 (SubjectPublicKeyInfo), as SendGrid shows it.</summary>
    public static bool IsKey(string text)
    {
        using var key = Import(text);
        return key is not null;
    }

    public async Task<Result<IReadOnlyList<DeliveryReport>>> ReadAsync(WebhookRequest request, CancellationToken ct)
    {
        if (settings.WebhookPublicKey is not { } text || request.Header(TimestampHeader) is not { } timestamp || !IsFresh(timestamp)
            || request.Header(SignatureHeader) is not { Length: <= MaxSignature } signature)
            return WebhookText.Forged;

        var body = await WebhookText.ReadAsync(request.Body, ct);
        if (!IsSigned(text, timestamp, body, signature)) return WebhookText.Forged;
        return Parse(body);
    }

    /// <summary>Whether the signature is the key's over timestamp and body.</summary>
    public static bool IsSigned(string publicKey, string timestamp, ReadOnlySpan<byte> body, string signature)
    {
        Span<byte> bytes = stackalloc byte[MaxSignature];
        if (!Convert.TryFromBase64String(signature, bytes, out var length)) return false;

        using var key = Import(publicKey);
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp), .. body];
        try
        {
            return key is not null && key.VerifyData(signed, bytes[..length], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            // No signature at all: not the DER of two numbers.
            return false;
        }
    }

    /// <summary>The events that concern us, of a body whose signature is right.</summary>
    public Result<IReadOnlyList<DeliveryReport>> Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (json.RootElement.ValueKind != JsonValueKind.Array || json.RootElement.GetArrayLength() > MaxEvents || json.RootElement.EnumerateArray().Any(one => one.ValueKind != JsonValueKind.Object))
                return Error.BadRequest($"A list of at most {MaxEvents} events is expected.");
            return json.RootElement.EnumerateArray().Select(Report).OfType<DeliveryReport>().ToArray();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // The second: a text that holds half of a surrogate pair.
            return Error.BadRequest("The events cannot be read.");
        }
    }

    private DeliveryReport? Report(JsonElement one)
    {
        if (Kind(one) is not { } kind) return null;

        var id = Guid.TryParse(Text(one, SendGridEmailSender.DeliveryId), out var delivery) ? delivery : (Guid?)null;
        var reason = kind == ReportKind.Delivered ? null : WebhookText.Reason(Text(one, "reason") ?? Text(one, "event"));
        return new DeliveryReport(Channel.Email, id, MessageId(WebhookText.Value(Text(one, "sg_message_id"))), WebhookText.Value(Text(one, "email")), kind, reason, At(one));
    }

    private static ReportKind? Kind(JsonElement one) => Text(one, "event") switch
    {
        "delivered" => ReportKind.Delivered,
        // A block is a refusal of this mail, or for now: the address is there.
        "bounce" => Text(one, "type") == "blocked" ? ReportKind.Failed : ReportKind.HardBounce,
        "blocked" => ReportKind.Failed,
        "dropped" => Dropped.GetValueOrDefault(Text(one, "reason")?.Trim() ?? "", ReportKind.Failed),
        "spamreport" or "unsubscribe" or "group_unsubscribe" => ReportKind.Complaint,
        _ => null,
    };

    // The answer to the sending had what stands before the name of a server of theirs: "LRz….filterdrecv-p3mdw1-…", "14c5….recvd-…".
    private static string? MessageId(string? id)
    {
        if (id is null) return null;

        var end = id.IndexOf(".filter", StringComparison.Ordinal) is var filter and > 0 ? filter : id.IndexOf(".recv", StringComparison.Ordinal);
        return end > 0 ? id[..end] : id;
    }

    // Whole seconds; what is missing or out of all bounds happened now.
    private DateTimeOffset At(JsonElement one)
    {
        var now = time.GetUtcNow();
        return one.Member("timestamp", JsonValueKind.Number) is { } number && number.TryGetInt64(out var seconds) && seconds > 0 && seconds <= now.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : now;
    }

    private bool IsFresh(string timestamp) =>
        timestamp.Length <= 15 && long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - seconds) <= (long)Tolerance.TotalSeconds;

    private static string? Text(JsonElement one, string name) => one.Member(name, JsonValueKind.String)?.GetString();

    private static ECDsa? Import(string text)
    {
        Span<byte> bytes = stackalloc byte[256];
        if (text.Length > 256 || !Convert.TryFromBase64String(text, bytes, out var length)) return null;

        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(bytes[..length], out var read);
            if (read == length && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256) return key;
        }
        catch (CryptographicException)
        {
            // Falls through: it is no key.
        }

        key.Dispose();
        return null;
    }
}
