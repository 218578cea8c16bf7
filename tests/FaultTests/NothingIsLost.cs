using System.Net;
using GoApi.Tests.Hosting;
using Xunit;

namespace GoApi.FaultTests;

public sealed class NothingIsLost
{
    [Fact, Trait("Promise", "N1")]
    public async Task Embedded_what_was_answered_survives_kill_9()
    {
        var data = Directory.CreateTempSubdirectory("goapi-n1-").FullName;
        await using (var api = await HostProcess.StartApiAsync(HostSettings.Common(data)))
        {
            var emails = new List<string>();
            for (var round = 0; round < 3; round++)
            {
                emails.Add(Accounts.NewEmail());
                Assert.Equal(HttpStatusCode.Created, (await api.Client.RegisterAsync(emails[^1])).StatusCode);
                await api.KillAsync();
                await api.StartAsync();
                Assert.Equal(HttpStatusCode.OK, (await api.Client.LogInAsync(emails[^1])).StatusCode);
            }

            foreach (var email in emails) await Eventually.HoldsAsync(async () => await api.Client.CountMailsAsync(email) > 0, "the verification mail is sent", seconds: 90);
            foreach (var email in emails) Assert.Equal(1, await api.Client.CountMailsAsync(email));
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact, Trait("Promise", "N8")]
    public async Task On_SIGTERM_the_requests_in_flight_are_answered_and_the_exit_code_is_0()
    {
        var data = Directory.CreateTempSubdirectory("goapi-n8-").FullName;
        // A registration takes seconds of bcrypt: long enough to be in flight.
        await using (var api = await HostProcess.StartApiAsync(new Dictionary<string, string>(HostSettings.Common(data)) { ["BCRYPT_WORK_FACTOR"] = "15" }))
        {
            var inFlight = Enumerable.Range(0, 3).Select(_ => api.Client.RegisterAsync(Accounts.NewEmail())).ToArray();
            Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/health/live")).StatusCode);
            Assert.Contains(inFlight, request => !request.IsCompleted);
            api.Terminate();

            foreach (var answer in await Task.WhenAll(inFlight)) Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            Assert.Equal(0, await api.ExitAsync(TimeSpan.FromSeconds(35)));
            await Assert.ThrowsAsync<HttpRequestException>(() => api.Client.GetAsync("/health/live"));
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact, Trait("Promise", "N8")]
    public async Task On_SIGTERM_it_is_not_ready_at_once_and_serves_until_it_is_drained()
    {
        var data = Directory.CreateTempSubdirectory("goapi-drain-").FullName;
        await using (var api = await HostProcess.StartApiAsync(new Dictionary<string, string>(HostSettings.Common(data)) { ["SHUTDOWN_DRAIN"] = "4" }))
        {
            api.Terminate();
            await Eventually.HoldsAsync(async () => (await api.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable, "it is not ready", seconds: 2);
            using var answer = await api.Client.RegisterAsync(Accounts.NewEmail());
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            Assert.True(answer.Headers.ConnectionClose);
            Assert.False(api.HasExited);
            Assert.Equal(0, await api.ExitAsync(TimeSpan.FromSeconds(35)));
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact, Trait("Promise", "N8")]
    public async Task On_SIGTERM_an_idle_worker_ends_with_exit_code_0()
    {
        await using var services = await PrivateServices.StartAsync();
        await using var api = await HostProcess.StartApiAsync(services.Settings);
        await using var worker = await HostProcess.StartWorkerAsync(services.Settings);
        worker.Terminate();
        Assert.Equal(0, await worker.ExitAsync(TimeSpan.FromSeconds(35)));
    }

    [Fact, Trait("Promise", "N7")]
    public async Task A_stopped_database_is_a_503_in_the_envelope_and_all_is_well_when_it_is_back()
    {
        await using var services = await PrivateServices.StartAsync();
        await using var api = await HostProcess.StartApiAsync(services.Settings);
        var before = Accounts.NewEmail();
        Assert.Equal(HttpStatusCode.Created, (await api.Client.RegisterAsync(before)).StatusCode);

        await services.RunAsync("stop", "postgres");
        var answer = await api.Client.RegisterAsync(Accounts.NewEmail());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains("\"SERVICE_UNAVAILABLE\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await services.RunAsync("start", "postgres");
        await Eventually.HoldsAsync(async () => (await api.Client.RegisterAsync(Accounts.NewEmail())).StatusCode == HttpStatusCode.Created, "registering works again", seconds: 20);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.LogInAsync(before)).StatusCode);
    }

    [Fact, Trait("Promise", "N1")]
    public async Task A_full_disk_is_a_503_and_what_was_answered_before_is_there()
    {
        var data = Directory.CreateTempSubdirectory("goapi-full-").FullName;
        var settings = HostSettings.Common(data);
        var registered = new List<string>();

        // No file may grow beyond 2 MiB; the signal that would end the process is ignored, so that writes fail as on a full disk.
        // (The runtime would map its code through a larger file, unless told not to.)
        await using (var api = await HostProcess.StartApiAsync(settings, "trap '' XFSZ; ulimit -f 2048; export DOTNET_EnableWriteXorExecute=0"))
        {
            HttpStatusCode status;
            do
            {
                var email = Accounts.NewEmail();
                status = (await api.Client.RegisterAsync(email)).StatusCode;
                if (status == HttpStatusCode.Created) registered.Add(email);
            }
            while (status == HttpStatusCode.Created && registered.Count < 5_000);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.NotEmpty(registered);
            await api.KillAsync();
        }

        await using (var api = await HostProcess.StartApiAsync(settings))
            foreach (var email in registered.TakeLast(20)) Assert.Equal(HttpStatusCode.OK, (await api.Client.LogInAsync(email)).StatusCode);
        Directory.Delete(data, recursive: true);
    }
}
