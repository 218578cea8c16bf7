using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GoApi.FaultTests;

/// <summary>How the provider behaves towards one call.</summary>
public abstract record Behaviour
{
    private Behaviour()
    {
    }

    /// <summary>Takes the mail and says so (202), after a while.</summary>
    public sealed record Accept(TimeSpan After = default) : Behaviour;

    /// <summary>Does not take it, and says so.</summary>
    public sealed record Refuse(int Status, TimeSpan? RetryAfter = null) : Behaviour;

    /// <summary>Does not take it and never answers.</summary>
    public sealed record Hang : Behaviour;

    /// <summary>Takes it and says so, and the connection ends in the middle of what follows the status.</summary>
    public sealed record CutOff : Behaviour;

    /// <summary>Takes it, and the connection ends before the answer.</summary>
    public sealed record Vanish : Behaviour;
}

/// <param name="DeliveryId">What the mail says of itself: the same in every attempt.</param>
public sealed record Call(string Recipient, Guid DeliveryId);

/// <summary>Stands in for SendGrid: behaves as the test says and counts, for each recipient and message, what it was asked and what it took.</summary>
public sealed class ProviderStub : IAsyncDisposable
{
    private readonly ConcurrentQueue<Call> calls = [];
    private readonly ConcurrentQueue<Call> taken = [];
    private WebApplication? server;
    private int port;

    private ProviderStub()
    {
    }

    /// <summary>Asked for each call, with the number of this message's calls so far, this one among them.</summary>
    public Func<Call, int, Behaviour> Behave { get; set; } = (_, _) => new Behaviour.Accept();

    /// <summary>What makes a host send its mails here.</summary>
    public Dictionary<string, string> Settings => new() { ["SENDGRID_API_KEY"] = "SG.test", ["SENDGRID_BASE_URL"] = $"http://127.0.0.1:{port}" };

    public int TakenCount => taken.Count;

    public IReadOnlyCollection<Call> Calls => calls;

    /// <summary>What would have reached people: accepted, whether or not the answer arrived.</summary>
    public IReadOnlyCollection<Call> Taken => taken;

    /// <summary>Messages that were taken more than once.</summary>
    public IReadOnlyCollection<Call> Duplicates => [.. taken.GroupBy(call => call).Where(group => group.Count() > 1).Select(group => group.Key)];

    public static async Task<ProviderStub> StartAsync()
    {
        var stub = new ProviderStub();
        await stub.ListenAsync();
        return stub;
    }

    /// <summary>From now on connections are refused.</summary>
    public async Task StopListeningAsync()
    {
        await server!.StopAsync(new CancellationToken(canceled: true));
        await server.DisposeAsync();
        server = null;
    }

    /// <summary>On the same port as before.</summary>
    public async Task ListenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        server = builder.Build();
        server.MapPost("/v3/mail/send", AnswerAsync);
        await server.StartAsync();
        port = new Uri(server.Urls.Single()).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await StopListeningAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var mail = await JsonDocument.ParseAsync(http.Request.Body);
        var call = Read(mail.RootElement);
        calls.Enqueue(call);
        switch (Behave(call, calls.Count(other => other == call)))
        {
            case Behaviour.Accept accept:
                taken.Enqueue(call);
                if (accept.After > TimeSpan.Zero) await Task.Delay(accept.After);
                http.Response.StatusCode = StatusCodes.Status202Accepted;
                http.Response.Headers["X-Message-Id"] = Guid.CreateVersion7().ToString("N");
                break;
            case Behaviour.Refuse refuse:
                http.Response.StatusCode = refuse.Status;
                if (refuse.RetryAfter is { } wait) http.Response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                break;
            case Behaviour.Hang:
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case Behaviour.CutOff:
                taken.Enqueue(call);
                http.Response.StatusCode = StatusCodes.Status202Accepted;
                http.Response.ContentLength = 100;
                await http.Response.WriteAsync("half");
                await http.Response.Body.FlushAsync();
                http.Abort();
                break;
            case Behaviour.Vanish:
                taken.Enqueue(call);
                http.Abort();
                break;
        }
    }

    private static Call Read(JsonElement mail)
    {
        var person = mail.GetProperty("personalizations")[0];
        return new Call(person.GetProperty("to")[0].GetProperty("email").GetString()!, person.GetProperty("custom_args").GetProperty("delivery_id").GetGuid());
    }
}
