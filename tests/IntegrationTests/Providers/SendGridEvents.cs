using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.SendGrid;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Providers;

public sealed class SendGridEvents : IDisposable
{
    // Of the tests of SendGrid's own libraries (sendgrid-csharp, sendgrid-python and others, EventWebhook): key, signature, time and body.
    private const string PublishedKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    private const string PublishedOtherKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==";
    private const string PublishedSignature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    private const string PublishedOtherSignature = "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0=";
    private const string PublishedTime = "1600112502";
    private const string PublishedBody =
        """[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]""" + "\r\n";

    private static readonly Guid Delivery = Guid.Parse("0199d9a4-6f6e-7cc7-8f4a-6f1df5a3b001");

    private readonly FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeSeconds(1_600_112_600));
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => key.Dispose();

    [Fact, Trait("Promise", "S8")]
    public async Task Published_request_is_genuine_and_read()
    {
        var report = Assert.Single(Reports(await ReadAsync(PublishedKey, PublishedTime, PublishedSignature, PublishedBody)));
        Assert.Equal(
            new DeliveryReport(Channel.Email, null, "LRzXl_NHStOGhQ4kofSm_A", "hello@world.com", ReportKind.HardBounce, "Bounced Address", DateTimeOffset.FromUnixTimeSeconds(1_600_112_492)), report);
    }

    [Theory, Trait("Promise", "S8")]
    [InlineData(PublishedOtherKey, PublishedTime, PublishedSignature)]
    [InlineData(PublishedKey, PublishedTime, PublishedOtherSignature)]
    [InlineData(PublishedKey, "1600112503", PublishedSignature)]
    [InlineData(PublishedKey, "+1600112502", PublishedSignature)]
    [InlineData(PublishedKey, PublishedTime, "not base64!")]
    [InlineData(PublishedKey, PublishedTime, "AAAA")]
    [InlineData(PublishedKey, PublishedTime, "")]
    [InlineData(PublishedKey, PublishedTime, null)]
    [InlineData(PublishedKey, null, PublishedSignature)]
    [InlineData(null, PublishedTime, PublishedSignature)]
    public async Task Whatever_is_changed_makes_it_a_forgery(string? publicKey, string? timestamp, string? signature) =>
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(publicKey, timestamp, signature, PublishedBody)).Kind);

    [Fact, Trait("Promise", "S8")]
    public async Task Changed_body_is_a_forgery()
    {
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(PublishedKey, PublishedTime, PublishedSignature, PublishedBody.TrimEnd())).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(PublishedKey, PublishedTime, PublishedSignature, PublishedBody.Replace("hello@", "hallo@", StringComparison.Ordinal))).Kind);
    }

    [Theory, Trait("Promise", "S8")]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    [InlineData(86_400, false)]
    public async Task Signature_is_believed_for_five_minutes(int secondsOld, bool fresh)
    {
        var result = await SignedAsync("[]", (time.GetUtcNow().ToUnixTimeSeconds() - secondsOld).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(!fresh, result.Failed(out _));
    }

    [Fact, Trait("Promise", "S6")]
    public async Task Body_is_not_read_where_the_headers_cannot_be_genuine()
    {
        var webhook = new SendGridWebhook(new SendGridSettings { WebhookPublicKey = PublishedKey }, time);
        using var body = new MemoryStream([1, 2, 3]);
        Assert.True((await webhook.ReadAsync(new WebhookRequest("", _ => null, body), default)).Failed(out _));
        Assert.Equal(0, body.Position);
    }

    [Theory]
    [InlineData("""{"event":"delivered","response":"250 OK"}""", ReportKind.Delivered, null)]
    [InlineData("""{"event":"bounce","type":"bounce","reason":"500 unknown recipient","status":"5.0.0","bounce_classification":"Invalid Address"}""", ReportKind.HardBounce, "500 unknown recipient")]
    [InlineData("""{"event":"bounce","reason":"550 5.1.1 no such user"}""", ReportKind.HardBounce, "550 5.1.1 no such user")]
    [InlineData("""{"event":"bounce","type":"blocked","reason":"552 5.2.2 over quota"}""", ReportKind.Failed, "552 5.2.2 over quota")]
    [InlineData("""{"event":"blocked","reason":"550 spam"}""", ReportKind.Failed, "550 spam")]
    [InlineData("""{"event":"dropped","reason":"Bounced Address","status":"5.0.0"}""", ReportKind.HardBounce, "Bounced Address")]
    [InlineData("""{"event":"dropped","reason":"Invalid"}""", ReportKind.HardBounce, "Invalid")]
    [InlineData("""{"event":"dropped","reason":"Invalid SMTPAPI header"}""", ReportKind.Failed, "Invalid SMTPAPI header")]
    [InlineData("""{"event":"dropped","reason":"Spam Reporting Address"}""", ReportKind.Complaint, "Spam Reporting Address")]
    [InlineData("""{"event":"dropped","reason":"Unsubscribed Address"}""", ReportKind.Complaint, "Unsubscribed Address")]
    [InlineData("""{"event":"dropped","reason":"Spam Content"}""", ReportKind.Failed, "Spam Content")]
    [InlineData("""{"event":"dropped"}""", ReportKind.Failed, "dropped")]
    [InlineData("""{"event":"spamreport"}""", ReportKind.Complaint, "spamreport")]
    [InlineData("""{"event":"unsubscribe"}""", ReportKind.Complaint, "unsubscribe")]
    [InlineData("""{"event":"group_unsubscribe","asm_group_id":10}""", ReportKind.Complaint, "group_unsubscribe")]
    public async Task Event_says_what_became_of_the_mail(string json, ReportKind kind, string? reason)
    {
        var own = $$"""{"delivery_id":"{{Delivery}}","email":"ada@example.test","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","timestamp":1600112590,{{json[1..]}}""";
        var report = Assert.Single(Reports(await SignedAsync($"[{own}]")));
        Assert.Equal(new DeliveryReport(Channel.Email, Delivery, "14c5d75ce93.dfd.64b469", "ada@example.test", kind, reason, DateTimeOffset.FromUnixTimeSeconds(1_600_112_590)), report);
    }

    [Theory]
    [InlineData("processed")]
    [InlineData("deferred")]
    [InlineData("open")]
    [InlineData("click")]
    [InlineData("group_resubscribe")]
    [InlineData("of a later version")]
    public async Task Event_that_changes_nothing_is_left_out(string name) => Assert.Empty(Reports(await SignedAsync($$"""[{"event":"{{name}}","email":"ada@example.test"}]""")));

    [Fact]
    public async Task Batch_is_read_whole_with_what_is_missing_or_odd_in_it()
    {
        var reports = Reports(await SignedAsync(
            """[{"event":"delivered"},{},{"event":7},{"event":"processed"},{"event":"delivered","timestamp":"x","delivery_id":"nonsense","email":5,"sg_message_id":"abc.recvd-6b8-1"},{"event":"delivered","timestamp":99999999999999}]"""));
        Assert.Equal(3, reports.Count);
        Assert.All(reports, report => Assert.Equal((null, null, time.GetUtcNow()), (report.DeliveryId, report.Address, report.At)));
        Assert.Equal([null, "abc", null], reports.Select(report => report.ProviderId));
    }

    [Theory, Trait("Promise", "S6")]
    [InlineData(254, true)]
    [InlineData(255, false)]
    public async Task Address_that_is_longer_than_any_is_none(int length, bool isOne)
    {
        var address = $"{new string('a', length - "@example.test".Length)}@example.test";
        var report = Assert.Single(Reports(await SignedAsync($$"""[{"event":"bounce","email":"{{address}}"}]""")));
        Assert.Equal(isOne ? address : null, report.Address);
    }

    [Fact, Trait("Promise", "S10")]
    public async Task Reason_is_cut_and_without_control_characters()
    {
        var report = Assert.Single(Reports(await SignedAsync($$"""[{"event":"bounce","reason":"550\r\nX-Evil: \u0000{{new string('x', 600)}}"}]""")));
        Assert.Equal(500, report.Reason!.Length);
        Assert.DoesNotContain(report.Reason, char.IsControl);
    }

    [Theory, Trait("Promise", "S6")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("[[]]")]
    [InlineData("[{\"event\":\"delivered\"}")]
    [InlineData("[{\"event\":\"\\ud800\"}]")]
    public async Task Signed_nonsense_is_a_bad_request(string body) => Assert.Equal(ErrorKind.BadRequest, Fault(await SignedAsync(body)).Kind);

    [Fact, Trait("Promise", "S6")]
    public async Task Too_many_events_and_too_much_nesting_are_a_bad_request()
    {
        Assert.Equal(ErrorKind.BadRequest, Fault(await SignedAsync($"[{string.Join(',', Enumerable.Repeat("{}", 5_001))}]")).Kind);
        Assert.Equal(ErrorKind.BadRequest, Fault(await SignedAsync($"[{{\"event\":{new string('[', 500)}{new string(']', 500)}}}]")).Kind);
        Assert.Empty(Reports(await SignedAsync($"[{string.Join(',', Enumerable.Repeat("{}", 5_000))}]")));
    }

    [Fact]
    public void Key_is_one_on_P256_as_SendGrid_shows_it()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.True(SendGridWebhook.IsKey(PublishedKey));
        Assert.True(SendGridWebhook.IsKey(Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())));
        Assert.All((string[])["", "nonsense", PublishedKey[..40], "AAAA" + PublishedKey, Convert.ToBase64String(other.ExportSubjectPublicKeyInfo())], text => Assert.False(SendGridWebhook.IsKey(text)));
    }

    private Task<Result<IReadOnlyList<DeliveryReport>>> SignedAsync(string body, string? at = null)
    {
        var timestamp = at ?? time.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(key.SignData(Encoding.UTF8.GetBytes(timestamp + body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return ReadAsync(Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), timestamp, signature, body);
    }

    private async Task<Result<IReadOnlyList<DeliveryReport>>> ReadAsync(string? publicKey, string? timestamp, string? signature, string body)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(body));
        var webhook = new SendGridWebhook(new SendGridSettings { WebhookPublicKey = publicKey }, time);
        return await webhook.ReadAsync(new WebhookRequest("", name => name == SendGridWebhook.SignatureHeader ? signature : name == SendGridWebhook.TimestampHeader ? timestamp : null, stream), default);
    }

    private static IReadOnlyList<DeliveryReport> Reports(Result<IReadOnlyList<DeliveryReport>> result)
    {
        Assert.False(result.Failed(out var error, out var reports), error?.Message);
        return reports!;
    }

    private static Error Fault(Result<IReadOnlyList<DeliveryReport>> result)
    {
        Assert.True(result.Failed(out var error));
        return error;
    }
}
