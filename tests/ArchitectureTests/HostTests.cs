using System.Diagnostics;
using System.Reflection;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GoApi.ArchitectureTests;

/// <summary>The two modes as they would be composed; nothing connects to anything.</summary>
internal static class Composition
{
    public static readonly Dictionary<string, string?> Embedded = new()
    {
        ["APP_ENV"] = "test",
        ["DATA_PATH"] = Path.Combine(Path.GetTempPath(), "goapi-architecture"),
        ["ENCRYPTION_KEY"] = Convert.ToBase64String(new byte[32]),
    };

    public static readonly Dictionary<string, string?> Configured = new(Embedded)
    {
        ["DB_HOST"] = "db.invalid",
        ["REDIS_ADDRESSES"] = "redis.invalid:6379",
        ["NATS_URLS"] = "nats://nats.invalid:4222",
        ["SENDGRID_API_KEY"] = "SG.none",
    };

    public static IServiceCollection Services(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddInfrastructure(configuration.ReadSettings(), HostRole.Api);
    }
}

public class HostTests
{
    public static TheoryData<string> Modes => ["embedded", "services"];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Everything_below_the_hosts_is_registered(string mode) => Rule.Holds([Composition.Services(SettingsOf(mode))], CanBeBuilt);

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_api_can_be_built(string mode) => Rule.Holds([ServicesOf(Code.WebApi, SettingsOf(mode))], CanBeBuilt);

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_worker_can_be_built(string mode) => Rule.Holds([ServicesOf(Code.Worker, SettingsOf(mode))], CanBeBuilt);

    [Fact]
    public void A_service_that_is_missing_or_lives_too_long_is_seen()
    {
        Assert.NotEmpty(CanBeBuilt(new ServiceCollection().AddScoped<NeedsClock>()));
        Assert.NotEmpty(CanBeBuilt(new ServiceCollection().AddSingleton<NeedsClock>().AddScoped<TimeProvider>(_ => TimeProvider.System)));
        Assert.Empty(CanBeBuilt(new ServiceCollection().AddSingleton<NeedsClock>().AddSingleton(TimeProvider.System)));
    }

    private static readonly AsyncLocal<bool> Watching = new();

    private static Dictionary<string, string?> SettingsOf(string mode) => mode == "embedded" ? Composition.Embedded : Composition.Configured;

    private static IEnumerable<string> CanBeBuilt(IServiceCollection services)
    {
        try
        {
            services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
            return [];
        }
        catch (AggregateException faults)
        {
            return faults.InnerExceptions.Select(fault => fault.GetBaseException().Message);
        }
    }

    /// <summary>Runs a host's program up to the moment when it would build, and takes what it has registered.</summary>
    private static IServiceCollection ServicesOf(Assembly host, Dictionary<string, string?> settings)
    {
        IServiceCollection? found = null;
        Watching.Value = true;
        using var subscription = DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
        {
            if (listener.Name == "Microsoft.Extensions.Hosting") listener.Subscribe(new Observer<KeyValuePair<string, object?>>(step =>
            {
                // Other tests build hosts at the same time.
                if (!Watching.Value) return;
                if (step is { Key: "HostBuilding", Value: IHostBuilder builder }) builder.ConfigureServices((_, services) => found = services);
                if (step.Key == "HostBuilt") throw new HostAbortedException();
            }));
        }));

        string[] arguments = [.. settings.Select(setting => $"--{setting.Key}={setting.Value}")];
        try
        {
            host.EntryPoint!.Invoke(null, host.EntryPoint.GetParameters().Length == 0 ? null : [arguments]);
        }
        catch (TargetInvocationException fault) when (found is not null && fault.InnerException is HostAbortedException or AggregateException)
        {
            // It was stopped on purpose; or it validates by itself, and what it found is found again.
        }

        finally
        {
            Watching.Value = false;
        }

        return found ?? throw new InvalidOperationException($"{host.GetName().Name} builds no host.");
    }

    private sealed class NeedsClock(TimeProvider time)
    {
        public TimeProvider Time => time;
    }

    private sealed class Observer<T>(Action<T> onNext) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => onNext(value);
    }
}
