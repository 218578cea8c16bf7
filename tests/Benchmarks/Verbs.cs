using BenchmarkDotNet.Running;
using GoApi.Benchmarks.Bare;
using GoApi.Benchmarks.Load;

namespace GoApi.Benchmarks;

internal static class Verbs
{
    private static async Task<int> Main(string[] args) => args switch
    {
        ["bare", var url] => await BareServer.RunAsync(url),
        ["load", .. var options] => await LoadCommand.RunAsync(options),
        _ => BenchmarkSwitcher.FromAssembly(typeof(Verbs).Assembly).Run(args).Any() ? 0 : 1,
    };
}
