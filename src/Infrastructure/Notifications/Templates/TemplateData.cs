using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace GoApi.Infrastructure.Notifications.Templates;

/// <summary>A template, or what it is given, asks for more than it may have; the message is for whoever wrote it.</summary>
internal sealed class TemplateException(string message) : Exception(message);

/// <summary>What one rendering may cost: each variable that is looked up, and each item of a list, is a step.</summary>
internal sealed class RenderBudget
{
    private const int MaxSteps = 50_000;

    private int steps;

    public void Step()
    {
        if (++steps > MaxSteps) throw new TemplateException($"It takes more than {MaxSteps} steps.");
    }
}

/// <summary>
/// Variables as templates see them: dictionaries, lists, texts, numbers and truth values of our own making. Nothing with members that a
/// template could reach, and nothing that is counted nowhere.
/// </summary>
internal sealed class TemplateData : IReadOnlyDictionary<string, object?>
{
    public const int MaxValues = 5_000;

    private const int MaxDepth = 10;
    private const int MaxText = 100_000;

    private readonly Dictionary<string, object?> values;
    private readonly string path;
    private readonly RenderBudget budget;

    private TemplateData(Dictionary<string, object?> values, string path, RenderBudget budget) => (this.values, this.path, this.budget) = (values, path, budget);

    /// <exception cref="TemplateException">Too many, too deep, or of a kind that no template can show.</exception>
    public static TemplateData Of(IEnumerable<KeyValuePair<string, object?>> variables, RenderBudget budget)
    {
        var count = 0;
        return Bag(variables, "", 0);

        TemplateData Bag(IEnumerable<KeyValuePair<string, object?>> members, string path, int depth)
        {
            Dictionary<string, object?> bag = new(StringComparer.Ordinal);
            foreach (var (name, value) in members) bag[name] = One(value, $"{path}{name}", depth + 1);
            return new TemplateData(bag, path, budget);
        }

        object? One(object? value, string path, int depth)
        {
            if (++count > MaxValues) throw new TemplateException($"There are more than {MaxValues} variables.");
            if (depth > MaxDepth) throw new TemplateException($"Variables are nested more than {MaxDepth} deep.");
            return value switch
            {
                null => null,
                string text => Clean(text),
                bool or int or long or decimal or double => value,
                DateTimeOffset moment => moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                Uri address => Clean(address.AbsoluteUri),
                Guid id => id.ToString(),
                JsonElement json => Json(json, path, depth),
                IEnumerable<KeyValuePair<string, object?>> members => Bag(members, $"{path}.", depth),
                IEnumerable items => List(items.Cast<object?>(), path, depth),
                _ => throw new TemplateException($"{path} is of a kind that no template can show."),
            };
        }

        object? Json(JsonElement json, string path, int depth) => json.ValueKind switch
        {
            JsonValueKind.Object => Bag(json.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, (object?)member.Value)), $"{path}.", depth),
            JsonValueKind.Array => List(json.EnumerateArray().Select(item => (object?)item), path, depth),
            JsonValueKind.String => Clean(json.GetString()!),
            JsonValueKind.Number => json.TryGetInt64(out var whole) ? whole : json.TryGetDecimal(out var exact) ? exact : json.GetDouble(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

        ItemList List(IEnumerable<object?> items, string path, int depth) => new([.. items.Select(item => One(item, path, depth + 1))], budget);
    }

    // The marks of blocks are control characters: none comes from a variable.
    private static string Clean(string text)
    {
        if (text.Length > MaxText) throw new TemplateException($"A variable has at most {MaxText} characters.");
        return text.Any(IsUnwanted) ? string.Concat(text.ReplaceLineEndings("\n").Where(letter => !IsUnwanted(letter) || letter == '\n')) : text;
    }

    private static bool IsUnwanted(char letter) => char.IsControl(letter) && letter is not ('\n' or '\t');

    public object? this[string key]
    {
        get
        {
            TryGetValue(key, out var value);
            return value;
        }
    }

    public IEnumerable<string> Keys => values.Keys;

    public IEnumerable<object?> Values => values.Values;

    public int Count => values.Count;

    public bool ContainsKey(string key) => true;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        budget.Step();
        if (!values.TryGetValue(key, out value)) value = new MissingVariable($"{path}{key}");
        return true;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        foreach (var pair in values)
        {
            budget.Step();
            yield return pair;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => "";

    private sealed class ItemList(object?[] items, RenderBudget budget) : IReadOnlyList<object?>
    {
        public int Count => items.Length;

        public object? this[int index]
        {
            get
            {
                budget.Step();
                return items[index];
            }
        }

        public IEnumerator<object?> GetEnumerator()
        {
            foreach (var item in items)
            {
                budget.Step();
                yield return item;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => string.Join(", ", items);
    }
}

/// <summary>What is not there, with the whole path to it; so is everything within it. As an empty dictionary it is nothing to a condition and to <c>each</c>.</summary>
internal sealed class MissingVariable(string path) : IReadOnlyDictionary<string, object?>
{
    public string Path => path;

    public object? this[string key] => new MissingVariable($"{path}.{key}");

    public IEnumerable<string> Keys => [];

    public IEnumerable<object?> Values => [];

    public int Count => 0;

    public bool ContainsKey(string key) => true;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        value = this[key];
        return true;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Enumerable.Empty<KeyValuePair<string, object?>>().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
