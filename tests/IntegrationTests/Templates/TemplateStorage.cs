using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Notifications.Templates;
using GoApi.IntegrationTests.Storage;

namespace GoApi.IntegrationTests.Templates;

/// <summary>What administrators have written, beside and in place of what comes with the program.</summary>
public abstract class TemplateStorage(DatabaseFixture database) : StorageTest(database)
{
    private static readonly Dictionary<string, object?> Nothing = [];

    private readonly string name = $"test.{Guid.CreateVersion7():N}";

    [Fact]
    public async Task Newest_version_is_used_and_earlier_ones_are_kept()
    {
        await WriteAsync("en", 1, "First");
        Assert.Equal("First", (await RenderAsync(null)).Subject);
        await WriteAsync("en", 2, "Second", "<b>{{app_name}}</b>", "news");

        var rendered = await RenderAsync("en");
        Assert.Equal(("Second", "news", "Text of Second"), (rendered.Subject, rendered.Category, rendered.Text));
        Assert.Contains("<b>GoApi</b>", rendered.Html, StringComparison.Ordinal);
        Assert.Contains("because of your account at GoApi", rendered.Reason, StringComparison.Ordinal);
        Assert.Equal("First", (await FindAsync(null, 1))!.Subject);
        Assert.Equal(("Second", 2), ((await FindAsync(null, null))!.Subject, (await FindAsync(null, null))!.Version));
        Assert.Null(await FindAsync(null, 3));
        Assert.Null(await FindAsync(null, 0));
        Assert.Equal("news", await WithAsync((ITemplates templates) => templates.FindCategoryAsync(name, default)));
    }

    [Theory]
    [InlineData("de-AT", "Austrian")]
    [InlineData("DE-at", "Austrian")]
    [InlineData("de-CH", "German")]
    [InlineData("de", "German")]
    [InlineData("fr", "English")]
    [InlineData("en-GB", "English")]
    [InlineData(null, "English")]
    public async Task Language_falls_back_to_the_wider_one_and_then_to_English(string? locale, string subject)
    {
        await WriteAsync("en", 1, "English");
        await WriteAsync("de", 1, "German");
        await WriteAsync("de-AT", 1, "Austrian");

        Assert.Equal(subject, (await RenderAsync(locale)).Subject);
    }

    [Fact]
    public async Task What_there_is_in_one_language_only_is_used_for_all()
    {
        await WriteAsync("fr", 1, "French");

        Assert.Equal("French", (await RenderAsync("de")).Subject);
        Assert.Equal("fr", (await FindAsync(null, null))!.Locale);
        Assert.Null(await FindAsync("de", null));
    }

    [Fact]
    public async Task Template_of_the_system_is_overridden_in_one_language_and_keeps_its_category()
    {
        const string system = "reviews.approved";
        var before = await WithAsync((ITemplates templates) => templates.RenderAsync(system, "en", Nothing, default));
        Assert.StartsWith("Your review is published", Value(before).Subject, StringComparison.Ordinal);
        await WriteAsync("en", 1, "Hooray", category: "something", template: system);

        var after = Value(await WithAsync((ITemplates templates) => templates.RenderAsync(system, "en", Nothing, default)));
        Assert.Equal(("Hooray", "reviews"), (after.Subject, after.Category));
        Assert.StartsWith("Ihre Bewertung", Value(await WithAsync((ITemplates templates) => templates.RenderAsync(system, "de", Nothing, default))).Subject, StringComparison.Ordinal);
        Assert.StartsWith("Your review is published", (await WithAsync((ITemplateQueries templates) => templates.FindAsync(system, new TemplateVersionFilter("en", 0), default)))!.Subject, StringComparison.Ordinal);

        var versions = await WithAsync((ITemplateRepository templates) => templates.FindAllAsync(system, default));
        Assert.Single(versions);
        await SaveAsync(async (ITemplateRepository templates) =>
        {
            foreach (var version in await templates.FindAllAsync(system, default)) templates.Remove(version);
            return 0;
        });
        Assert.StartsWith("Your review is published", Value(await WithAsync((ITemplates templates) => templates.RenderAsync(system, "en", Nothing, default))).Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_name_is_not_found()
    {
        Assert.Equal("NOT_FOUND", Failure(await WithAsync((ITemplates templates) => templates.RenderAsync(name, "en", Nothing, default))).Code);
        Assert.Equal("NOT_FOUND", Failure(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, new TemplateDraft(null, "Subject", null, null), Nothing, default))).Code);
        Assert.Null(await WithAsync((ITemplates templates) => templates.FindCategoryAsync(name, default)));
        Assert.Null(await FindAsync(null, null));
        Assert.Null(await WithAsync((ITemplateQueries templates) => templates.ListVersionsAsync(name, FirstPage, default)));
    }

    [Fact]
    public async Task Draft_is_shown_without_being_stored_and_takes_what_it_lacks_from_the_newest_version()
    {
        var draft = new TemplateDraft("de", "{{x}} neu", "Text", null);
        Assert.Equal("1 neu", Value(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, draft, new Dictionary<string, object?> { ["x"] = 1 }, default))).Subject);
        Assert.Null(await FindAsync(null, null));

        await WriteAsync("en", 1, "Stored", "<b>html</b>");
        var subject = Value(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, new TemplateDraft(null, "New", null, null), Nothing, default)));
        Assert.Equal(("New", "Text of Stored"), (subject.Subject, subject.Text));
        Assert.Contains("<b>html</b>", subject.Html, StringComparison.Ordinal);
        var text = Value(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, new TemplateDraft(null, null, "New", null), Nothing, default)));
        Assert.DoesNotContain("<b>html</b>", text.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preview_names_every_variable_that_is_missing_and_every_part_at_fault()
    {
        var missing = Failure(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, new TemplateDraft(null, "{{a}} {{app_name}}", "{{b.c}}", "{{d}}"), Nothing, default)));
        Assert.Equal(["variables.a", "variables.b.c", "variables.d"], missing.Fields.Select(fault => fault.Field));

        var broken = Failure(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, new TemplateDraft(null, "{{", "{{/if}}", null), Nothing, default)));
        Assert.Equal(["subject", "text"], broken.Fields.Select(fault => fault.Field));
        Assert.Equal("locale", Assert.Single(Failure(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, new TemplateDraft("x", "a", "b", null), Nothing, default))).Fields).Field);
    }

    [Theory]
    [InlineData("{{x}}", null, 99_000)]
    [InlineData("{{#each l}}a\n\nb\n\nc\n\n{{/each}}", null, 0)]
    [InlineData("Text", "{{#each l}}{{../x}}{{/each}}", 120)]
    public async Task Message_that_becomes_too_long_is_invalid(string text, string? html, int length)
    {
        var variables = new Dictionary<string, object?> { ["x"] = new string('x', length), ["l"] = Enumerable.Range(0, 4_500).Cast<object?>().ToArray() };

        var refused = Failure(await WithAsync((ITemplates templates) => templates.PreviewAsync(name, new TemplateDraft(null, "Subject", text, html), variables, default)));

        Assert.Equal("variables", Assert.Single(refused.Fields).Field);
    }

    [Fact]
    public async Task One_version_is_written_once()
    {
        await WriteAsync("en", 1, "First");
        await Assert.ThrowsAsync<UniqueViolationException>(() => WriteAsync("en", 1, "Another"));
        Assert.Equal((null, 0), await WithAsync((ITemplateRepository templates) => templates.FindNewestAsync($"{name}.other", "en", default)));
        Assert.Equal(("general", 1), await WithAsync((ITemplateRepository templates) => templates.FindNewestAsync(name, "en", default)));
        Assert.Equal(("general", 0), await WithAsync((ITemplateRepository templates) => templates.FindNewestAsync(name, "de", default)));
    }

    [Fact]
    public async Task List_holds_those_of_the_system_and_others_by_name_page_by_page()
    {
        await WriteAsync("en", 1, "First");
        await WriteAsync("en", 2, "Second", category: "news");
        await WriteAsync("de", 1, "Erster", category: "orders");

        List<TemplateSummary> all = [];
        var page = Value(await WithAsync((ITemplateQueries templates) => templates.ListAsync(new PageRequest(null, 7, null), default)));
        Assert.True(page.Total > SystemTemplates.All.Count);
        for (; ; page = Value(await WithAsync((ITemplateQueries templates) => templates.ListAsync(new PageRequest(null, 7, page.NextCursor), default))))
        {
            all.AddRange(page.Items);
            if (page.NextCursor is null) break;
        }

        Assert.Equal(all.Select(item => item.Name).Order(StringComparer.Ordinal), all.Select(item => item.Name));
        Assert.Equal(all.Count, all.DistinctBy(item => item.Name).Count());
        var own = Assert.Single(all, item => item.Name == name);
        Assert.Equal(("orders", false, 0), (own.Category, own.IsSystem, own.Variables.Count));
        Assert.Equal([("de", 1, "orders", "Erster"), ("en", 2, "news", "Second")], own.Locales.Select(locale => (locale.Locale, locale.Version, locale.Category, locale.Subject)));
        var system = Assert.Single(all, item => item.Name == "users.verify-email");
        Assert.Equal(("security", true), (system.Category, system.IsSystem));
        Assert.Equal(["first_name", "link", "token"], system.Variables);
        Assert.Equal([("de", 0, null), ("en", 0, (DateTimeOffset?)null)], system.Locales.Select(locale => (locale.Locale, locale.Version, locale.UpdatedAt)));

        var versions = Value((await WithAsync((ITemplateQueries templates) => templates.ListVersionsAsync(name, FirstPage, default)))!.Value);
        Assert.Equal(["Erster", "Second", "First"], versions.Items.Select(version => version.Subject));
    }

    [Fact]
    public async Task Stored_template_that_cannot_be_rendered_any_more_is_invalid()
    {
        await WriteAsync("en", 1, "{{#shout}}");

        Assert.Equal(["subject", "text"], Failure(await WithAsync((ITemplates templates) => templates.RenderAsync(name, "en", Nothing, default))).Fields.Select(fault => fault.Field));
    }

    private static PageRequest FirstPage => new(null, null, null);

    private static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(string.Join("; ", error.Fields.Select(fault => fault.Message).Prepend(error.Message))) : value;

    private static Error Failure<T>(Result<T> result)
    {
        Assert.True(result.Failed(out var error));
        return error;
    }

    private async Task<RenderedMessage> RenderAsync(string? locale) => Value(await WithAsync((ITemplates templates) => templates.RenderAsync(name, locale, Nothing, default)));

    private Task<TemplateDto?> FindAsync(string? locale, int? version) => WithAsync((ITemplateQueries templates) => templates.FindAsync(name, new TemplateVersionFilter(locale, version), default));

    private Task<int> WriteAsync(string locale, int version, string subject, string? html = null, string category = "general", string? template = null) => SaveAsync((ITemplateRepository templates) =>
    {
        templates.Add(NotificationTemplate.Write(template ?? name, locale, version, category, subject, $"Text of {subject}", html, null, Now));
        return Task.FromResult(0);
    });
}

public sealed class TemplateStorageInSqlite(SqliteDatabase database) : TemplateStorage(database), IClassFixture<SqliteDatabase>;

public sealed class TemplateStorageInPostgreSql(PostgreSqlDatabase database) : TemplateStorage(database), IClassFixture<PostgreSqlDatabase>;
