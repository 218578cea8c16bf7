using System.IO.Compression;
using System.Text.Json;
using GoApi.Domain.Users;
using Xunit;

namespace GoApi.ApiTests;

public abstract class ActivityTests(GoApiHost host) : ApiTest(host)
{
    private const string Me = "/api/v1/users/me";

    [Fact]
    public async Task Own_history_is_newest_first_with_address_program_and_client()
    {
        var user = await Host.UserAsync();
        (await Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = "wrong" }, ("User-Agent", "Guesser/1"))).Is(401);
        (await user.Api.PatchAsync(Me, new { city = "London" }, ("User-Agent", "Browser/2"))).Is(200);
        await SubmitAsync(user);

        var history = (await user.Api.GetAsync($"{Me}/activity")).Is(200);

        var entries = history.Data.EnumerateArray().Select(entry => (entry.GetProperty("action").GetString()!, entry.GetProperty("status").GetString()!)).ToArray();
        Assert.Equal(("users.update_profile", "success"), entries[0]);
        Assert.Equal(("users.login", "failure"), entries[1]);
        Assert.Contains(("users.login", "success"), entries);
        Assert.Contains(("oauth.token_issued", "success"), entries);
        Assert.Equal(("users.register", "success"), entries[^1]);
        Assert.DoesNotContain(entries, entry => entry.Item1.StartsWith("reviews.", StringComparison.Ordinal));
        Assert.Equal(history.Pagination.GetProperty("total").GetInt64(), entries.Length);
        Assert.Equal(
            ["Browser/2", "Guesser/1"], history.Data.EnumerateArray().Take(2).Select(entry => entry.GetProperty("user_agent").GetString()));
        Assert.All(history.Data.EnumerateArray(), entry => Assert.Contains(entry.GetProperty("ip_address").GetString(), new[] { "127.0.0.1", "::1" }));
        Assert.Equal("goapi-first-party", history.Data[0].GetProperty("client_id").GetString());
        Assert.Equal(
            ["id", "action", "status", "resource", "ip_address", "user_agent", "client_id", "created_at"], history.Data[0].EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Pages_and_cursors_go_through_all_of_it()
    {
        var user = await Host.UserAsync();
        for (var number = 0; number < 5; number++) (await user.Api.PatchAsync(Me, new { city = $"City {number}" })).Is(200);
        var all = (await user.Api.GetAsync($"{Me}/activity?limit=100")).Is(200).Ids;

        List<Guid> read = [];
        for (var path = $"{Me}/activity?limit=3"; ;)
        {
            var page = (await user.Api.GetAsync(path)).Is(200);
            read.AddRange(page.Ids);
            if (page.NextCursor is not { } next) break;
            path = $"{Me}/activity?limit=3&cursor={next}";
        }

        Assert.Equal(all, read);
        Assert.Equal(all[3..6], (await user.Api.GetAsync($"{Me}/activity?limit=3&page=2")).Is(200).Ids);
        (await user.Api.GetAsync($"{Me}/activity?cursor=nonsense")).Is(400);
        (await user.Api.GetAsync($"{Me}/activity?limit=101")).Is(422);
    }

    [Fact]
    public async Task Nobody_elses_entries_are_in_it_and_an_administrators_address_is_not_shown()
    {
        var (user, admin) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));
        var refused = (await admin.Api.PostAsync($"/api/v1/users/{user.Id}/anonymize", null, ("User-Agent", "Admin/1"), ("If-Match", "\"0\""))).Is(200);

        // The account is gone: its entries are read as they would have been shown.
        await using var scope = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.CreateAsyncScope(Host.Main.Services);
        var history = (Application.Abstractions.Auditing.IAuditHistory)scope.ServiceProvider.GetService(typeof(Application.Abstractions.Auditing.IAuditHistory))!;
        Assert.False((await history.ListAsync(user.Id, new(null, 100, null), default)).Failed(out _, out var page));
        var entry = page!.Items[0];
        Assert.Equal(("users.anonymize", null, null), (entry.Action, entry.IpAddress, entry.UserAgent));
        Assert.Equal(200, refused.Status);
        Assert.DoesNotContain((await admin.Api.GetAsync($"{Me}/activity?limit=100")).Is(200).Ids, id => id == entry.Id);
    }

    [Fact]
    public async Task Export_has_a_section_for_each_module_and_no_secret()
    {
        var user = await Host.UserAsync();
        await MailAsync(user.Email, "Verify");
        var review = await SubmitAsync(user);

        var export = (await user.Api.GetAsync($"{Me}/export")).Is(200);

        Assert.Equal(["account", "activity", "mailbox", "notifications", "reviews", "sessions"], export.Data.EnumerateObject().Select(section => section.Name));
        Assert.Equal(user.Email, export.Data.GetProperty("account").GetProperty("email").GetString());
        Assert.Equal(review.Id, export.Data.GetProperty("reviews").GetProperty("written")[0].GetProperty("id").GetGuid());
        Assert.DoesNotContain("$2", export.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(user.RefreshToken, export.Text, StringComparison.Ordinal);
        Assert.Equal("no-store", export.Header("Cache-Control"));
        await AuditedAsync(export, "users.export_own");
        Assert.Equal(["format"], (await user.Api.GetAsync($"{Me}/export?format=pdf")).Is(422, "VALIDATION_FAILED").Fields);
    }

    [Fact]
    public async Task Archive_holds_the_same_as_a_file()
    {
        var user = await Host.UserAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{Me}/export?format=zip", UriKind.Relative));
        request.Headers.Authorization = new("Bearer", user.AccessToken);

        using var answer = await Host.Main.Http.SendAsync(request);

        Assert.Equal(("application/zip", "personal-data.zip"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName));
        await using var zip = new ZipArchive(await answer.Content.ReadAsStreamAsync());
        using var data = await JsonDocument.ParseAsync(await Assert.Single(zip.Entries, entry => entry.FullName == "data.json").OpenAsync());
        Assert.Equal(user.Email, data.RootElement.GetProperty("account").GetProperty("email").GetString());
    }
}

public sealed class ActivityTestsEmbedded(EmbeddedHost host) : ActivityTests(host);

public sealed class ActivityTestsServices(ServicesHost host) : ActivityTests(host);
