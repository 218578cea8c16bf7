using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;

namespace GoApi.WebApi.Http;

/// <summary>
/// What was refused for its number: each counted, and for each caller one entry of the audit trail a minute, which says how often. An attack is
/// seen and fills no table, and the refusal itself waits for no database.
/// </summary>
internal sealed partial class RateRefusals : BackgroundService
{
    public const string MeterName = "GoApi.WebApi";
    public const string CounterName = "goapi.rate_limit.refused";
    public const string Action = "system.rate_limit";

    /// <summary>Entries of one minute; who comes beyond them has one together.</summary>
    public const int MaxCallers = 100;

    private const string Others = "others";
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(RateGroup Group, string Name), Refused> refused = new();
    private readonly IServiceScopeFactory scopes;
    private readonly TimeProvider time;
    private readonly ILogger<RateRefusals> logger;
    private readonly Counter<long> counter;
    private int callers;

    public RateRefusals(IServiceScopeFactory scopes, IMeterFactory meters, TimeProvider time, ILogger<RateRefusals> logger)
    {
        (this.scopes, this.time, this.logger) = (scopes, time, logger);
        counter = meters.Create(MeterName).CreateCounter<long>(CounterName, "{request}", "Requests that were refused for their number.");
    }

    /// <param name="name">Whose budget it is; what stands before the colon is the kind of caller, and all that is measured of it.</param>
    public void Add(HttpContext context, RateGroup group, string name)
    {
        counter.Add(1, new("budget", TextOf(group)), new("caller", KindOf(name)));
        if (!refused.TryGetValue((group, name), out var known)) known = AddCaller(context, group, name);
        known.Count();
    }

    /// <summary>Writes what was refused since the last time.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        foreach (var key in refused.Keys)
        {
            if (!refused.TryRemove(key, out var one)) continue;

            Interlocked.Decrement(ref callers);
            await WriteAsync(key.Group, key.Name, one, ct);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryFlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryFlushAsync(stoppingToken);
    }

    private Refused AddCaller(HttpContext context, RateGroup group, string name)
    {
        // Those beyond the bound have nothing in common that an entry could name.
        var isOne = Volatile.Read(ref callers) < MaxCallers;
        var (key, one) = ((group, isOne ? name : Others), new Refused(isOne ? Actors.From(context) : Actor.System(context.TraceIdentifier)));
        if (!refused.TryAdd(key, one)) return refused.GetValueOrDefault(key, one);

        Interlocked.Increment(ref callers);
        return one;
    }

    private async Task TryFlushAsync(CancellationToken ct)
    {
        try
        {
            await FlushAsync(ct);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            // The counter has them. What could not be written is not kept: it would only grow.
            Lost(logger, fault);
        }
    }

    private Task WriteAsync(RateGroup group, string name, Refused one, CancellationToken ct) => Denials.RecordAsync(
        scopes, one.Actor, trail => trail.Record(Action, AuditStatus.Denied, "rate_limit", $"{TextOf(group)}/{KindOf(name)}", "RATE_LIMIT_EXCEEDED", times: one.Times), ct);

    private static string TextOf(RateGroup group) => group switch
    {
        RateGroup.Credentials => "credentials",
        RateGroup.Expensive => "expensive",
        _ => "requests",
    };

    private static string KindOf(string name) => name.IndexOf(':', StringComparison.Ordinal) switch
    {
        var at and > 0 => name[..at],
        _ => name,
    };

    [LoggerMessage(110, LogLevel.Warning, "Audit entries of refused requests could not be written")]
    private static partial void Lost(ILogger logger, Exception fault);

    /// <param name="actor">Who was refused first.</param>
    private sealed class Refused(Actor actor)
    {
        private long times;

        public Actor Actor => actor;

        public long Times => Interlocked.Read(ref times);

        public void Count() => Interlocked.Increment(ref times);
    }
}
