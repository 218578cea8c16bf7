using System.Text.Json;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Identity;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

public abstract class TemplateTests(GoApiHost host) : ApiTest(host)
{
    private const string Path = "/api/v1/notifications/templates";

    private readonly string name = $"test.{Guid.CreateVersion7():N}";

    [Fact]
    public async Task Each_PUT_is_a_version_with_an_entry_and_the_newest_is_shown()
    {
        var admin = await Host.UserAsync(Role.Admin);

        var first = (await admin.Api.PutAsync($"{Path}/{name}", new { subject = "Hello {{first_name}}", text = "Text" })).Is(200);
        var entry = await AuditedAsync(first, "notifications.write_template");
        Assert.Equal((admin.Id, "notification_template"), (entry.ActorUserId, entry.Resource));
        var second = (await admin.Api.PutAsync($"{Path}/{name}", new { subject = "Good day {{first_name}}", text = "Text", html = "<b>{{first_name}}</b>", category = "orders" })).Is(200);

        Assert.Equal((1, "general", "en"), Of(first));
        Assert.Equal((2, "orders", "en"), Of(second));
        Assert.Equal(admin.Id, second.Data.GetProperty("created_by").GetGuid());
        Assert.Equal("Good day {{first_name}}", Subject((await admin.Api.GetAsync($"{Path}/{name}")).Is(200)));
        Assert.Equal("Hello {{first_name}}", Subject((await admin.Api.GetAsync($"{Path}/{name}?version=1")).Is(200)));
        (await admin.Api.GetAsync($"{Path}/{name}?version=3")).Is(404, "NOT_FOUND");
        (await admin.Api.GetAsync($"{Path}/{name}?locale=de")).Is(404, "NOT_FOUND");
        var versions = (await admin.Api.GetAsync($"{Path}/{name}/versions?limit=1")).Is(200);
        Assert.Equal(2, versions.Data[0].GetProperty("version").GetInt32());
        Assert.Equal(2, versions.Pagination.GetProperty("total").GetInt32());
        Assert.Equal(1, (await admin.Api.GetAsync($"{Path}/{name}/versions?limit=1&cursor={versions.NextCursor}")).Is(200).Data[0].GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Of_two_at_once_each_has_a_version_of_its_own_or_is_a_conflict()
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => admin.Api.PutAsync($"{Path}/{name}", new { subject = $"{index}", text = "Text" })));

        var written = answers.Where(answer => answer.Status == 200).ToArray();
        Assert.NotEmpty(written);
        Assert.All(answers.Except(written), answer => answer.Is(409, "CONFLICT"));
        Assert.Equal(Enumerable.Range(1, written.Length), written.Select(answer => answer.Data.GetProperty("version").GetInt32()).Order());
    }

    [Fact]
    public async Task List_names_every_template_with_its_languages()
    {
        var admin = await Host.UserAsync(Role.Admin);
        (await admin.Api.PutAsync($"{Path}/{name}", new { subject = "Hello", text = "Text", locale = "de-at" })).Is(200);

        List<JsonElement> all = [];
        var page = (await admin.Api.GetAsync($"{Path}?limit=10")).Is(200);
        for (all.AddRange(page.Data.EnumerateArray()); page.NextCursor is { } cursor; all.AddRange(page.Data.EnumerateArray())) page = (await admin.Api.GetAsync($"{Path}?limit=10&cursor={cursor}")).Is(200);

        var own = Assert.Single(all, item => item.GetProperty("name").GetString() == name);
        Assert.False(own.GetProperty("is_system").GetBoolean());
        Assert.Equal("de-AT", Assert.Single(own.GetProperty("locales").EnumerateArray()).GetProperty("locale").GetString());
        var system = Assert.Single(all, item => item.GetProperty("name").GetString() == "users.verify-email");
        Assert.True(system.GetProperty("is_system").GetBoolean());
        Assert.Equal("security", system.GetProperty("category").GetString());
        Assert.Equal(["first_name", "link", "token"], system.GetProperty("variables").EnumerateArray().Select(variable => variable.GetString()));
    }

    [Theory]
    [InlineData("""{"subject":"a"}""", "text")]
    [InlineData("""{"subject":"","text":" ","locale":"x","category":"A"}""", "subject", "text", "locale", "category")]
    [InlineData("""{"subject":"{{a","text":"a\n{{/if}}","html":"{{> x}}"}""", "subject", "text", "html")]
    public async Task Template_at_fault_is_422_and_nothing_is_written(string body, params string[] faults)
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answer = (await admin.Api.PutAsync($"{Path}/{name}", body)).Is(422, "VALIDATION_FAILED");

        Assert.Equal(faults, Fields(answer));
        await LeftNothingAsync(answer);
        (await admin.Api.GetAsync($"{Path}/{name}")).Is(404);
    }

    [Fact]
    public async Task Fault_has_its_line_and_a_name_its_letters()
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answer = (await admin.Api.PutAsync($"{Path}/{name}", new { subject = "a", text = "a\nb\n{{#each x}}" + string.Concat(Enumerable.Repeat("{{#each x}}", 10)) })).Is(422);
        Assert.Equal("Line 3: blocks are nested more than 10 deep.", answer.Json.GetProperty("errors")[0].GetProperty("message").GetString());
        Assert.Equal(["name"], Fields((await admin.Api.PutAsync($"{Path}/No%20name", new { subject = "a", text = "b" })).Is(422)));
    }

    [Fact]
    public async Task Preview_renders_a_stored_template_and_a_draft_and_changes_nothing()
    {
        var admin = await Host.UserAsync(Role.Admin);
        var stored = (await admin.Api.PostAsync($"{Path}/notifications.message/preview", new { locale = "de-AT", variables = new { title = "Hallo", content = "a < b", action_url = "https://example.com/" } })).Is(200);
        Assert.Equal("Hallo", Subject(stored));
        Assert.Equal("a < b\n\nÖffnen: https://example.com/", stored.Data.GetProperty("text").GetString());
        Assert.Contains("<p class=\"text\" style=\"margin:0 0 16px;color:#1b1f2a\">a &lt; b</p>", stored.Data.GetProperty("html").GetString(), StringComparison.Ordinal);

        var draft = (await admin.Api.PostAsync($"{Path}/{name}/preview", new { variables = new { n = 3 }, subject = "{{n}} items", text = "Text" })).Is(200);

        Assert.Equal("3 items", Subject(draft));
        await LeftNothingAsync(draft);
        (await admin.Api.GetAsync($"{Path}/{name}")).Is(404);
        (await admin.Api.PostAsync($"{Path}/{name}/preview", new { variables = new { n = 3 } })).Is(404, "NOT_FOUND");
    }

    [Fact]
    public async Task Preview_names_every_variable_that_is_missing()
    {
        var admin = await Host.UserAsync(Role.Admin);

        Assert.Equal(["variables.first_name", "variables.link", "variables.token"], Fields((await admin.Api.PostAsync($"{Path}/users.verify-email/preview", new { })).Is(422, "VALIDATION_FAILED")).Order());
        Assert.Equal(["variables.order.number"], Fields((await admin.Api.PostAsync($"{Path}/{name}/preview", new { variables = new { order = new { } }, subject = "{{order.number}}", text = "{{app_name}}" })).Is(422)));
        Assert.Equal(["text"], Fields((await admin.Api.PostAsync($"{Path}/{name}/preview", new { subject = "a", text = "{{" })).Is(422)));
        Assert.Equal(["locale"], Fields((await admin.Api.PostAsync($"{Path}/{name}/preview", new { subject = "a", text = "b", locale = "-" })).Is(422)));
        Assert.Equal(["variables"], Fields((await admin.Api.PostAsync($"{Path}/{name}/preview", new { subject = "a", text = "b", variables = new { x = Enumerable.Range(0, 6_000) } })).Is(422)));
        (await admin.Api.PostAsync($"{Path}/{name}/preview", """{"variables":[1]}""")).Is(400, "BAD_REQUEST");
    }

    [Fact]
    public async Task Mail_is_sent_in_the_words_of_the_administrator_and_the_language_of_its_reader()
    {
        var admin = await Host.UserAsync(Role.Admin);
        (await admin.Api.PutAsync($"{Path}/users.role-changed", new { subject = $"Role {name}", text = "Hi {{first_name}}, now {{role}}.", category = "general" })).Is(422, "VALIDATION_FAILED");
        var written = (await admin.Api.PutAsync($"{Path}/users.role-changed", new { subject = $"Role {name}", text = "Hi {{first_name}}, now {{role}}." })).Is(200);
        Assert.Equal((true, "security"), (written.Data.GetProperty("is_system").GetBoolean(), written.Data.GetProperty("category").GetString()));
        var (english, german) = (await Host.UserAsync(), await Host.UserAsync());
        await Host.WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.Id == german.Id).ExecuteUpdateAsync(row => row.SetProperty(user => user.Locale, "de-AT")));

        foreach (var user in new[] { english, german }) (await admin.Api.PutAsync($"/api/v1/users/{user.Id}/role", new { role = "support" })).Is(200);

        Assert.Equal("Hi Ada, now support.\n\n-- \nYou get this mail because of your account at GoApi.\n", (await MailAsync(english.Email, name)).Text);
        var other = await MailAsync(german.Email, "Sie haben eine andere Rolle (GoApi)");
        Assert.Contains("Sie sind nun „support“", other.Text, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"de\"", other.Html, StringComparison.Ordinal);

        var deleted = (await admin.Api.DeleteAsync($"{Path}/users.role-changed")).Is(200);
        Assert.Equal("notifications.delete_template", (await AuditAsync(deleted))[0].Action);
        Assert.Equal("You have another role ({{app_name}})", Subject((await admin.Api.GetAsync($"{Path}/users.role-changed")).Is(200)));
        (await admin.Api.DeleteAsync($"{Path}/users.role-changed")).Is(409, "CONFLICT");
        (await admin.Api.DeleteAsync($"{Path}/{name}")).Is(404, "NOT_FOUND");
        Assert.Equal(0, await Host.WithDatabaseAsync(db => db.Set<NotificationTemplate>().CountAsync(row => row.Name == "users.role-changed")));
    }

    private static (int Version, string? Category, string? Locale) Of(Answer answer) =>
        (answer.Data.GetProperty("version").GetInt32(), answer.Data.GetProperty("category").GetString(), answer.Data.GetProperty("locale").GetString());

    private static string? Subject(Answer answer) => answer.Data.GetProperty("subject").GetString();

    private static IEnumerable<string?> Fields(Answer answer) => answer.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString());
}

public sealed class TemplateTestsEmbedded(EmbeddedHost host) : TemplateTests(host);

public sealed class TemplateTestsServices(ServicesHost host) : TemplateTests(host);
