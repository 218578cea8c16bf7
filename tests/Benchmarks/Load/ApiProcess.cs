using System.Globalization;

namespace GoApi.Benchmarks.Load;

/// <summary>The published API, and its worker, as in production, on the services of the environment.</summary>
internal static class ApiProcess
{
    /// <param name="changed">Settings beyond those; empty values take away what the environment has.</param>
    public static Task<ServerProcess> StartAsync(DirectoryInfo published, string folder, CancellationToken ct, params (string Name, string Value)[] changed)
    {
        Directory.CreateDirectory(folder);
        return ServerProcess.StartAsync(
            "dotnet", _ => [Path.Combine(published.FullName, "GoApi.WebApi.dll")],
            url => [new("APP_PORT", url.Port.ToString(CultureInfo.InvariantCulture)), .. Settings(url, folder, changed)], "/api/v1/health", Path.Combine(folder, "log"), ct);
    }

    /// <summary>Returns before it is ready: it answers nobody.</summary>
    public static Task<ServerProcess> StartWorkerAsync(DirectoryInfo published, Uri apiUrl, string folder, CancellationToken ct, params (string Name, string Value)[] changed)
    {
        Directory.CreateDirectory(folder);
        return ServerProcess.StartAsync("dotnet", _ => [Path.Combine(published.FullName, "GoApi.Worker.dll")], _ => Settings(apiUrl, folder, changed), null, Path.Combine(folder, "log"), ct);
    }

    private static IEnumerable<KeyValuePair<string, string>> Settings(Uri apiUrl, string folder, (string Name, string Value)[] changed) =>
    [
        new("APP_ENV", "production"),
        new("APP_URL", apiUrl.ToString().TrimEnd('/')),
        new("ENCRYPTION_KEY", Convert.ToBase64String(new byte[32])),
        new("DATA_PATH", Path.Combine(folder, "data")),
        // The limits are at work, and nobody meets them.
        new("RATE_LIMIT_RPS", "1000000"),
        new("RATE_LIMIT_CREDENTIALS", "1000000"),
        new("RATE_LIMIT_EXPENSIVE", "1000000"),
        .. changed.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)),
    ];
}
