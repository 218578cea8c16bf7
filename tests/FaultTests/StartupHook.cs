using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

/// <summary>
/// Runs inside the program, which knows nothing of it: .NET loads it at the start where DOTNET_STARTUP_HOOKS names this assembly. A request
/// whose trace id begins with <see cref="Mark"/> says in its last digits at which step of the database the process kills itself (SIGKILL).
/// The steps are what EF Core and our batches tell of: before each write, before the commit, after it.
/// </summary>
internal static class StartupHook
{
    public const string Mark = "dead";
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
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
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
