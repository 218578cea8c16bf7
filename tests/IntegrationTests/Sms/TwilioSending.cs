using System.Net;
using System.Net.Sockets;
using System.Text;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Sms;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Twilio;
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
        answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        Assert.Equal(SendOutcome.Unknown, (await SendAsync()).Outcome);
        Assert.Single(requests);
    }

    private void Answer(int status, (string Name, string Value)? header = null, string body = "") => answer = context =>
    {
        context.Response.StatusCode = status;
        if (header is var (name, value)) context.Response.Headers[name] = value;
        return context.Response.WriteAsync(body);
    };

    private async Task<SendResult> SendAsync(string? url = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(new TwilioSettings { AccountSid = "AC1", AuthToken = "token", FromNumber = "+15005550006", BaseUrl = new Uri(url ?? stub.Urls.Single()) });
        services.AddTwilio();
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<ISmsSender>().SendAsync(Sms, default);
    }
}
