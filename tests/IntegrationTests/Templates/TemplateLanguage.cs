using System.Diagnostics;
using System.Text;
using GoApi.Infrastructure.Notifications.Templates;

namespace GoApi.IntegrationTests.Templates;

/// <summary>What a template can say, and what it cannot do.</summary>
public sealed class TemplateLanguage
{
    private readonly Rendering rendering = new();

    [Theory]
    [InlineData("{{name}}", "Ada & <Co>")]
    [InlineData("{{{name}}}", "Ada & <Co>")]
    [InlineData("{{order.number}}/{{order.items.[0].title}}/{{order.items.1.title}}", "42/Pen/Ink")]
    [InlineData("{{#if yes}}a{{else}}b{{/if}}{{#if no}}c{{else if yes}}d{{else}}e{{/if}}", "ad")]
    [InlineData("{{#if zero}}a{{/if}}{{#if empty}}b{{/if}}{{#if none}}c{{/if}}{{#if nothing}}d{{/if}}{{#unless missing}}e{{/unless}}", "e")]
    [InlineData("{{#each order.items}}{{@index}}{{title}}{{#unless @last}}, {{/unless}}{{/each}}", "0Pen, 1Ink")]
    [InlineData("{{#each order.items as |item at|}}{{at}}{{item.title}}{{../name}}{{/each}}", "0PenAda & <Co>1InkAda & <Co>")]
    [InlineData("{{#each none}}a{{else}}nothing{{/each}}{{#each missing}}a{{else}}nothing{{/each}}", "nothingnothing")]
    [InlineData("{{#each point}}{{@key}}={{this}} {{/each}}", "x=1 y=2 ")]
    [InlineData("{{#with order}}{{number}}{{@root.name}}{{/with}}", "42Ada & <Co>")]
    [InlineData("{{#equals order.number 42}}a{{else}}b{{/equals}}{{#equals name \"x\"}}a{{else}}b{{/equals}}{{#equals missing ''}}c{{/equals}}", "abc")]
    [InlineData("{{#notEquals name 'x'}}a{{/notEquals}}{{#if (equals order.number 42)}}b{{/if}}", "ab")]
    [InlineData("{{#greaterThan order.number 41.5}}a{{/greaterThan}}{{#lessThan order.number 42}}b{{else}}c{{/lessThan}}", "ac")]
    [InlineData("{{#and yes name}}a{{/and}}{{#and yes no}}b{{/and}}{{#or no name}}c{{/or}}{{#or no missing}}d{{/or}}", "ac")]
    [InlineData("{{insert name \"default=you\"}}, {{insert missing \"default=dear reader\"}}, {{insert missing 'x'}}", "Ada & <Co>, dear reader, x")]
    [InlineData("{{length order.items}}{{length name}}{{length none}}", "2100")]
    [InlineData("{{yes}} {{no}} {{zero}} {{price}} {{big}}", "true false 0 1.50 12345678901")]
    [InlineData("{{formatDate at \"YYYY-MM-DD HH:mm\"}}", "2026-01-15 10:30")]
    [InlineData("{{formatDate at \"D MMMM YYYY, h:mm A\" \"+0530\"}}", "15 January 2026, 4:00 PM")]
    [InlineData("{{! a }}{{!-- b --}}x{{~ name ~}} y", "xAda & <Co>y")]
    [InlineData("a\n{{#if yes}}\nb\n{{/if}}\nc", "a\nb\nc")]
    [InlineData("{{missing}}{{order.missing}}{{formatDate missing 'YYYY'}}{{length missing}}", "")]
    public async Task Says(string template, string result) => Assert.Equal(result, await rendering.TextAsync(template, new
    {
        name = "Ada & <Co>",
        order = new { number = 42, items = new[] { new { title = "Pen" }, new { title = "Ink" } } },
        yes = true,
        no = false,
        zero = 0,
        empty = "",
        none = Array.Empty<int>(),
        nothing = (string?)null,
        point = new { x = 1, y = 2 },
        price = 1.50m,
        big = 12_345_678_901,
        at = "2026-01-15T10:30:00Z",
    }));

    [Fact]
    public async Task Moments_are_written_in_the_language_of_the_template() =>
        Assert.Equal("15. Januar 2026", await rendering.TextAsync("{{formatDate at 'D. MMMM YYYY'}}", new { at = "2026-01-15T10:30:00Z" }, "de"));

    [Fact]
    public async Task Markup_is_escaped_in_html_and_words_are_left_as_they_are_in_subject_and_text()
    {
        const string attack = "<script>alert('x')</script>\" onload=\"x&y";

        var message = await rendering.MessageAsync(new TemplateSource("{{x}}", "{{x}}\n\n{{box x}}\n\n{{button x \"https://example.com/\"}}{{#because}}{{x}}{{/because}}", "<p title=\"{{x}}\">{{x}}</p>{{box x}}"), new { x = attack });

        Assert.Equal(attack, message.Subject);
        Assert.Equal(attack, message.Reason);
        Assert.Equal($"{attack}\n\n    {attack}\n\n{attack}: https://example.com/", message.Text);
        Assert.DoesNotContain("<script", message.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\" onload", message.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hello\r\nBcc: eve@example.com")]
    [InlineData("Hello\nBcc: eve@example.com")]
    [InlineData("Hello\rBcc: eve@example.com")]
    [InlineData("Hello\u2028Bcc: eve@example.com")]
    [InlineData("Hello\u0085Bcc: eve@example.com")]
    public async Task Subject_is_one_line(string title)
    {
        Assert.Equal("Hello Bcc: eve@example.com", (await rendering.MessageAsync(new TemplateSource("{{title}}", "x", null), new { title })).Subject);
        Assert.Equal(998, (await rendering.MessageAsync(new TemplateSource("{{title}}", "x", null), new { title = new string('x', 2_000) })).Subject.Length);
    }

    [Fact]
    public async Task Variables_forge_no_blocks()
    {
        var forged = string.Concat(Enumerable.Range(0, 32).Select(code => (char)code)) + "\u0003Click\u001Fhttps://evil.example/\u0004";

        var message = await rendering.MessageAsync(new TemplateSource("{{x}}", "{{x}}", "{{x}}"), new { x = forged });

        Assert.DoesNotContain("<a ", message.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(message.Text, letter => char.IsControl(letter) && letter is not '\n');
    }

    [Fact]
    public async Task Blocks_leave_no_mark_wherever_they_stand()
    {
        const string odd = "{{#because}}a {{box x}} {{button x 'https://example.com/'}} b{{/because}}{{#because}}c{{/because}}{{#paragraph}}{{box x}}{{/paragraph}}<a title=\"{{box x}}\">{{button (insert x) 'https://example.com/'}}";

        var message = await rendering.MessageAsync(new TemplateSource(odd, odd, odd), new { x = "y" });

        Assert.DoesNotContain(message.Subject + message.Text + message.Html + message.Reason, letter => char.IsControl(letter) && letter != '\n');
    }

    [Theory]
    [InlineData("a\nb {{#if x}}", "{{#if}} has no {{/if}}.")]
    [InlineData("a\nb {{/if}}", "Line 2: {{/if}} ends nothing.")]
    [InlineData("{{#if x}}\n\n{{/each}}", "Line 3: {{/each}} stands where {{/if}} is expected.")]
    [InlineData("\n{{x", "Line 2: {{ has no }}.")]
    [InlineData("{{}}", "Line 1: a tag is empty.")]
    [InlineData("{{x}}}", "Line 1: }}} has no {{{.")]
    [InlineData("{{{x}}", "Line 1: {{{ has no }}}.")]
    [InlineData("{{shout x}}", "Line 1: there is no helper shout.")]
    [InlineData("{{#shout x}}{{/shout}}", "Line 1: there is no block {{#shout}}.")]
    [InlineData("{{#x}}{{/x}}", "Line 1: there is no block {{#x}}.")]
    [InlineData("{{^x}}{{/x}}", "Line 1: {{^ is not known here.")]
    [InlineData("{{> partial}}", "Line 1: {{> is not known here.")]
    [InlineData("{{#> layout}}{{/layout}}", "Line 1: there is no block {{#>}}.")]
    [InlineData("{{#*inline \"a\"}}{{/inline}}", "Line 1: there is no block {{#*inline}}.")]
    [InlineData("{{{{raw}}}}x{{{{/raw}}}}", "Line 1: there is a brace within a tag.")]
    [InlineData("{{&x}}", "Line 1: {{& is not known here.")]
    [InlineData("\\{{x}}", "Line 1: a backslash before {{ is not known here.")]
    [InlineData("{{!-- {{x}} --}}", "Line 1: there is a brace within a comment.")]
    [InlineData("{{!-- x }}", "Line 1: a comment that begins with -- ends with --.")]
    [InlineData("{{lookup x 'y'}}", "Line 1: there is no helper lookup.")]
    [InlineData("{{log x}}", "Line 1: there is no helper log.")]
    [InlineData("{{if x}}", "Line 1: there is no helper if.")]
    [InlineData("{{length}}", "Line 1: length is a helper: a variable of that name is written this.length.")]
    [InlineData("{{#if}}{{/if}}", "Line 1: {{#if}} takes 1 arguments.")]
    [InlineData("{{#if a b}}{{/if}}", "Line 1: {{#if}} takes 1 arguments.")]
    [InlineData("{{#if (equals a)}}{{/if}}", "Line 1: equals takes 2 arguments.")]
    [InlineData("{{#if (a)}}{{/if}}", "Line 1: within brackets stands a helper and what it takes.")]
    [InlineData("{{#if (equals a b}}{{/if}}", "Line 1: a bracket is not closed.")]
    [InlineData("{{#if a)}}{{/if}}", "Line 1: a bracket is not opened.")]
    [InlineData("{{else}}", "Line 1: {{else}} is within no condition.")]
    [InlineData("{{#if x}}{{else}}{{else}}{{/if}}", "Line 1: {{#if}} has a second {{else}}.")]
    [InlineData("{{#each x}}{{else each y}}{{/each}}", "Line 1: only {{else}} and, within {{#if}}, {{else if}} are known.")]
    [InlineData("{{button \"x\"}}", "Line 1: button takes 2 arguments.")]
    [InlineData("{{button \"x y}}", "Line 1: a quote is not closed, or there is a sign that is not known.")]
    [InlineData("{{x y=z}}", "Line 1: a quote is not closed, or there is a sign that is not known.")]
    [InlineData("{{x | y}}", "Line 1: a quote is not closed, or there is a sign that is not known.")]
    [InlineData("{{@culture}}", "Line 1: “@culture” is no variable.")]
    [InlineData("{{\"x\"}}", "Line 1: “\"x\"” is no variable.")]
    [InlineData("{{#because}}{{#paragraph}}x{{/paragraph}}{{/because}}", "Line 1: {{#paragraph}} stands within no paragraph and no reason.")]
    [InlineData("{{#if x as |y|}}{{/if}}", "Line 1: {{#if}} gives no names.")]
    [InlineData("a\u0003b", "Line 1: there is a control character.")]
    public async Task Fault_is_named_with_its_line(string template, string fault) => Assert.Equal(fault, await rendering.RefusalAsync(template));

    [Fact]
    public void Every_part_at_fault_is_named_at_once()
    {
        Assert.True(rendering.Engine.Check(new TemplateSource("{{", "x\n{{/if}}", "{{foo bar}}")).Failed(out var error));
        Assert.Equal(["subject", "text", "html"], error.Fields.Select(fault => fault.Field));
        Assert.True(rendering.Engine.Check(new TemplateSource(new string('x', 999), new string('x', 100_001), new string('x', 200_001))).Failed(out error));
        Assert.Equal(["At most 998 characters.", "At most 100000 characters.", "At most 200000 characters."], error.Fields.Select(fault => fault.Message));
    }

    [Fact]
    public async Task Every_variable_that_is_shown_and_missing_is_named_once_and_conditions_ask_for_none()
    {
        var parts = await rendering.PartsAsync(
            new TemplateSource("{{a}}", "{{a}}{{b.c}}{{known.deep.er}}{{#if d}}{{e}}{{else}}{{f}}{{/if}}{{#each items}}{{g}}{{/each}}{{box h}}{{button i j}}{{insert k 'x'}}{{formatDate l 'YYYY'}}{{#equals m 'x'}}{{/equals}}{{nothing}}", "{{n}}"),
            new { known = new { x = 1 }, items = new[] { new { x = 1 }, new { x = 2 } }, nothing = (string?)null });

        Assert.Equal(["a", "b.c", "f", "h", "items.g", "j", "known.deep.er", "l", "n"], parts.Missing.Order(StringComparer.Ordinal));
    }

    // Each of these would have overflowed the stack, which no handler catches, or run for ever.
    public static TheoryData<string, string> Bombs => new()
    {
        { "blocks", Repeat("{{#each x}}", 400) + Repeat("{{/each}}", 400) },
        { "conditions", Repeat("{{#if x}}", 11) + Repeat("{{/if}}", 11) },
        { "else if", "{{#if x}}" + Repeat("{{else if x}}", 400) + "{{/if}}" },
        { "brackets", "{{#if " + Repeat("(and x ", 120) + "x" + Repeat(")", 120) + "}}{{/if}}" },
        { "tags", Repeat("{{x}}", 501) },
        { "long tag", "{{#if (and " + Repeat("x ", 600) + ")}}{{/if}}" },
        { "braces", Repeat("{", 5_000) },
        { "open", Repeat("{{#if x}}", 10) },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Template_that_costs_too_much_is_refused_before_it_is_compiled(string name, string template)
    {
        var started = Stopwatch.GetTimestamp();
        Assert.NotEmpty(await rendering.RefusalAsync(template));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2), name);
    }

    [Fact]
    public async Task Deepest_template_that_is_allowed_is_compiled_on_a_small_stack()
    {
        var template = Repeat("{{#each x}}{{#if y}}", 5) + Repeat("{{else if (and x (and x (and x y)))}}", 10) + "z" + Repeat("{{/if}}{{/each}}", 5);
        var done = false;
        var thread = new Thread(() => done = rendering.TryAsync(new TemplateSource("Subject", template, null), new { x = new[] { 1 } }).IsCompletedSuccessfully, 256 * 1024);
        thread.Start();
        await Task.Run(thread.Join, TestContext.Current.CancellationToken);
        Assert.True(done);
    }

    [Theory]
    [InlineData("{{#each x}}{{#each ../x}}{{#each ../../x}}{{/each}}{{/each}}{{/each}}", "It takes more than 50000 steps.")]
    [InlineData("{{#each x}}{{#each ../x}}{{../../text}}{{/each}}{{/each}}", "It becomes longer than 500000 characters.")]
    public async Task Rendering_that_costs_too_much_is_ended(string template, string why)
    {
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(why, await rendering.RefusalAsync(template, new { x = Enumerable.Range(0, 1_000), text = new string('x', 1_000) }));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Variables_have_bounds()
    {
        object? deep = "x";
        for (var level = 0; level < 12; level++) deep = new Dictionary<string, object?> { ["a"] = deep };

        Assert.Equal("Variables are nested more than 10 deep.", await rendering.RefusalAsync("x", new Dictionary<string, object?> { ["a"] = deep }));
        Assert.Equal("There are more than 5000 variables.", await rendering.RefusalAsync("x", new { x = Enumerable.Range(0, 5_001) }));
        Assert.Equal("A variable has at most 100000 characters.", await rendering.RefusalAsync("x", new { x = new string('x', 100_001) }));
        Assert.Equal("x is of a kind that no template can show.", await rendering.RefusalAsync("x", new Dictionary<string, object?> { ["x"] = new StringBuilder() }));
    }

    [Theory]
    [InlineData("{{constructor}}{{this.constructor}}{{__proto__}}{{x.GetType}}{{x.Chars}}")]
    [InlineData("{{this.Keys}}{{this.values}}{{this.budget}}{{this.path}}{{this.Count}}")]
    [InlineData("{{items.budget}}{{items.SyncRoot}}{{items.GetEnumerator}}{{items.items}}")]
    [InlineData("{{number.MaxValue}}{{flag.TrueString}}{{missing.Value}}")]
    public async Task Nothing_behind_a_value_can_be_reached(string template) =>
        Assert.Equal("", await rendering.TextAsync(template, new { x = "text", items = new[] { 1, 2 }, number = 1, flag = true }));

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("/relative")]
    [InlineData("")]
    public async Task Button_leads_to_a_page(string address) =>
        Assert.Equal("The address of a button is an absolute one with https or http.", await rendering.RefusalAsync("{{button 'Go' x}}", new { x = address }));

    [Theory]
    [InlineData("{{formatDate x 'YYYY'}}", "formatDate is given no moment (2026-01-15T10:30:00Z is one).")]
    [InlineData("{{formatDate at '%'}}", "The second argument of formatDate is no format (MMMM D, YYYY is one).")]
    [InlineData("{{formatDate at 'YYYY' 'CET'}}", "The third argument of formatDate is an offset from UTC, such as +0100.")]
    public async Task Moment_that_cannot_be_written_is_named(string template, string why) =>
        Assert.Equal(why, await rendering.RefusalAsync(template, new { x = "tomorrow", at = "2026-01-15T10:30:00Z" }));

    [Fact]
    public async Task Hostile_sources_are_refused_or_rendered_and_nothing_else()
    {
        string[] pieces = ["{{", "}}", "{{{", "}}}", "#if ", "#each ", "/if", "/each", "else", "x", " ", "(", ")", "\"", "'", "|", "as |a|", "equals ", "=", "~", "!", "!--", "--", ">", "../", "@index", ".", "[0]", "\\", "\n", "<", "button ", "formatDate ", "\u0001", "\u2028", "😀"];
        var random = new Random(20260115);
        for (var round = 0; round < 3_000; round++)
        {
            var source = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            await rendering.TryAsync(new TemplateSource(source, source, source), new { x = new[] { "a" } });
        }
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
