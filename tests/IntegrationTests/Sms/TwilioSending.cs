using System.Net;
using System.Net.Sockets;
using System.Text;
using GoApi.Application.Abstractions.Limits;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Sms;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Http;
using GoApi.Infrastructure.Twilio;
using GoApi.IntegrationTests.Providers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Sms;

public sealed class TwilioSending : IAsyncLifetime
{
    private static readonly SmsMessage Sms = new(Guid.CreateVersion7(), "+447400123456", "123456 is your code & more");

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<(string Path, string? Authorization, IFormCollection Form)> requests = [];
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
            requests.Add((context.Request.Path, context.Request.Headers.Authorization, await context.Request.ReadFormAsync()));
            await answer(context);
        });
        await stub.StartAsync();
    }

    public ValueTask DisposeAsync() => stub.DisposeAsync();

    [Fact]
    public async Task Accepted_message_is_sent_with_the_providers_id()
    {
        Answer(201, body: """{"sid":"SM1","status":"queued"}""");

        Assert.Equal(new SendResult(SendOutcome.Sent, "SM1"), await SendAsync());

        var (path, authorization, form) = Assert.Single(requests);
        Assert.Equal(("/2010-04-01/Accounts/AC1/Messages.json", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("AC1:token"))}"), (path, authorization));
        Assert.Equal((Sms.To, "+15005550006", Sms.Text, 3), (form["To"].ToString(), form["From"].ToString(), form["Body"].ToString(), form.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{\"sid\":7}")]
    public async Task Accepted_message_is_sent_whatever_is_said_beside_it(string body)
    {
        Answer(201, body: body);
        Assert.Equal(new SendResult(SendOutcome.Sent), await SendAsync());
    }

    [Theory, Trait("Promise", "N4")]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(302)]
    public async Task Refusal_is_for_good(int status)
    {
        Answer(status);
        Assert.Equal(new SendResult(SendOutcome.Rejected, Error: $"Twilio answered {status}."), await SendAsync());
        Assert.Single(requests);
    }

    [Fact, Trait("Promise", "S7")]
    public async Task Error_is_a_number_and_quotes_nobody()
    {
        Answer(400, body: """{"code":21211,"message":"The 'To' number +447400123456 is not valid","status":400}""");
        Assert.Equal("Twilio answered 400 (21211).", (await SendAsync()).Error);
    }

    [Theory, Trait("Promise", "N4")]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Provider_that_cannot_now_is_asked_later(int status)
    {
        Answer(status);
        Assert.Equal(new SendResult(SendOutcome.Unavailable, Error: $"Twilio answered {status}."), await SendAsync());
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
    public async Task Unknown_host_is_not_sent() => Assert.Equal(SendOutcome.Unavailable, (await SendAsync("http://twilio.invalid")).Outcome);

    [Fact, Trait("Promise", "N3")]
    public async Task Connection_lost_after_the_message_was_handed_over_is_unknown()
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
    public async Task Accepted_message_is_sent_though_its_answer_breaks_off()
    {
        using var server = new CutOffServer("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"sid\":");
        Assert.Equal(new SendResult(SendOutcome.Sent), await SendAsync(server.Url));
        await server.Served;
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Answer_that_breaks_off_before_its_status_is_known_is_unknown()
    {
        using var server = new CutOffServer("HTTP/1.1 2");
        Assert.Equal(SendOutcome.Unknown, (await SendAsync(server.Url)).Outcome);
        await server.Served;
    }

    [Theory]
    [InlineData("07400123456", "code", "The recipient is no phone number in E.164.")]
    [InlineData("+1234567890123456", "code", "The recipient is no phone number in E.164.")]
    [InlineData("+447400123456\n", "code", "The recipient is no phone number in E.164.")]
    [InlineData("whatsapp:+447400123456", "code", "The recipient is no phone number in E.164.")]
    [InlineData("+447400123456", " ", "The message has no text.")]
    public async Task What_Twilio_would_refuse_is_refused_without_asking(string to, string text, string error)
    {
        Assert.Equal(new SendResult(SendOutcome.Rejected, Error: error), await SendAsync(sms: Sms with { To = to, Text = text }));
        Assert.Empty(requests);
    }

    [Fact]
    public async Task Text_of_1600_characters_is_sent_and_a_longer_one_refused_without_asking()
    {
        Answer(201);
        Assert.Equal(SendOutcome.Sent, (await SendAsync(sms: Sms with { Text = new string('ä', 1600) })).Outcome);
        Assert.Equal(new SendResult(SendOutcome.Rejected, Error: "The message is longer than the 1600 characters that Twilio takes."), await SendAsync(sms: Sms with { Text = new string('ä', 1601) }));
        Assert.Single(requests);
    }

    [Theory]
    [InlineData("Grüße 你好 🎉")]
    [InlineData("“Quotes” \"quotes\" 'quotes' + & = % ; #")]
    [InlineData("Two\r\nlines")]
    public async Task Request_has_the_fields_that_the_description_of_Messages_names(string text)
    {
        Answer(201);
        Assert.Equal(SendOutcome.Sent, (await SendAsync(sms: Sms with { Text = text })).Outcome);

        var form = Assert.Single(requests).Form;
        // Of CreateMessage in Twilio's OpenAPI (twilio_api_v2010): To, one of From and MessagingServiceSid, one of Body, MediaUrl and ContentSid.
        Assert.Equal(["Body", "From", "To"], form.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(text, form["Body"].ToString());
    }

    [Fact]
    public async Task Messaging_Service_sends_in_place_of_a_number()
    {
        Answer(201);
        await SendAsync(from: "MG0123456789abcdef0123456789abcdef");

        var form = Assert.Single(requests).Form;
        Assert.Equal(("MG0123456789abcdef0123456789abcdef", false), (form["MessagingServiceSid"].ToString(), form.ContainsKey("From")));
    }

    [Theory]
    [InlineData("https://api.example.test", "https://api.example.test/api/v1/webhooks/twilio?delivery_id=")]
    [InlineData("https://example.test/base/", "https://example.test/base/api/v1/webhooks/twilio?delivery_id=")]
    [InlineData("http://localhost:8080", null)]
    [InlineData(null, null)]
    public async Task Status_is_asked_for_where_Twilio_can_reach_us(string? appUrl, string? callback)
    {
        Answer(201);
        await SendAsync(app: appUrl);
        Assert.Equal(callback is null ? "" : callback + Sms.MessageId, Assert.Single(requests).Form["StatusCallback"].ToString());
    }

    private void Answer(int status, (string Name, string Value)? header = null, string body = "") => answer = context =>
    {
        context.Response.StatusCode = status;
        if (header is var (name, value)) context.Response.Headers[name] = value;
        return context.Response.WriteAsync(body);
    };

    private async Task<SendResult> SendAsync(string? url = null, SmsMessage? sms = null, string from = "+15005550006", string? app = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(new TwilioSettings { AccountSid = "AC1", AuthToken = "token", FromNumber = from, BaseUrl = new Uri(url ?? stub.Urls.Single()) });
        services.AddSingleton(new AppSettings { Name = "GoApi", Url = app is null ? null : new Uri(app) });
        services.AddSingleton<IRateLimiter, MemoryRateLimiter>();
        services.AddTwilio();
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<ISmsSender>().SendAsync(sms ?? Sms, default);
    }
}
