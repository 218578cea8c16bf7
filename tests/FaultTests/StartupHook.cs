using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

/// <summary>
/// Runs inside the program, which knows nothing of it: .NET loads it at the start where DOTNET_STARTUP_HOOKS names this assembly. A request
/// whose trace id begins with <see cref="Mark"/> says in its last digits at which step of the database the process kills itself (SIGKILL).
/// The steps are what EF Core and our batches tell of: before each write, before the commit, after it.
/// Where <see cref="ClockFile"/> names a file, the program's clock is wrong by as many seconds as stand in it now.
/// </summary>
internal static class StartupHook
{
    public const string Mark = "dead";
    public const string ClockFile = "GOAPI_TEST_CLOCK_FILE";
    private const int Sigkill = 9;

    private static readonly ConcurrentDictionary<string, int> Steps = new();

    public static void Initialize() => DiagnosticListener.AllListeners.Subscribe(new Listeners());

    private static void Step(string name, object? payload)
    {
        var isStep = name switch
        {
            "Microsoft.EntityFrameworkCore.Database.Command.CommandExecuting" => IsWrite(payload),
            "Microsoft.EntityFrameworkCore.Database.Transaction.TransactionCommitting" or "Microsoft.EntityFrameworkCore.Database.Transaction.TransactionCommitted"
                or "GoApi.Persistence.BatchExecuting" or "GoApi.Persistence.BatchExecuted" => true,
            _ => false,
        };
        if (!isStep || Activity.Current?.TraceId.ToHexString() is not { } trace || !trace.StartsWith(Mark, StringComparison.Ordinal)) return;

        if (Steps.AddOrUpdate(trace, 1, (_, taken) => taken + 1) == int.Parse(trace.AsSpan(^4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)) _ = Kill(Environment.ProcessId, Sigkill);
    }

    // By reflection: this assembly is loaded before EF Core, and knows it only by what it tells.
    private static bool IsWrite(object? payload)
    {
        var command = (System.Data.Common.DbCommand)payload!.GetType().GetProperty("Command")!.GetValue(payload)!;
        return command.CommandText.Contains("INSERT", StringComparison.Ordinal) || command.CommandText.Contains("UPDATE ", StringComparison.Ordinal) || command.CommandText.Contains("DELETE", StringComparison.Ordinal);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private sealed class Listeners : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name is "Microsoft.EntityFrameworkCore" or "GoApi.Persistence") value.Subscribe(new Events());
            if (value.Name == "Microsoft.Extensions.Hosting" && Environment.GetEnvironmentVariable(ClockFile) is { } file) value.Subscribe(new Building(file));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class Building(string clockFile) : IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilding", Value: IHostBuilder host }) host.ConfigureServices(services => services.AddSingleton<TimeProvider>(new WrongClock(clockFile)));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class WrongClock(string file) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddSeconds(int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture));
    }

    private sealed class Events : IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(KeyValuePair<string, object?> value) => Step(value.Key, value.Value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
