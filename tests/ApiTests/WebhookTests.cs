using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Infrastructure.SendGrid;
using GoApi.Infrastructure.Twilio;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>What a provider posts is believed by its signature alone (S8). What is refused changes nothing, and leaves an entry.</summary>
[Trait("Promise", "S8")]
public abstract class WebhookTests(GoApiHost host) : ApiTest(host)
{
    private const string SendGrid = "/api/v1/webhooks/sendgrid";
    private const string Twilio = "/api/v1/webhooks/twilio";
    private const string Token = "0123456789abcdef0123456789abcdef";
    private const string PublicUrl = "https://api.example.test";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public async Task Signed_events_are_taken_down_and_may_come_again()
    {
        await using var instance = Configured();
        var (body, headers) = Signed($"[{Event("delivered")},{Event("open")}]");

        await TakenAsync(await PostAsync(instance, body, headers));
        await TakenAsync(await PostAsync(instance, body, headers));
        var (none, signed) = Signed("[]");
        await TakenAsync(await PostAsync(instance, none, signed));
    }

    [Fact]
    public async Task Events_of_another_key_another_body_another_time_or_no_signature_are_refused()
    {
        await using var instance = Configured();
        var (body, headers) = Signed($"[{Event("bounce")}]");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await RefusedAsync(await PostAsync(instance, body, Signed(body, by: other).Headers));
        await RefusedAsync(await PostAsync(instance, body.Replace("bounce", "delivered", StringComparison.Ordinal), headers));
        await RefusedAsync(await PostAsync(instance, body + " ", headers));
        await RefusedAsync(await PostAsync(instance, body, Signed(body, TimeSpan.FromMinutes(-6)).Headers));
        await RefusedAsync(await PostAsync(instance, body, Signed(body, TimeSpan.FromMinutes(6)).Headers));
        await RefusedAsync(await PostAsync(instance, body, [headers[0], (SendGridWebhook.TimestampHeader, "1600112502")]));
        await RefusedAsync(await PostAsync(instance, body, [headers[0]]));
        await RefusedAsync(await PostAsync(instance, body, [headers[1]]));
        await RefusedAsync(await PostAsync(instance, body, [(SendGridWebhook.SignatureHeader, "%%%"), headers[1]]));
        await RefusedAsync(await PostAsync(instance, body, []));
    }

    [Fact]
    public async Task Signed_status_is_taken_down_and_may_come_again()
    {
        await using var instance = Configured();
        var query = $"?delivery_id={Guid.CreateVersion7()}";

        await TakenAsync(await PostAsync(instance, query, Form("delivered"), Signature(PublicUrl, query, "delivered")));
        await TakenAsync(await PostAsync(instance, query, Form("delivered"), Signature(PublicUrl, query, "delivered")));
        await TakenAsync(await PostAsync(instance, query, Form("sent"), Signature($"{PublicUrl}:443", query, "sent")));
        await TakenAsync(await PostAsync(instance, "", Form("delivered"), Signature(PublicUrl, "", "delivered")));
    }

    [Fact]
    public async Task Status_of_another_token_another_address_another_field_or_no_signature_is_refused()
    {
        await using var instance = Configured();
        var query = $"?delivery_id={Guid.CreateVersion7()}";
        var signature = Signature(PublicUrl, query, "delivered");

        await RefusedAsync(await PostAsync(instance, query, Form("delivered"), Signature(PublicUrl, query, "delivered", "another")));
        await RefusedAsync(await PostAsync(instance, query, Form("failed"), signature));
        await RefusedAsync(await PostAsync(instance, $"?delivery_id={Guid.CreateVersion7()}", Form("delivered"), signature));
        await RefusedAsync(await PostAsync(instance, query + "&x=1", Form("delivered"), signature));
        await RefusedAsync(await PostAsync(instance, "", Form("delivered"), signature));
        // The address is the public one of the configuration: what the request itself says it was sent to proves nothing.
        await RefusedAsync(await PostAsync(instance, query, Form("delivered"), Signature(instance.Address.GetLeftPart(UriPartial.Authority), query, "delivered")));
        await RefusedAsync(await PostAsync(instance, query, Form("delivered"), ""));
        await RefusedAsync(await PostAsync(instance, query, Form("delivered"), null));
    }

    [Fact]
    public async Task Where_no_key_is_configured_everything_is_refused()
    {
        var (body, headers) = Signed("[]");
        await RefusedAsync(await PostAsync(Host.Main, body, headers));
        await RefusedAsync(await PostAsync(Host.Main, "", Form("delivered"), Signature(PublicUrl, "", "delivered")));
    }

    [Fact, Trait("Promise", "S6")]
    public async Task What_is_signed_and_makes_no_sense_is_a_4xx()
    {
        await using var instance = Configured();
        foreach (var nonsense in (string[])["", "{}", "[1]", "[", $"[{string.Join(',', Enumerable.Repeat("{}", 5_001))}]"])
        {
            var (body, headers) = Signed(nonsense);
            await LeftNothingAsync((await PostAsync(instance, body, headers)).Is(400, "BAD_REQUEST"));
        }
    }

    [Fact, Trait("Promise", "S6")]
    public async Task What_is_too_large_is_refused_by_its_size()
    {
        await using var instance = Configured();
        var (body, headers) = Signed($"[{new string(' ', 1024 * 1024)}]");
        await LeftNothingAsync((await PostAsync(instance, body, headers)).Is(413));
        var form = new Dictionary<string, string>(Form("delivered")) { ["Body"] = new string('x', 70 * 1024) };
        await LeftNothingAsync((await PostAsync(instance, "", form, Signature(PublicUrl, "", "delivered"))).Is(413));
    }

    [Fact]
    public async Task Forgeries_are_limited_and_genuine_events_never_are()
    {
        await using var instance = Configured(("RATE_LIMIT_RPS", "1"), ("RATE_LIMIT_CREDENTIALS", "3"), ("REDIS_ADDRESSES", ""));
        for (var attempt = 0; attempt < 3; attempt++) await RefusedAsync(await PostAsync(instance, "[]", []));
        // No longer in the trail either, which nobody can fill.
        await LeftNothingAsync((await PostAsync(instance, "[]", [])).Is(429, "RATE_LIMIT_EXCEEDED"));

        var (body, headers) = Signed("[]");
        for (var attempt = 0; attempt < 20; attempt++) (await PostAsync(instance, body, headers)).Is(200);
    }

    private static async Task<Answer> PostAsync(Instance instance, string body, (string, string)[] headers) => await instance.Anonymous.PostAsync(SendGrid, body, headers);

    private static async Task<Answer> PostAsync(Instance instance, string query, IReadOnlyDictionary<string, string> form, string? signature)
    {
        using var content = new FormUrlEncodedContent(form);
        return await instance.Anonymous.PostAsync(Twilio + query, content, signature is null ? [] : [(TwilioWebhook.SignatureHeader, signature)]);
    }

    private async Task TakenAsync(Answer answer)
    {
        answer.Is(200);
        Assert.DoesNotContain(await AuditAsync(answer), entry => entry.Status != AuditStatus.Success);
    }

    private async Task RefusedAsync(Answer answer)
    {
        answer.Is(401, "UNAUTHORIZED");
        var entry = await AuditedAsync(answer, "notifications.webhook", AuditStatus.Denied);
        Assert.Equal((null, null, "UNAUTHORIZED"), (entry.ActorUserId, entry.ActorClientId, entry.Error));
        Assert.Empty(await OutboxAsync(answer));
    }

    private Instance Configured(params (string, string)[] more) =>
        Host.Start([("SENDGRID_WEBHOOK_PUBLIC_KEY", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())),
            ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"), ("TWILIO_AUTH_TOKEN", Token), ("TWILIO_FROM_NUMBER", "+15005550006"), ("APP_URL", PublicUrl), ("NATS_URLS", ""), .. more]);

    private (string Body, (string, string)[] Headers) Signed(string body, TimeSpan? shifted = null, ECDsa? by = null)
    {
        var at = (TimeProvider.System.GetUtcNow() + (shifted ?? TimeSpan.Zero)).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = (by ?? key).SignData(Encoding.UTF8.GetBytes(at + body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return (body, [(SendGridWebhook.SignatureHeader, Convert.ToBase64String(signature)), (SendGridWebhook.TimestampHeader, at)]);
    }

    private static string Event(string name) => JsonSerializer.Serialize(
        new { email = $"nobody-{Guid.CreateVersion7():N}@example.test", timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), @event = name, sg_message_id = "x.filter1", delivery_id = Guid.CreateVersion7() });

    private static Dictionary<string, string> Form(string status) => new() { ["MessageSid"] = "SM1", ["MessageStatus"] = status, ["To"] = "+447400123456" };

    private static string Signature(string address, string query, string status, string token = Token)
    {
        var fields = string.Concat(Form(status).OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => field.Key + field.Value));
#pragma warning disable CA5350 // What Twilio signs with.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes($"{address}{Twilio}{query}{fields}")));
#pragma warning restore CA5350
    }
}

public sealed class WebhookTestsEmbedded(EmbeddedHost host) : WebhookTests(host);

public sealed class WebhookTestsServices(ServicesHost host) : WebhookTests(host);
