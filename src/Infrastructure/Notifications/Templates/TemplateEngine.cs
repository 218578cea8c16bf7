using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using HandlebarsDotNet;

namespace GoApi.Infrastructure.Notifications.Templates;

/// <summary>The parts of a template; <paramref name="Html"/> is null where it is made from the text.</summary>
internal sealed record TemplateSource(string Subject, string Text, string? Html);

/// <summary>What a template makes of variables, with <see cref="Marks"/> in it.</summary>
/// <param name="Missing">Variables that it would show and was not given.</param>
internal sealed record RenderedParts(string Subject, string Text, string? Html, IReadOnlyList<string> Missing);

/// <summary>Handlebars.Net within bounds: it compiles nothing that <see cref="TemplateSyntax"/> does not understand, loads nothing, and stops where it costs too much.</summary>
internal sealed partial class TemplateEngine
{
    private const int MaxOutput = 500_000;
    private const int Capacity = 200;

    private readonly IHandlebars plain = TemplateHelpers.Create(escaped: false);
    private readonly IHandlebars escaped = TemplateHelpers.Create(escaped: true);
    private readonly ConcurrentDictionary<object, CompiledParts> compiled = [];

    /// <summary>Every part at fault, with the line.</summary>
    public Result<Done> Check(TemplateSource source)
    {
        var faults = new[]
        {
            (Field: "subject", Fault: FaultOf(plain, source.Subject, NotificationTemplate.MaxSubject)),
            (Field: "text", Fault: FaultOf(plain, source.Text, NotificationTemplate.MaxText)),
            (Field: "html", Fault: FaultOf(escaped, source.Html, NotificationTemplate.MaxHtml)),
        };
        return faults.All(part => part.Fault is null) ? Done.Value : Error.Invalid([.. faults.Where(part => part.Fault is not null).Select(part => new FieldError(part.Field, part.Fault!))]);
    }

    /// <param name="key">Names what never changes: it is compiled once. Null for a draft.</param>
    /// <param name="load">Null where it is gone.</param>
    public async Task<Result<RenderedParts>> RenderAsync(object? key, Func<Task<TemplateSource?>> load, IEnumerable<KeyValuePair<string, object?>> variables, CultureInfo culture)
    {
        if (key is null || !compiled.TryGetValue(key, out var parts))
        {
            if (await load() is not { } source) return TemplateErrors.NotFound;
            if (Check(source).Failed(out var error)) return error;

            parts = new CompiledParts(Compile(plain, source.Subject), Compile(plain, source.Text), source.Html is { } html ? Compile(escaped, html) : null);
            if (compiled.Count >= Capacity) compiled.Clear();
            if (key is not null) compiled[key] = parts;
        }

        try
        {
            var budget = new RenderBudget();
            var data = TemplateData.Of(variables, budget);
            var (subject, text, markup) = (Run(parts.Subject, data, culture), Run(parts.Text, data, culture), parts.Html is null ? null : Run(parts.Html, data, culture));
            string[] missing = [.. MissingName().Matches($"{subject}{text}{markup}").Select(match => match.Groups[1].Value).Distinct()];
            return new RenderedParts(Present(subject), Present(text), markup is null ? null : Present(markup), missing);
        }
        catch (TemplateException refused)
        {
            return Error.Invalid("variables", refused.Message);
        }
        catch (HandlebarsException refused)
        {
            return Error.Invalid("variables", FirstLine(refused));
        }
    }

    private static string? FaultOf(IHandlebars handlebars, string? source, int limit)
    {
        if (source is null) return null;
        if (source.Length > limit) return $"At most {limit} characters.";
        if (TemplateSyntax.FaultOf(source) is { } fault) return fault;
        try
        {
            Compile(handlebars, source);
            return null;
        }
        catch (HandlebarsException refused)
        {
            return FirstLine(refused);
        }
    }

    private static HandlebarsTemplate<TextWriter, object, object> Compile(IHandlebars handlebars, string source)
    {
        using var reader = new StringReader(source);
        return handlebars.Compile(reader);
    }

    private static string Run(HandlebarsTemplate<TextWriter, object, object> template, TemplateData data, CultureInfo culture)
    {
        using var output = new BoundedWriter(MaxOutput);
        template(output, data, new Dictionary<string, object> { [TemplateHelpers.Culture] = culture });
        return output.ToString();
    }

    private static string Present(string rendered) => MissingName().Replace(rendered, "");

    private static string FirstLine(Exception refused) => refused.Message.ReplaceLineEndings("\n").Split('\n')[0];

    [GeneratedRegex("\u0001([^\u0002]*)\u0002")]
    private static partial Regex MissingName();

    private sealed record CompiledParts(
        HandlebarsTemplate<TextWriter, object, object> Subject, HandlebarsTemplate<TextWriter, object, object> Text, HandlebarsTemplate<TextWriter, object, object>? Html);

    private sealed class BoundedWriter(int limit) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void Write(char value)
        {
            Count(1);
            base.Write(value);
        }

        public override void Write(string? value)
        {
            Count(value?.Length ?? 0);
            base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            Count(count);
            base.Write(buffer, index, count);
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            Count(buffer.Length);
            base.Write(buffer);
        }

        public override void Write(System.Text.StringBuilder? value)
        {
            Count(value?.Length ?? 0);
            base.Write(value);
        }

        private void Count(int more)
        {
            if (GetStringBuilder().Length + more > limit) throw new TemplateException($"It becomes longer than {limit} characters.");
        }
    }
}
