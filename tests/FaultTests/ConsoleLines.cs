using System.Net;
using GoApi.Tests.Hosting;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>What somebody sees who has started it in a terminal.</summary>
public sealed class ConsoleLines
{
    [Fact]
    public async Task Of_a_request_there_is_one_line_also_where_libraries_have_much_to_say()
    {
        var data = Directory.CreateTempSubdirectory("goapi-console-");
        await using (var api = await HostProcess.StartApiAsync(HostSettings.Common(data.FullName)))
        {
            // The last line of a start, which the first answer may overtake.
            await Eventually.HoldsAsync(() => Task.FromResult(api.Output.Contains("Content root path", StringComparison.Ordinal)), "it has started");
            var before = Lines(api.Output);
            foreach (var path in (string[])["/api/v1/reviews", "/api/v1/reviews", "/api/v1/reviews/summary?resource_type=product&resource_id=1"])
            {
                using var answer = await api.Client.GetAsync(path);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

            await Eventually.HoldsAsync(() => Task.FromResult(Lines(api.Output) >= before + 3), "the requests are logged");
            var said = api.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[before..];
            Assert.All(said, line => Assert.Contains("INF GET /api/v1/reviews", line, StringComparison.Ordinal));
            Assert.Equal(3, said.Length);
        }

        data.Delete(recursive: true);
    }

    private static int Lines(string output) => output.Count(letter => letter == '\n');
}
