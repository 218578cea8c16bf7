using System.Diagnostics.Metrics;
using System.Net;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;

namespace GoApi.WebApiTests;

public sealed class RateRefusalsTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly List<Entry> entries = [];
    private readonly Dictionary<string, long> counted = [];
    private readonly MeterListener listener = new();
    private readonly ServiceProvider services;
    private readonly RateRefusals refusals;
    private bool databaseIsGone;

    public RateRefusalsTests()
    {
        services = new ServiceCollection().AddMetrics().AddScoped<CurrentActor>().AddScoped(Trail).AddScoped(UnitOfWork).BuildServiceProvider();
        refusals = new RateRefusals(services.GetRequiredService<IServiceScopeFactory>(), services.GetRequiredService<IMeterFactory>(), time, NullLogger<RateRefusals>.Instance);
        // Other tests of this process have meters of the same name.
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == RateRefusals.CounterName && instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>()) own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var key = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
            lock (counted) counted[key] = counted.GetValueOrDefault(key) + value;
        });
        listener.Start();
    }

    public void Dispose()
    {
        listener.Dispose();
        refusals.Dispose();
        services.Dispose();
    }

    [Fact]
    public async Task Ten_thousand_refusals_of_one_caller_are_one_entry_that_says_how_many_and_are_all_measured()
    {
        Parallel.For(0, 10_000, _ => refusals.Add(From("192.0.2.1"), RateGroup.Requests, "ip:192.0.2.1"));
        Assert.Empty(entries);

        await refusals.FlushAsync(TestContext.Current.CancellationToken);
        await refusals.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal([new Entry("system.rate_limit", AuditStatus.Denied, "requests/ip", 10_000, "192.0.2.1")], entries);
        Assert.Equal(new Dictionary<string, long> { ["budget=requests caller=ip"] = 10_000 }, counted);
    }

    [Fact]
    public async Task Callers_and_budgets_have_entries_of_their_own_and_what_is_measured_names_nobody()
    {
        refusals.Add(From("192.0.2.1"), RateGroup.Requests, "ip:192.0.2.1");
        refusals.Add(From("192.0.2.1"), RateGroup.Credentials, "ip:192.0.2.1");
        refusals.Add(From("192.0.2.2"), RateGroup.Credentials, "account:0A1B");
        refusals.Add(From("192.0.2.3"), RateGroup.Expensive, "user:0197a0c0-0000-7000-8000-000000000001");

        await refusals.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["credentials/account", "credentials/ip", "expensive/user", "requests/ip"], entries.Select(entry => entry.ResourceId).Order());
        Assert.Equal(["budget=credentials caller=account", "budget=credentials caller=ip", "budget=expensive caller=user", "budget=requests caller=ip"], counted.Keys.Order());
    }

    [Fact]
    public async Task Callers_beyond_the_bound_share_one_entry_for_each_budget_that_names_none_of_them()
    {
        for (var caller = 0; caller < 10_000; caller++) refusals.Add(From("198.51.100.7"), RateGroup.Requests, $"ip:{caller}");

        await refusals.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RateRefusals.MaxCallers + 1, entries.Count);
        Assert.Equal(new Entry("system.rate_limit", AuditStatus.Denied, "requests/others", 10_000 - RateRefusals.MaxCallers, null), Assert.Single(entries, entry => entry.IpAddress is null));
        // The next minute has room for as many again.
        refusals.Add(From("192.0.2.1"), RateGroup.Requests, "ip:192.0.2.1");
        await refusals.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("192.0.2.1", entries[^1].IpAddress);
    }

    [Fact]
    public async Task They_are_written_each_minute_also_after_the_database_was_gone_and_at_the_end()
    {
        await refusals.StartAsync(TestContext.Current.CancellationToken);
        refusals.Add(From("192.0.2.1"), RateGroup.Requests, "ip:192.0.2.1");
        databaseIsGone = true;
        await MinuteAsync(() => !databaseIsGone);
        Assert.Empty(entries);

        refusals.Add(From("192.0.2.2"), RateGroup.Requests, "ip:192.0.2.2");
        await MinuteAsync(() => entries.Count == 1);
        refusals.Add(From("192.0.2.3"), RateGroup.Requests, "ip:192.0.2.3");
        await refusals.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["192.0.2.2", "192.0.2.3"], entries.Select(entry => entry.IpAddress));
    }

    // The loop may not have come to its timer yet.
    private async Task MinuteAsync(Func<bool> isDone)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isDone())
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await tick.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static DefaultHttpContext From(string address) => new() { TraceIdentifier = "request", Connection = { RemoteIpAddress = IPAddress.Parse(address) } };

    private IAuditTrail Trail(IServiceProvider scope)
    {
        var trail = Substitute.For<IAuditTrail>();
        trail.When(one => one.Record(Arg.Any<string>(), Arg.Any<AuditStatus>(), "rate_limit", Arg.Any<string>(), "RATE_LIMIT_EXCEEDED", null, Arg.Any<long?>())).Do(call =>
        {
            if (!databaseIsGone) entries.Add(new Entry(call.ArgAt<string>(0), call.ArgAt<AuditStatus>(1), call.ArgAt<string>(3), call.ArgAt<long?>(6), scope.GetRequiredService<CurrentActor>().IpAddress));
        });
        return trail;
    }

    private IUnitOfWork UnitOfWork(IServiceProvider scope)
    {
        var unitOfWork = Substitute.For<IUnitOfWork>();
        unitOfWork.SaveAsync(default).ReturnsForAnyArgs(_ =>
        {
            if (!databaseIsGone) return Task.CompletedTask;

            databaseIsGone = false;
            throw new TimeoutException();
        });
        return unitOfWork;
    }

    private sealed record Entry(string Action, AuditStatus Status, string ResourceId, long? Times, string? IpAddress);
}
