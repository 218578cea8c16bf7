using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using GoApi.Benchmarks.Bare;
using GoApi.Benchmarks.Load;
using GoApi.Benchmarks.Pipeline;

namespace GoApi.Benchmarks;

internal static class Verbs
{
    private static async Task<int> Main(string[] args) => args switch
    {
        ["bare", var url] => await BareServer.RunAsync(url),
        ["cache"] => await CacheRun.RunAsync(),
        ["outbox"] => await OutboxRun.RunAsync(),
        ["load", .. var options] => await LoadCommand.RunAsync(options),
        _ => BenchmarkSwitcher.FromAssembly(typeof(Verbs).Assembly).Run(args, InProcess).Any() ? 0 : 1,
    };

    // In this process: a generated project would need a build of the solution for each benchmark, and shows nothing else for work of this size.
    private static IConfig InProcess => DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(10).WithIterationCount(10));
}
