using BenchmarkDotNet.Attributes;
using GoApi.Application.Abstractions.Limits;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace GoApi.Benchmarks.Limits;

/// <summary>
/// What a decision costs, in memory and through Redis (REDIS_ADDRESSES), one after the other: so the time through Redis is a round trip. Beside
/// it a bare GET over the same client, which is the least that a question to Redis can cost, and what our circuit and Polly's add to a call.
/// </summary>
[MemoryDiagnoser]
public class LimiterBenchmarks
{
    private static readonly RateBudget Budget = new(1_000_000, TimeSpan.FromSeconds(1));
    private static readonly RateClaim Caller = new("benchmark:caller", Budget);
    private static readonly RateClaim Expensive = new("benchmark:expensive", Budget);
    private static readonly Task<string> Answer = Task.FromResult("answer");

    private readonly MemoryRateLimiter memory = new(TimeProvider.System);
    private readonly RedisCircuit circuit = new(TimeProvider.System);
    private readonly ResiliencePipeline polly = new ResiliencePipelineBuilder().AddCircuitBreaker(new CircuitBreakerStrategyOptions()).Build();
    private RedisConnection connection = null!;
    private RedisRateLimiter redis = null!;
    private IDatabase bare = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build().ReadSettings().Redis;
        if (!settings.IsConfigured) throw new NotSupportedException("REDIS_ADDRESSES names no Redis.");

        connection = Connect(settings);
        redis = new RedisRateLimiter(connection, memory);
        bare = (await connection.OpenAsync()).GetDatabase(settings.Database);
        await bare.StringSetAsync("goapi:benchmark", "value", TimeSpan.FromHours(1));
    }

    [GlobalCleanup]
    public ValueTask StopAsync() => connection.DisposeAsync();

    [Benchmark(Baseline = true)]
    public Task<RedisValue> BareGet() => bare.StringGetAsync("goapi:benchmark");

    [Benchmark]
    public async Task<bool> OneBudgetThroughRedis() => (await redis.TakeAsync(Caller.Key, Budget, default)).Allowed;

    [Benchmark]
    public async Task<bool> TwoBudgetsThroughRedis() => (await redis.TakeAsync(Caller, Expensive, default)).First.Allowed;

    [Benchmark]
    public async Task<bool> OneBudgetInMemory() => (await memory.TakeAsync(Caller.Key, Budget, default)).Allowed;

    [Benchmark]
    public async Task<bool> TwoBudgetsInMemory() => (await memory.TakeAsync(Caller, Expensive, default)).First.Allowed;

    [Benchmark]
    public async Task<string> OurCircuit()
    {
        var call = circuit.Enter();
        var answer = await Answer;
        circuit.Succeed(call);
        return answer;
    }

    [Benchmark]
    public async Task<string> CircuitOfPolly() => await polly.ExecuteAsync(static async _ => await Answer, CancellationToken.None);

    private static RedisConnection Connect(RedisSettings settings) => new(settings, TimeProvider.System, NullLogger<RedisConnection>.Instance);
}
