using System.Net;
using System.Threading.RateLimiting;
using GoApi.Application.Abstractions.Limits;
using GoApi.Application.Abstractions.Mail;
using Polly;
using Polly.CircuitBreaker;

namespace GoApi.Infrastructure.Http;

/// <summary>How much of a provider is used at a time, and under which name.</summary>
/// <param name="Name">As people read it in errors; also that of the HTTP client.</param>
/// <param name="Concurrency">Calls under way in one process. As many more wait for their turn.</param>
/// <param name="RateLimit">Calls a second of all processes together; 0 is no limit.</param>
internal sealed record ProviderLimits(string Name, int Concurrency, int RateLimit);

/// <summary>
/// One call of a provider, and what its end means. It is never repeated in here: repeating is the outbox's (decision 0033).
/// Around it stand a limit of calls at a time, one of calls a second, and a circuit breaker; where one of them refuses,
/// nothing was tried and the outcome is <see cref="SendOutcome.Deferred"/>. One instance for each provider, for the life of the process.
/// </summary>
internal sealed class ProviderCall : IDisposable
{
    /// <summary>From the sending of the request to the end of the answer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>So long an open circuit lets nothing through; then one call tries.</summary>
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(15);

    /// <summary>Calls within <see cref="Sampling"/> below which the circuit does not open, whatever becomes of them.</summary>
    public const int MinimumCalls = 10;

    public static readonly TimeSpan Sampling = TimeSpan.FromSeconds(30);

    private const double FailureRatio = 0.5;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly IHttpClientFactory clients;
    private readonly IRateLimiter limiter;
    private readonly TimeProvider time;
    private readonly ProviderLimits limits;
    private readonly ConcurrencyLimiter concurrency;
    private readonly ResiliencePipeline<Attempt> circuit;

    public ProviderCall(IHttpClientFactory clients, IRateLimiter limiter, TimeProvider time, ProviderLimits limits)
    {
        (this.clients, this.limiter, this.time, this.limits) = (clients, limiter, time, limits);
        concurrency = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = limits.Concurrency, QueueLimit = limits.Concurrency, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
        circuit = new ResiliencePipelineBuilder<Attempt> { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions<Attempt>
        {
            FailureRatio = FailureRatio,
            MinimumThroughput = MinimumCalls,
            SamplingDuration = Sampling,
            BreakDuration = Break,
            ShouldHandle = call => ValueTask.FromResult(call.Outcome.Result.IsFault),
        }).Build();
    }

    /// <param name="request">Is disposed.</param>
    /// <param name="providerId">Finds the provider's id in the answer of a success; null where it has none.</param>
    /// <param name="detail">What the answer of a refusal says beside its status, without anybody's data; may be empty.</param>
    public async Task<SendResult> SendAsync(HttpRequestMessage request, Func<HttpResponseMessage, byte[], string?> providerId, Func<byte[], string> detail, CancellationToken ct)
    {
        using (request)
        {
            using var turn = await concurrency.AcquireAsync(1, ct);
            if (!turn.IsAcquired) return Deferred(Soon);
            // Outside of the circuit: a call that is not made must not be the one that tries whether it works again.
            if (limits.RateLimit > 0 && await limiter.TakeAsync($"provider:{limits.Name}", new RateBudget(limits.RateLimit, Soon), ct) is { Allowed: false } taken) return Deferred(taken.RetryAfter);

            try
            {
                return (await circuit.ExecuteAsync(async token => await CallAsync(request, providerId, detail, token), ct)).Result;
            }
            catch (BrokenCircuitException open)
            {
                return Deferred(open.RetryAfter ?? Soon);
            }
        }
    }

    public void Dispose() => concurrency.Dispose();

    private async Task<Attempt> CallAsync(HttpRequestMessage request, Func<HttpResponseMessage, byte[], string?> providerId, Func<byte[], string> detail, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(Timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            using var http = clients.CreateClient(limits.Name);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            // The status says what became of it; whatever cannot be read behind it changes nothing of that.
            return Judge(answer, await BodyAsync(answer, deadline.Token), providerId, detail);
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError is
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            return Attempt.Fault(SendOutcome.Unavailable, $"No connection to {limits.Name} ({fault.HttpRequestError}).");
        }
        catch (OperationCanceledException fault) when (fault.InnerException is TimeoutException && !deadline.IsCancellationRequested)
        {
            // The handler's own time for connecting ran out: nothing was sent.
            return Attempt.Fault(SendOutcome.Unavailable, $"No connection to {limits.Name} (ConnectTimeout).");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // The request was on its way: the provider may have taken it. That we are stopping is no fault of the provider's.
            var unknown = Attempt.Fault(SendOutcome.Unknown, $"{limits.Name} did not answer ({fault.GetType().Name}).");
            return unknown with { IsFault = !ct.IsCancellationRequested };
        }
    }

    private Attempt Judge(HttpResponseMessage answer, byte[] body, Func<HttpResponseMessage, byte[], string?> providerId, Func<byte[], string> detail)
    {
        if (answer.IsSuccessStatusCode) return new Attempt(new SendResult(SendOutcome.Sent, providerId(answer, body)), IsFault: false);

        var status = (int)answer.StatusCode;
        if (answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout) && status < 500)
            return new Attempt(new SendResult(SendOutcome.Rejected, Error: $"{limits.Name} answered {status}{detail(body)}."), IsFault: false);

        var later = new SendResult(SendOutcome.Unavailable, Error: $"{limits.Name} answered {status}.", RetryAfter: ProviderAnswer.RetryAfter(answer.Headers.RetryAfter, time));
        // 429 is a provider that works, and says itself when to come back.
        return new Attempt(later, IsFault: answer.StatusCode != HttpStatusCode.TooManyRequests);
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            return await ProviderAnswer.ReadAsync(answer.Content, ct);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            return [];
        }
    }

    private static SendResult Deferred(TimeSpan after) => new(SendOutcome.Deferred, RetryAfter: after > TimeSpan.Zero ? after : Soon);

    /// <param name="IsFault">The provider does not work: counted by the circuit.</param>
    private readonly record struct Attempt(SendResult Result, bool IsFault)
    {
        public static Attempt Fault(SendOutcome outcome, string error) => new(new SendResult(outcome, Error: error), IsFault: true);
    }
}
