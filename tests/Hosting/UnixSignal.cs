using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace GoApi.Tests.Hosting;

/// <summary>What .NET sends to no process (signal(7), the numbers of Linux).</summary>
internal static class UnixSignal
{
    public const int Hangup = 1;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(Process process, int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int pid, int signal);
}
