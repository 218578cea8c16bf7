using System.CommandLine;

namespace GoApi.Benchmarks.Load;

/// <summary>
/// The published API against a bare endpoint on the same database, over loopback: each round measures both, one right after
/// the other, so that what else the machine does falls on both. What counts are the ratios; of the rounds the median is shown.
/// </summary>
internal static class LoadCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var api = new Option<DirectoryInfo>("--api") { Description = "the published WebApi", Required = true };
        var database = new Option<int>("--postgres-pid") { Description = "the postmaster, for the CPU of the database", Required = true };
        var reviews = new Option<int>("--reviews") { Description = "rows in the database, thousands", DefaultValueFactory = _ => 100_000 };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "of one measurement", DefaultValueFactory = _ => 1 };
        var node = new Option<DirectoryInfo?>("--node") { Description = "node's oidc-provider, installed: the rival" };
        var before = new Option<DirectoryInfo?>("--before") { Description = "the published WebApi of before a change, measured in turns as well" };
        var only = new Option<string?>("--only") { Description = "scenarios whose name has this in it" };
        var logIns = new Option<bool>("--log-ins") { Description = "only what a log-in costs beside its hash, and what many of them do to everybody else" };
        var audit = new Option<bool>("--audit") { Description = "only what the sealer takes from those who write, what an audit entry is of a write, and how fast a million is verified" };
        var worker = new Option<DirectoryInfo?>("--worker") { Description = "the published Worker, for the notifications" };
        var notifications = new Option<bool>("--notifications") { Description = "only notifications from the API call to the provider, with 1, 2 and 4 workers, and a backlog" };
        var messages = new Option<int>("--messages") { Description = "notifications in each measurement", DefaultValueFactory = _ => 2_000 };
        var backlog = new Option<int>("--backlog") { Description = "notifications that wait before a worker is started", DefaultValueFactory = _ => 10_000 };
        var command = new RootCommand("Load of the published API, of a bare endpoint and of a rival, in turns.") { api, database, reviews, rounds, seconds, node, before, only, logIns, audit, worker, notifications, messages, backlog };
        command.SetAction(async (parsed, ct) =>
        {
            var data = Directory.CreateTempSubdirectory("goapi-load-");
            var succeeded = false;
            try
            {
                var (published, postgres) = (parsed.GetRequiredValue(api), parsed.GetValue(database));
                await (parsed.GetValue(notifications)
                    ? new DeliveryRun(published, parsed.GetRequiredValue(worker)!, postgres, data.FullName).RunAsync(parsed.GetValue(messages), parsed.GetValue(backlog), ct)
                    : parsed.GetValue(audit)
                    ? new AuditRun(published, postgres, data.FullName).RunAsync(parsed.GetValue(rounds), ct)
                    : parsed.GetValue(logIns)
                    ? new LogInRun(published, postgres, data.FullName).RunAsync(parsed.GetValue(rounds), ct)
                    : new LoadRun(published, parsed.GetValue(before), parsed.GetValue(node), postgres, data.FullName)
                        .RunAsync(parsed.GetValue(reviews), parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(only), ct));
                succeeded = true;
                return 0;
            }
            finally
            {
                if (succeeded) data.Delete(recursive: true);
                else await Console.Error.WriteLineAsync($"The logs are kept in {data.FullName}.");
            }
        });
        return await command.Parse(args).InvokeAsync();
    }
}
