using System.Diagnostics;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using GoApi.Tests.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GoApi.IntegrationTests;

/// <summary>A database of the test class's own, with the schema in it. A test derives once for each of the two.</summary>
public abstract class DatabaseFixture : IAsyncLifetime
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("goapi-integration-");

    /// <summary>What the environment would say; null where this database does not run here.</summary>
    protected abstract Task<IReadOnlyDictionary<string, string>?> ConfigureAsync();

    protected virtual ValueTask DropAsync() => ValueTask.CompletedTask;

    private IReadOnlyDictionary<string, string>? Configuration { get; set; }

    private StoredKeys? Keys { get; set; }

    /// <summary>Everything below a host, on this database. The caller disposes of it.</summary>
    /// <param name="configure">Runs last: what it adds stands in for what was there.</param>
    public ServiceProvider NewHost(Action<IServiceCollection>? configure = null, HostRole role = HostRole.Worker, params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddInfrastructure(NewSettings(settings), role);
        // As the start of a host loads them.
        if (Keys is not null) services.AddSingleton(Keys);
        configure?.Invoke(services);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    public async ValueTask InitializeAsync()
    {
        Configuration = await ConfigureAsync();
        if (Configuration is null) return;

        await using var host = NewHost();
        // The server is slow to answer while other classes create their databases: as at the start of a host, that is waited for.
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await using var scope = host.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<AppDbContext>().Database.MigrateAsync();
                await scope.ServiceProvider.GetServices<IStartupTask>().OfType<PrepareEncryption>().Single().RunAsync(default);
                Keys = host.GetRequiredService<StoredKeys>();
                return;
            }
            catch (NpgsqlException busy) when (busy.IsTransient && Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1))
            {
                // Again, until the minute is over.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        SqliteConnection.ClearAllPools();
        data.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private Settings NewSettings((string Name, string Value)[] overrides)
    {
        var values = new Dictionary<string, string?> { ["APP_ENV"] = "test", ["APP_URL"] = "https://app.example.test", ["DATA_PATH"] = data.FullName, ["BCRYPT_WORK_FACTOR"] = "4" };
        // Where the services do not run, this skips the test, or fails it in CI.
        foreach (var (name, value) in Configuration ?? Services.Settings) values[name] = value;
        foreach (var (name, value) in overrides) values[name] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(values).Build().ReadSettings();
    }
}

public sealed class SqliteDatabase : DatabaseFixture
{
    protected override Task<IReadOnlyDictionary<string, string>?> ConfigureAsync() => Task.FromResult<IReadOnlyDictionary<string, string>?>(new Dictionary<string, string>());
}

public sealed class PostgreSqlDatabase : DatabaseFixture
{
    private TestDatabase? database;

    protected override async Task<IReadOnlyDictionary<string, string>?> ConfigureAsync()
    {
        if (!Services.AreRunning) return null;

        database = await Services.CreateDatabaseAsync();
        return Services.Settings.Where(pair => pair.Key.StartsWith("DB_", StringComparison.Ordinal)).Append(new("DB_NAME", database.Name))
            .GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Last().Value);
    }

    protected override async ValueTask DropAsync()
    {
        if (database is not null) await database.DisposeAsync();
    }
}
