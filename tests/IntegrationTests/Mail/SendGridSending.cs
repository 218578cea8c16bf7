using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GoApi.Application.Abstractions.Limits;
using GoApi.Application.Abstractions.Mail;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Http;
using GoApi.Infrastructure.SendGrid;
using GoApi.IntegrationTests.Providers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Mail;

public sealed class SendGridSending : IAsyncLifetime
{
    private static readonly EmailMessage Mail = new(Guid.CreateVersion7(), "ada@example.test", "Hello", "text", "<p>html</p>");

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<(string Path, string? Authorization, JsonDocument Body)> requests = [];
    private RequestDelegate answer = _ => Task.CompletedTask;
    private WebApplication stub = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        stub = builder.Build();
        stub.Run(async context =>
        {
            requests.Add((context.Request.Path, context.Request.Headers.Authorization, await JsonDocument.ParseAsync(context.Request.Body)));
            await answer(context);
        });
        await stub.StartAsync();
    }

    public ValueTask DisposeAsync() => stub.DisposeAsync();

    [Fact]
    public async Task Accepted_mail_is_sent_with_the_providers_id()
    {
        Answer(202, ("X-Message-Id", "sg-1"));

        Assert.Equal(new SendResult(SendOutcome.Sent, "sg-1"), await SendAsync());

        var (path, authorization, body) = Assert.Single(requests);
        Assert.Equal(("/v3/mail/send", "Bearer SG.key"), (path, authorization));
        var root = body.RootElement;
        var personalization = root.GetProperty("personalizations")[0];
        Assert.Equal("ada@example.test", personalization.GetProperty("to")[0].GetProperty("email").GetString());
        Assert.Equal(Mail.MessageId.ToString(), personalization.GetProperty("custom_args").GetProperty("delivery_id").GetString());
        Assert.Equal("from@example.test", root.GetProperty("from").GetProperty("email").GetString());
        Assert.Equal("GoApi", root.GetProperty("from").GetProperty("name").GetString());
        Assert.Equal("reply@example.test", root.GetProperty("reply_to").GetProperty("email").GetString());
        Assert.Equal(["text/plain", "text/html"], root.GetProperty("content").EnumerateArray().Select(part => part.GetProperty("type").GetString()));
        Assert.False(root.GetProperty("tracking_settings").GetProperty("click_tracking").GetProperty("enable").GetBoolean());
    }

    [Theory, Trait("Promise", "N4")]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(413)]
    [InlineData(302)]
    public async Task Refusal_is_for_good(int status)
    {
        Answer(status);
        Assert.Equal(new SendResult(SendOutcome.Rejected, Error: $"SendGrid answered {status}."), await SendAsync());
        Assert.Single(requests);
    }

    [Fact, Trait("Promise", "S7")]
    public async Task Error_names_the_fields_and_quotes_nobodys_address()
    {
        Answer(400, body: """{"errors":[{"message":"ada@example.test is no address","field":"personalizations.0.to.0.email"},{"message":"x","field":"ada@example.test"}]}""");
        Assert.Equal("SendGrid answered 400 (personalizations.0.to.0.email).", (await SendAsync()).Error);
    }

    [Theory, Trait("Promise", "N4")]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Provider_that_cannot_now_is_asked_later(int status)
    {
        Answer(status);
        Assert.Equal(new SendResult(SendOutcome.Unavailable, Error: $"SendGrid answered {status}."), await SendAsync());
        Assert.Single(requests);
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Retry_After_is_read_as_seconds_and_as_a_date()
    {
        Answer(429, ("Retry-After", "120"));
        Assert.Equal(TimeSpan.FromSeconds(120), (await SendAsync()).RetryAfter);

        Answer(503, ("Retry-After", time.GetUtcNow().AddMinutes(5).ToString("R")));
        Assert.Equal(TimeSpan.FromMinutes(5), (await SendAsync()).RetryAfter);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Refused_connection_is_not_sent()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        Assert.Equal(SendOutcome.Unavailable, (await SendAsync($"http://127.0.0.1:{port}")).Outcome);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Unknown_host_is_not_sent() => Assert.Equal(SendOutcome.Unavailable, (await SendAsync("http://sendgrid.invalid")).Outcome);

    [Fact, Trait("Promise", "N3")]
    public async Task Connection_that_is_never_made_is_not_sent()
    {
        // Nobody accepts, and the queue of connections that wait for it is full.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);

        var result = await SendAsync($"http://{listener.LocalEndPoint}");

        Assert.Equal(new SendResult(SendOutcome.Unavailable, Error: "No connection to SendGrid (ConnectTimeout)."), result);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Connection_lost_after_the_mail_was_handed_over_is_unknown()
    {
        answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        Assert.Equal(SendOutcome.Unknown, (await SendAsync()).Outcome);
        Assert.Single(requests);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Answer_that_does_not_come_is_unknown()
    {
        answer = context =>
        {
            time.Advance(ProviderCall.Timeout);
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        Assert.Equal(SendOutcome.Unknown, (await SendAsync()).Outcome);
        Assert.Single(requests);
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Accepted_mail_is_sent_though_its_answer_breaks_off()
    {
        using var server = new CutOffServer("HTTP/1.1 202 Accepted\r\nX-Message-Id: sg-2\r\nContent-Length: 100\r\n\r\n{");
        Assert.Equal(new SendResult(SendOutcome.Sent, "sg-2"), await SendAsync(server.Url));
        await server.Served;
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Answer_that_breaks_off_before_its_status_is_known_is_unknown()
    {
        using var server = new CutOffServer("HTTP/1.1 202 Accepted\r\nX-Mess");
        Assert.Equal(SendOutcome.Unknown, (await SendAsync(server.Url)).Outcome);
        await server.Served;
    }

    [Theory]
    [InlineData("not an address", "Hello", "text", "The recipient is no e-mail address.")]
    [InlineData("Ada <ada@example.test>", "Hello", "text", "The recipient is no e-mail address.")]
    [InlineData("ada@example.test\r\nBcc: eve@example.test", "Hello", "text", "The recipient is no e-mail address.")]
    [InlineData("ada@example.test,eve@example.test", "Hello", "text", "The recipient is no e-mail address.")]
    [InlineData("ada@example.test", " ", "text", "The mail has no subject.")]
    [InlineData("ada@example.test", "Hello", " ", "The mail has no content.")]
    public async Task What_SendGrid_would_refuse_is_refused_without_asking(string to, string subject, string text, string error)
    {
        Assert.Equal(new SendResult(SendOutcome.Rejected, Error: error), await SendAsync(mail: Mail with { To = to, Subject = subject, Text = text, Html = "" }));
        Assert.Empty(requests);
    }

    [Fact]
    public async Task Mail_beyond_30_megabytes_is_refused_without_asking()
    {
        var result = await SendAsync(mail: Mail with { Text = new string('x', 30_000_000) });
        Assert.Equal(SendOutcome.Rejected, result.Outcome);
        Assert.Empty(requests);
    }

    [Theory, Trait("Promise", "S10")]
    [InlineData("Grüße aus Köln – 你好 🎉", "“Quotes”, \"quotes\" and 'quotes'\n\u2028 & <tags>", "<p>Ünïcödé 🎉 &amp; \"</p>")]
    [InlineData("Two\r\nBcc: eve@example.test", "text", "")]
    [InlineData("Only HTML", "", "<p>x</p>")]
    public async Task Request_is_what_the_description_of_Mail_Send_asks_for(string subject, string text, string html)
    {
        Answer(202);
        foreach (var mail in (EmailMessage[])[Mail with { Subject = subject, Text = text, Html = html }, Mail with { Subject = subject, Text = text + new string('ß', 200_000), Html = html }])
        {
            requests.Clear();
            Assert.Equal(SendOutcome.Sent, (await SendAsync(mail: mail)).Outcome);

            var body = Assert.Single(requests).Body.RootElement;
            Assert.Empty(MailSendSchema.Faults(body));
            Assert.Equal(mail.Subject.ReplaceLineEndings("  "), body.GetProperty("subject").GetString());
            var parts = body.GetProperty("content").EnumerateArray().ToDictionary(part => part.GetProperty("type").GetString()!, part => part.GetProperty("value").GetString());
            Assert.Equal((mail.Text is "" ? null : mail.Text, mail.Html is "" ? null : mail.Html), (parts.GetValueOrDefault("text/plain"), parts.GetValueOrDefault("text/html")));
        }
    }

    [Theory]
    [InlineData("""{"personalizations":[],"from":{"email":"a@b.test"},"subject":"x","content":[{"type":"text/plain","value":"x"}]}""")]
    [InlineData("""{"personalizations":[{"to":[{"email":"a@b.test"}]}],"from":{"email":"a@b.test"},"subject":"","content":[{"type":"text/plain","value":"x"}]}""")]
    [InlineData("""{"personalizations":[{"to":[{"email":"a@b.test"}]}],"from":{"email":"a@b.test"},"subject":"x","content":[{"type":"text/html","value":"x"},{"type":"text/plain","value":"x"}]}""")]
    [InlineData("""{"personalizations":[{"to":[{"email":"a@b.test"}]}],"from":{"email":"a@b.test"},"subject":"x","content":[{"type":"text/plain","value":"x"}],"idempotency_key":"x"}""")]
    public void The_description_can_fail(string json) => Assert.NotEmpty(MailSendSchema.Faults(JsonDocument.Parse(json).RootElement));

    private void Answer(int status, (string Name, string Value)? header = null, string body = "") => answer = context =>
    {
        context.Response.StatusCode = status;
        if (header is var (name, value)) context.Response.Headers[name] = value;
        return context.Response.WriteAsync(body);
    };

    private async Task<SendResult> SendAsync(string? url = null, EmailMessage? mail = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(new AppSettings { Name = "GoApi" });
        services.AddSingleton(new SendGridSettings { ApiKey = "SG.key", FromEmail = "from@example.test", ReplyToEmail = "reply@example.test", BaseUrl = new Uri(url ?? stub.Urls.Single()) });
        services.AddSingleton<IRateLimiter, MemoryRateLimiter>();
        services.AddSendGrid();
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<IEmailSender>().SendAsync(mail ?? Mail, default);
    }
}
