using System.Diagnostics;
using Xunit;

namespace GoApi.Tests.Hosting;

/// <summary>What the API's program does instead of serving, as a process of its own beside hosts that run.</summary>
public static class HostCommand
{
    /// <returns>The exit code, what it answered on standard output, and what it said on standard error beside its log.</returns>
    public static async Task<(int Status, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string> settings, params string[] words)
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name; // Debug or Release, as these tests
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Services.RepositoryRoot, "src", "WebApi", "bin", build, "net10.0", "GoApi.WebApi.dll"), .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = settings["DATA_PATH"],
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, string.Join('\n', (await errors).Split('\n').Where(line => !IsLogLine(line))));
    }

    private static bool IsLogLine(string line) => line.Length > 12 && char.IsAsciiDigit(line[0]) && line[2] == ':' && line[5] == ':';
}
