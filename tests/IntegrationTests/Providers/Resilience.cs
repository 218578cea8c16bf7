using System.Net;
using GoApi.Application.Abstractions.Mail;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Http;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Providers;

/// <summary>What stands around a call of a provider: nothing is tried where it would not help.</summary>
[Trait("Promise", "N4")]
public sealed class Resilience : IDisposable
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Network network = new();
    private readonly List<IDisposable> mine = [];

    public void Dispose() => mine.ForEach(one => one.Dispose());

    [Theory]
    [InlineData(503)]
    [InlineData(408)]
    [InlineData(0)]
    public async Task Circuit_opens_when_the_provider_fails_and_closes_when_it_works_again(int status)
    {
        var provider = Call();
        network.Answer = _ => status == 0 ? throw new HttpRequestException(HttpRequestError.ConnectionError) : Task.FromResult(new HttpResponseMessage((HttpStatusCode)status));
        for (var call = 0; call < ProviderCall.MinimumCalls; call++) Assert.Equal(SendOutcome.Unavailable, (await SendAsync(provider)).Outcome);

        var refused = await SendAsync(provider);
        Assert.Equal(SendOutcome.Deferred, refused.Outcome);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromSeconds(1), ProviderCall.Break);
        Assert.Equal(ProviderCall.MinimumCalls, network.Calls);

        // One tries; it fails, and the circuit is open for as long again.
        time.Advance(ProviderCall.Break);
        Assert.Equal(SendOutcome.Unavailable, (await SendAsync(provider)).Outcome);
        Assert.Equal(SendOutcome.Deferred, (await SendAsync(provider)).Outcome);
        Assert.Equal(ProviderCall.MinimumCalls + 1, network.Calls);

        time.Advance(ProviderCall.Break);
        network.Answer = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Accepted));
        Assert.Equal(SendOutcome.Sent, (await SendAsync(provider)).Outcome);
        Assert.Equal(SendOutcome.Sent, (await SendAsync(provider)).Outcome);
    }

    [Fact]
    public async Task While_one_call_tries_whether_it_works_again_no_other_does()
    {
        var provider = Call();
        network.Answer = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.BadGateway));
        for (var call = 0; call < ProviderCall.MinimumCalls; call++) await SendAsync(provider);
        time.Advance(ProviderCall.Break);
        var held = new TaskCompletionSource<HttpResponseMessage>();
        network.Answer = _ => held.Task;

        var probe = SendAsync(provider);
        Assert.Equal(SendOutcome.Deferred, (await SendAsync(provider)).Outcome);
        held.SetResult(new HttpResponseMessage(HttpStatusCode.Accepted));

        Assert.Equal(SendOutcome.Sent, (await probe).Outcome);
        Assert.Equal(ProviderCall.MinimumCalls + 1, network.Calls);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    public async Task What_the_provider_refuses_does_not_open_the_circuit(int status)
    {
        var provider = Call();
        network.Answer = _ => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status));
        for (var call = 0; call < ProviderCall.MinimumCalls * 3; call++) Assert.NotEqual(SendOutcome.Deferred, (await SendAsync(provider)).Outcome);
        Assert.Equal(ProviderCall.MinimumCalls * 3, network.Calls);
    }

    [Fact]
    public async Task That_we_stop_does_not_open_the_circuit()
    {
        var provider = Call();
        network.Answer = async ct =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return new HttpResponseMessage();
        };
        for (var call = 0; call < ProviderCall.MinimumCalls * 2; call++)
        {
            using var stop = new CancellationTokenSource();
            var sending = SendAsync(provider, stop.Token);
            await stop.CancelAsync();
            Assert.Equal(SendOutcome.Unknown, (await sending).Outcome);
        }
    }

    [Fact]
    public async Task Calls_beyond_the_rate_are_put_off_until_the_next_is_allowed()
    {
        var provider = Call(rate: 2);
        Assert.Equal(SendOutcome.Sent, (await SendAsync(provider)).Outcome);
        Assert.Equal(SendOutcome.Sent, (await SendAsync(provider)).Outcome);

        Assert.Equal(new SendResult(SendOutcome.Deferred, RetryAfter: TimeSpan.FromSeconds(0.5)), await SendAsync(provider));
        Assert.Equal(2, network.Calls);

        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(SendOutcome.Sent, (await SendAsync(provider)).Outcome);
    }

    [Fact]
    public async Task No_more_calls_are_under_way_than_allowed_and_what_does_not_find_a_place_in_the_queue_is_put_off()
    {
        var provider = Call(concurrency: 2);
        var held = new TaskCompletionSource();
        network.Answer = async _ =>
        {
            await held.Task;
            return new HttpResponseMessage(HttpStatusCode.Accepted);
        };

        var sending = Enumerable.Range(0, 4).Select(_ => SendAsync(provider)).ToArray();
        Assert.Equal(new SendResult(SendOutcome.Deferred, RetryAfter: TimeSpan.FromSeconds(1)), await SendAsync(provider));
        Assert.Equal(2, network.Calls);
        held.SetResult();

        Assert.All(await Task.WhenAll(sending), result => Assert.Equal(SendOutcome.Sent, result.Outcome));
        Assert.Equal(4, network.Calls);
    }

    [Fact, Trait("Promise", "N5")]
    public async Task Open_circuit_of_one_provider_leaves_the_other_alone()
    {
        var (mail, sms) = (Call(name: "mail"), Call(name: "sms"));
        network.Answer = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.BadGateway));
        for (var call = 0; call < ProviderCall.MinimumCalls; call++) await SendAsync(mail);
        network.Answer = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Accepted));

        Assert.Equal(SendOutcome.Deferred, (await SendAsync(mail)).Outcome);
        Assert.Equal(SendOutcome.Sent, (await SendAsync(sms)).Outcome);
    }

    private ProviderCall Call(string name = "provider", int concurrency = 16, int rate = 0)
    {
        var call = new ProviderCall(network, new MemoryRateLimiter(time), time, new ProviderLimits(name, concurrency, rate));
        mine.Add(call);
        return call;
    }

    private static Task<SendResult> SendAsync(ProviderCall provider, CancellationToken ct = default) =>
        provider.SendAsync(new HttpRequestMessage(HttpMethod.Post, "http://provider.invalid/"), (_, _) => null, _ => "", ct);

    private sealed class Network : HttpMessageHandler, IHttpClientFactory
    {
        private int calls;

        public Func<CancellationToken, Task<HttpResponseMessage>> Answer { get; set; } = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Accepted));

        public int Calls => Volatile.Read(ref calls);

        public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref calls);
            return Answer(cancellationToken);
        }
    }
}
