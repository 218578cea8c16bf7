using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GoApi.FaultTests;
using GoApi.Infrastructure.SendGrid;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>What becomes of deliveries at a provider that does not do what it should, as the ledger tells it, and what an administrator can do about it.</summary>
[Trait("Promise", "N4")]
public abstract class DeliveryTests(GoApiHost host) : ApiTest(host)
{
    private const string Path = "/api/v1/notifications";

    [Fact]
    public async Task What_the_provider_does_not_take_is_dead_after_the_last_attempt_and_sent_when_it_is_tried_again()
    {
        await using var provider = await ProviderStub.StartAsync();
        await using var installation = await InstallAsync(provider);
        var admin = await installation.AdminAsync();
        var to = Address();
        provider.Behave = (call, _) => call.Recipient == to ? new Behaviour.Refuse(500) : new Behaviour.Accept();

        var id = await SendAsync(admin, to);
        var dead = await BecomesAsync(admin, id, "dead");

        Assert.Equal([(1, "unavailable", "SendGrid answered 500."), (2, "unavailable", "SendGrid answered 500.")], Attempts(dead));
        Assert.Equal(("SendGrid answered 500.", null, false), (dead.Field("error"), dead.Field("next_attempt_at"), dead.Data.GetProperty("ambiguous").GetBoolean()));
        Assert.Equal("1", await DeadAsync(admin));
        Assert.Equal([id], (await admin.GetAsync($"{Path}/deliveries?status=dead")).Is(200).Ids);

        provider.Behave = (_, _) => new Behaviour.Accept();
        var retried = (await admin.PostAsync($"{Path}/deliveries/{id}/retry")).Is(202);
        Assert.Contains(retried.Field("status"), (string[])["pending", "queued", "sending", "sent"]);
        var sent = await BecomesAsync(admin, id, "sent");

        Assert.Equal((3, "sent"), Attempts(sent)[^1] is var (number, outcome, _) ? (number, outcome) : default);
        Assert.Equal((sent.Data.GetProperty("attempts")[2].GetProperty("provider_id").GetString(), null), (sent.Field("provider_id"), sent.Field("error")));
        Assert.NotNull(sent.Field("provider_id"));
        Assert.Equal("0", await DeadAsync(admin));
        (await admin.PostAsync($"{Path}/deliveries/{id}/retry")).Is(409, "CONFLICT");
    }

    [Fact]
    public async Task What_the_provider_refuses_is_dead_at_once_and_all_dead_ones_are_tried_again_together()
    {
        await using var provider = await ProviderStub.StartAsync();
        await using var installation = await InstallAsync(provider);
        var admin = await installation.AdminAsync();
        provider.Behave = (call, _) => call.Recipient.StartsWith("refused", StringComparison.Ordinal) ? new Behaviour.Refuse(400) : new Behaviour.Accept();

        Guid[] ids = [await SendAsync(admin, Address("refused")), await SendAsync(admin, Address("refused"))];
        foreach (var id in ids) Assert.Equal([(1, "rejected", "SendGrid answered 400.")], Attempts(await BecomesAsync(admin, id, "dead")));
        Assert.Equal("2", await DeadAsync(admin));

        provider.Behave = (_, _) => new Behaviour.Accept();
        Assert.Equal(["channel"], (await admin.PostAsync($"{Path}/deliveries/retry", new { channel = "in_app" })).Is(422).Fields);
        Assert.Equal(0, Retried((await admin.PostAsync($"{Path}/deliveries/retry", new { channel = "sms" })).Is(202)));
        Assert.Equal(0, Retried((await admin.PostAsync($"{Path}/deliveries/retry", new { batch_id = Guid.CreateVersion7() })).Is(202)));
        Assert.Equal(2, Retried((await admin.PostAsync($"{Path}/deliveries/retry", new { channel = "email" })).Is(202)));

        foreach (var id in ids) await BecomesAsync(admin, id, "sent");
        Assert.Equal("0", await DeadAsync(admin));
        Assert.Equal(0, Retried((await admin.PostAsync($"{Path}/deliveries/retry", new { })).Is(202)));
    }

    [Fact]
    public async Task Address_that_bounced_gets_nothing_more_until_that_is_lifted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var provider = await ProviderStub.StartAsync();
        await using var installation = await InstallAsync(provider, ("SENDGRID_WEBHOOK_PUBLIC_KEY", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())));
        var admin = await installation.AdminAsync();
        var to = Address();
        var first = await SendAsync(admin, to);
        await BecomesAsync(admin, first, "sent");

        await ReportAsync(installation.Instance, key, new { email = to, timestamp = Now(), @event = "bounce", type = "bounce", reason = "550 no such user", sg_message_id = "x.filter1", delivery_id = first });

        var bounced = await BecomesAsync(admin, first, "failed");
        Assert.Equal("550 no such user", bounced.Field("error"));
        (await admin.PostAsync($"{Path}/deliveries/{first}/retry")).Is(409, "CONFLICT");
        var list = (await admin.GetAsync($"{Path}/suppressions?address={Uri.EscapeDataString(to.ToUpperInvariant())}")).Is(200);
        var suppression = Assert.Single(list.Data.EnumerateArray());
        Assert.Equal((to, "email", "hard_bounce"), (Text(suppression, "address"), Text(suppression, "channel"), Text(suppression, "reason")));
        Assert.Empty((await admin.GetAsync($"{Path}/suppressions?channel=sms")).Is(200).Ids);

        var second = await SendAsync(admin, to);
        var failed = await BecomesAsync(admin, second, "failed");
        Assert.Equal("Nothing is sent to the address any more: it bounced.", failed.Field("error"));
        Assert.Empty(Attempts(failed));
        Assert.Single(provider.Calls, call => call.Recipient == to);

        (await admin.DeleteAsync($"{Path}/suppressions/{list.Ids[0]}")).Is(200);
        (await admin.DeleteAsync($"{Path}/suppressions/{list.Ids[0]}")).Is(404, "NOT_FOUND");
        (await admin.PostAsync($"{Path}/deliveries/{second}/retry")).Is(202);
        await BecomesAsync(admin, second, "sent");
        Assert.Equal(2, provider.Calls.Count(call => call.Recipient == to));
    }

    [Fact]
    public async Task What_the_provider_reports_to_have_arrived_is_delivered_for_good()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var provider = await ProviderStub.StartAsync();
        await using var installation = await InstallAsync(provider, ("SENDGRID_WEBHOOK_PUBLIC_KEY", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())));
        var admin = await installation.AdminAsync();
        var to = Address();
        var id = await SendAsync(admin, to);
        await BecomesAsync(admin, id, "sent");

        await ReportAsync(installation.Instance, key, new { email = to, timestamp = Now(), @event = "delivered", sg_message_id = "x.filter1", delivery_id = id });
        Assert.NotNull((await BecomesAsync(admin, id, "delivered")).Field("delivered_at"));
        await ReportAsync(installation.Instance, key, new { email = to, timestamp = Now(), @event = "bounce", type = "blocked", reason = "late", sg_message_id = "x.filter1", delivery_id = id });

        Assert.Equal("delivered", (await admin.GetAsync($"{Path}/deliveries/{id}")).Is(200).Field("status"));
        Assert.Empty((await admin.GetAsync($"{Path}/suppressions")).Is(200).Ids);
    }

    private Task<Installation> InstallAsync(ProviderStub provider, params (string, string)[] more) =>
        Host.InstallAsync([.. provider.Settings.Select(pair => (pair.Key, pair.Value)), ("NOTIFICATION_MAX_ATTEMPTS", "2"), ("NOTIFICATION_RETRY_BASE", "1"), .. more]);

    private static async Task<Guid> SendAsync(Caller admin, string to) => (await admin.PostAsync($"{Path}/test-email", new { to, subject = "A test", body = "Of mail." })).Is(202).Id;

    private static async Task<Answer> BecomesAsync(Caller admin, Guid id, string status)
    {
        Answer? found = null;
        await EventuallyAsync(async () => (found = (await admin.GetAsync($"{Path}/deliveries/{id}")).Is(200)).Field("status") == status, $"the delivery is {status}");
        return found!;
    }

    private static async Task<string?> DeadAsync(Caller admin) =>
        (await admin.GetAsync("/api/v1/status")).Is(200).Data.GetProperty("components").GetProperty("worker").GetProperty("details").GetProperty("dead").GetString();

    private static async Task ReportAsync(Instance instance, ECDsa key, object report)
    {
        var (body, at) = ($"[{JsonSerializer.Serialize(report)}]", Now().ToString(CultureInfo.InvariantCulture));
        var signature = Convert.ToBase64String(key.SignData(Encoding.UTF8.GetBytes(at + body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        (await instance.Anonymous.PostAsync("/api/v1/webhooks/sendgrid", body, (SendGridWebhook.SignatureHeader, signature), (SendGridWebhook.TimestampHeader, at))).Is(200);
    }

    private static (int Number, string? Outcome, string? Error)[] Attempts(Answer delivery) =>
        [.. delivery.Data.GetProperty("attempts").EnumerateArray().Select(attempt => (attempt.GetProperty("number").GetInt32(), Text(attempt, "outcome"), Text(attempt, "error")))];

    private static int Retried(Answer answer) => answer.Data.GetProperty("retried").GetInt32();

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private static string Address(string name = "new") => $"{name}-{Guid.CreateVersion7():N}@example.test";

    private static string? Text(JsonElement item, string field) => item.GetProperty(field).GetString();
}

public sealed class DeliveryTestsEmbedded(EmbeddedHost host) : DeliveryTests(host);

public sealed class DeliveryTestsServices(ServicesHost host) : DeliveryTests(host);
