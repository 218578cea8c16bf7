using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Twilio;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Providers;

public sealed class TwilioStatuses
{
    private const string Token = "0123456789abcdef0123456789abcdef";
    private const string Sid = "SM0123456789abcdef0123456789abcdef";

    // Of the tests of Twilio's own libraries (RequestValidator in twilio-csharp and twilio-php): token, fields, addresses and signatures.
    private const string PublishedToken = "12345";
    private const string PublishedForm = "CallSid=CA1234567890ABCDE&From=%2B14158675309&Digits=1234&To=%2B18005551212&Caller=%2B14158675309";

    private static readonly Guid Delivery = Guid.Parse("0199d9a4-6f6e-7cc7-8f4a-6f1df5a3b001");

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Theory, Trait("Promise", "S8")]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true)]
    [InlineData("https://MyCompany.com/myapp.php?foo=1&bar=2", "g9IN/x4Cft2g517EjYvEvM/W7LU=", true)]
    [InlineData("https://MyCompany.com:1234/myapp.php?foo=1&bar=2", "PCqOZm8cnu/L6+u5i5fuEd+Iac4=", true)]
    [InlineData("http://MyCompany.com/myapp.php?foo=1&bar=2", "XY7AlKOKL6im4yWyX84gldUrtis=", true)]
    [InlineData("http://username:password@MyCompany.com/myapp.php?foo=1&bar=2", "PJ08CxXr7KLPjEQCTc8LkUSMwSM=", true)]
    [InlineData("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true)]
    [InlineData("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", true)]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w=", true)]
    [InlineData("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4=", true)]
    [InlineData("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "CYn1h0gLBdNxDGkKJg6hYohgeD8=", true)]
    [InlineData("https://MyCompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false)]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2", "NOTRSOYDt4T1cUTdK1PDd93/VVr8B8=", false)]
    [InlineData("https://mycompany.com/myapp.php?foo=1", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false)]
    public void Published_signatures_are_told_from_others(string address, string signature, bool genuine) =>
        Assert.Equal(genuine, TwilioWebhook.IsSigned(PublishedToken, address, TwilioWebhook.Form(PublishedForm)!, signature));

    [Fact, Trait("Promise", "S8")]
    public void Values_that_a_field_repeats_are_signed_once_and_in_order() => Assert.True(TwilioWebhook.IsSigned(
        PublishedToken, "https://mycompany.com/myapp.php?foo=1&bar=2", TwilioWebhook.Form("Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234")!, "IK+Dwps556ElfBT0I3Rgjkr1wJU="));

    [Theory]
    [InlineData("delivered", null, ReportKind.Delivered, null)]
    [InlineData("undelivered", "30003", ReportKind.Failed, "undelivered (30003)")]
    [InlineData("undelivered", "30005", ReportKind.HardBounce, "undelivered (30005)")]
    [InlineData("undelivered", "30006", ReportKind.HardBounce, "undelivered (30006)")]
    [InlineData("failed", "21211", ReportKind.HardBounce, "failed (21211)")]
    [InlineData("failed", "21614", ReportKind.HardBounce, "failed (21614)")]
    [InlineData("failed", "21610", ReportKind.Complaint, "failed (21610)")]
    [InlineData("undelivered", "30007", ReportKind.Failed, "undelivered (30007)")]
    [InlineData("failed", "30008", ReportKind.Failed, "failed (30008)")]
    [InlineData("failed", null, ReportKind.Failed, "failed")]
    public async Task Status_says_what_became_of_the_message(string status, string? error, ReportKind kind, string? reason)
    {
        var form = $"ApiVersion=2010-04-01&AccountSid=AC1&To=%2B447400123456&From=%2B15005550006&SmsStatus={status}&SmsSid={Sid}&MessageStatus={status}&MessageSid={Sid}{(error is null ? "" : $"&ErrorCode={error}")}";
        var report = Assert.Single(Reports(await SignedAsync(form)));
        Assert.Equal(new DeliveryReport(Channel.Sms, Delivery, Sid, "+447400123456", kind, reason, time.GetUtcNow()), report);
    }

    [Theory]
    [InlineData("queued")]
    [InlineData("sending")]
    [InlineData("sent")]
    [InlineData("accepted")]
    [InlineData("of a later version")]
    public async Task Status_on_the_way_is_left_out(string status) => Assert.Empty(Reports(await SignedAsync($"MessageSid={Sid}&MessageStatus={Uri.EscapeDataString(status)}")));

    [Fact, Trait("Promise", "S8")]
    public async Task Whatever_is_changed_makes_it_a_forgery()
    {
        var (form, query) = ($"MessageSid={Sid}&MessageStatus=delivered", $"?delivery_id={Delivery}");
        var signature = Sign(Token, $"https://api.example.test/api/v1/webhooks/twilio{query}", form);
        Assert.Single(Reports(await ReadAsync(form, query, signature)));

        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form.Replace("delivered", "failed", StringComparison.Ordinal), query, signature)).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form + "&To=%2B1", query, signature)).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form, $"?delivery_id={Guid.CreateVersion7()}", signature)).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form, "", signature)).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form, query, null)).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form, query, "")).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form, query, signature, token: "another")).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(form, query, signature, token: null)).Kind);
        Assert.Equal(ErrorKind.Unauthorized, Fault(await ReadAsync(string.Join('&', Enumerable.Range(0, 101).Select(field => $"a{field}=1")), query, signature)).Kind);
    }

    [Fact, Trait("Promise", "S6")]
    public async Task Signed_form_without_a_message_is_a_bad_request() => Assert.Equal(ErrorKind.BadRequest, Fault(await SignedAsync("MessageStatus=delivered")).Kind);

    private Task<Result<IReadOnlyList<DeliveryReport>>> SignedAsync(string form)
    {
        var query = $"?delivery_id={Delivery}";
        return ReadAsync(form, query, Sign(Token, $"https://api.example.test/api/v1/webhooks/twilio{query}", form));
    }

    private async Task<Result<IReadOnlyList<DeliveryReport>>> ReadAsync(string form, string query, string? signature, string? token = Token)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(form));
        var webhook = new TwilioWebhook(new TwilioSettings { AuthToken = token }, new AppSettings { Url = new Uri("https://api.example.test") }, time);
        return await webhook.ReadAsync(new WebhookRequest(query, name => name == TwilioWebhook.SignatureHeader ? signature : null, stream), default);
    }

    private static string Sign(string token, string address, string form)
    {
        var fields = form.Split('&').Select(field => field.Split('=')).Select(pair => (Name: pair[0], Value: Uri.UnescapeDataString(pair[1]))).OrderBy(field => field.Name, StringComparer.Ordinal);
#pragma warning disable CA5350 // What Twilio signs with.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(address + string.Concat(fields.Select(field => field.Name + field.Value)))));
#pragma warning restore CA5350
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
