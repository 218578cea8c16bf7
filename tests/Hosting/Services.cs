using System.Diagnostics;
using Npgsql;
using Xunit;

namespace GoApi.Tests.Hosting;

/// <summary>The real services that <c>scripts/services</c> started, asked once a run.</summary>
public static class Services
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>?> Running = new(Ask);

    /// <summary>Skips the test where the services do not run; with <c>CI=true</c> that is a failure.</summary>
    public static IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            if (Running.Value is { } settings) return settings;
            const string reason = "PostgreSQL, Redis and NATS do not run: 'scripts/services up' starts them.";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
            Assert.Skip(reason);
            throw new UnreachableException();
        }
    }

    public static bool AreRunning => Running.Value is not null;

    /// <summary>A database of the test's own, dropped with the result.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync()
    {
        var settings = Settings;
        var name = $"goapi_test_{Guid.CreateVersion7():N}";
        await TestDatabase.ExecuteAsync(settings, $"CREATE DATABASE {name}");
        return new TestDatabase(settings, name);
    }

    public static string RepositoryRoot { get; } = FindRoot();

    private static Dictionary<string, string>? Ask()
    {
        var script = Path.Combine(RepositoryRoot, "scripts", "services");
        if (!OperatingSystem.IsLinux() || !File.Exists(script) || Run(script, "status") is null || Run(script, "env") is not { } lines) return null;

        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Replace("export ", "", StringComparison.Ordinal).Split('=', 2))
            .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim().Trim('\'', '"'));
    }

    private static string? Run(string script, string verb)
    {
        using var process = Process.Start(new ProcessStartInfo(script, verb) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : null;
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "GoApi.sln")))
                return at.FullName;
        throw new InvalidOperationException("The tests run inside the repository.");
    }
}

/// <summary>A database on the test PostgreSQL.</summary>
public sealed class TestDatabase(IReadOnlyDictionary<string, string> settings, string name) : IAsyncDisposable
{
    public string Name => name;

    public async ValueTask DisposeAsync() => await ExecuteAsync(settings, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    internal static async Task ExecuteAsync(IReadOnlyDictionary<string, string> settings, string sql)
    {
        var maintenance = new NpgsqlConnectionStringBuilder
        {
            Host = settings["DB_HOST"],
            Port = int.Parse(settings["DB_PORT"], System.Globalization.CultureInfo.InvariantCulture),
            Username = settings["DB_USER"],
            Password = settings["DB_PASSWORD"],
            Database = "postgres",
            Pooling = false,
            Timeout = 60,
            CommandTimeout = 120,
        };
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
