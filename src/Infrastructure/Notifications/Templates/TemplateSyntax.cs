using System.Text.RegularExpressions;

namespace GoApi.Infrastructure.Notifications.Templates;

/// <summary>
/// What a template may hold, checked before Handlebars.Net sees it. It compiles nested blocks by recursion: 250 of them overflow the stack,
/// which ends the process. So whatever is not understood here is refused, and nothing is left to be read in two ways.
/// </summary>
internal static partial class TemplateSyntax
{
    public const int MaxNesting = 10;
    public const int MaxTags = 500;

    private const int MaxTag = 1_000;

    /// <summary>How many arguments each block takes, at least and at most.</summary>
    private static readonly Dictionary<string, (int Least, int Most)> Blocks = new()
    {
        ["if"] = (1, 1),
        ["unless"] = (1, 1),
        ["each"] = (1, 1),
        ["with"] = (1, 1),
        ["equals"] = (2, 2),
        ["notEquals"] = (2, 2),
        ["greaterThan"] = (2, 2),
        ["lessThan"] = (2, 2),
        ["and"] = (2, 10),
        ["or"] = (2, 10),
        ["paragraph"] = (0, 0),
        ["because"] = (0, 0),
    };

    private static readonly Dictionary<string, (int Least, int Most)> Calls = new()
    {
        ["equals"] = (2, 2),
        ["notEquals"] = (2, 2),
        ["greaterThan"] = (2, 2),
        ["lessThan"] = (2, 2),
        ["and"] = (2, 10),
        ["or"] = (2, 10),
        ["insert"] = (1, 2),
        ["length"] = (1, 1),
        ["formatDate"] = (2, 3),
        ["button"] = (2, 2),
        ["box"] = (1, 1),
    };

    /// <summary>The first fault, with its line; null where there is none.</summary>
    public static string? FaultOf(string source)
    {
        if (ControlCharacter().Match(source) is { Success: true } control) return At(source, control.Index, "there is a control character");

        Stack<Block> open = [];
        var tags = 0;
        for (var start = source.IndexOf("{{", StringComparison.Ordinal); start >= 0;)
        {
            if (++tags > MaxTags) return At(source, start, $"more than {MaxTags} tags");
            var end = source.IndexOf("}}", start + 2, StringComparison.Ordinal);
            if (end < 0) return At(source, start, "{{ has no }}");
            if (end - start > MaxTag) return At(source, start, $"a tag has at most {MaxTag} characters");

            var triple = source[start + 2] == '{';
            if (triple && (end + 2 >= source.Length || source[end + 2] != '}')) return At(source, start, "{{{ has no }}}");
            if (start > 0 && source[start - 1] == '\\') return At(source, start, "a backslash before {{ is not known here");
            var words = source[(start + (triple ? 3 : 2))..end];
            if (FaultOfTag(words, triple, open) is { } fault) return At(source, start, fault);

            var next = end + (triple ? 3 : 2);
            if (!triple && next < source.Length && source[next] == '}') return At(source, start, "}}} has no {{{");
            start = source.IndexOf("{{", next, StringComparison.Ordinal);
        }

        return open.TryPeek(out var left) ? $"{{{{#{left.Name}}}}} has no {{{{/{left.Name}}}}}." : null;
    }

    private static string? FaultOfTag(string words, bool triple, Stack<Block> open)
    {
        if (words.StartsWith('!')) return FaultOfComment(words, triple);
        if (words.AsSpan().ContainsAny('{', '}')) return "there is a brace within a tag";
        if (words.StartsWith('~')) words = words[1..];
        if (words.EndsWith('~')) words = words[..^1];
        words = words.Trim();
        if (words.Length == 0) return "a tag is empty";

        var kind = words[0];
        if (kind is '#' or '/' or '^' or '>' or '&' or '*' or '!' && triple) return $"{{{{{{{kind} is not known here";
        return kind switch
        {
            '#' => FaultOfBlock(words[1..], open),
            '/' => FaultOfEnd(words[1..].Trim(), open),
            '^' or '>' or '&' or '*' or '!' => $"{{{{{kind} is not known here",
            _ when words == "else" || words.StartsWith("else ", StringComparison.Ordinal) => FaultOfElse(words[4..].Trim(), open),
            _ => FaultOfExpression(words),
        };
    }

    // Nothing in it that a parser could take for a tag, or for its end.
    private static string? FaultOfComment(string words, bool triple)
    {
        if (triple || words.AsSpan().ContainsAny('{', '}')) return "there is a brace within a comment";
        return words.StartsWith("!--", StringComparison.Ordinal) != words.EndsWith("--", StringComparison.Ordinal) || words.Length is > 1 and < 5 && words.StartsWith("!--", StringComparison.Ordinal)
            ? "a comment that begins with -- ends with --"
            : null;
    }

    private static string? FaultOfBlock(string words, Stack<Block> open)
    {
        var named = BlockNames().Match(words);
        var tokens = Tokens(named.Success ? words[..named.Index] : words);
        if (tokens is not [var name, .. var arguments]) return "a block has no name";
        if (!Blocks.TryGetValue(name, out var takes)) return $"there is no block {{{{#{Short(name)}}}}}";
        if (named.Success && name is not ("each" or "with")) return $"{{{{#{name}}}}} gives no names";
        if (IsOfLayout(name) && open.Any(block => IsOfLayout(block.Name))) return $"{{{{#{name}}}}} stands within no paragraph and no reason";
        if (open.Count == MaxNesting) return $"blocks are nested more than {MaxNesting} deep";
        open.Push(new Block(name));
        return FaultOfArguments($"{{{{#{name}}}}}", arguments, takes);
    }

    private static string? FaultOfEnd(string name, Stack<Block> open)
    {
        if (!open.TryPop(out var block)) return $"{{{{/{Short(name)}}}}} ends nothing";
        return block.Name == name ? null : $"{{{{/{Short(name)}}}}} stands where {{{{/{block.Name}}}}} is expected";
    }

    private static string? FaultOfElse(string words, Stack<Block> open)
    {
        if (!open.TryPeek(out var block) || IsOfLayout(block.Name)) return "{{else}} is within no condition";
        if (block.HasElse) return $"{{{{#{block.Name}}}}} has a second {{{{else}}}}";
        if (words.Length == 0)
        {
            block.HasElse = true;
            return null;
        }

        if (block.Name is not ("if" or "unless") || Tokens(words) is not ["if", .. var arguments]) return "only {{else}} and, within {{#if}}, {{else if}} are known";
        // Each is a block within the one before it.
        return ++block.Chained > MaxNesting ? $"more than {MaxNesting} {{{{else if}}}}" : FaultOfArguments("{{else if}}", arguments, (1, 1));
    }

    private static string? FaultOfExpression(string words) => Tokens(words) switch
    {
        [var path] when Calls.ContainsKey(path) => $"{path} is a helper: a variable of that name is written this.{path}",
        [var path] => IsPath(path) ? null : $"“{Short(path)}” is no variable",
        [var helper, .. var arguments] => Calls.TryGetValue(helper, out var takes) ? FaultOfArguments(helper, arguments, takes) : $"there is no helper {Short(helper)}",
        _ => "a quote is not closed, or there is a sign that is not known",
    };

    private static string? FaultOfArguments(string what, ReadOnlySpan<string> tokens, (int Least, int Most) takes, int depth = 0)
    {
        var count = 0;
        for (var index = 0; index < tokens.Length; index++, count++)
        {
            if (tokens[index] == ")") return "a bracket is not opened";
            if (tokens[index] != "(")
            {
                if (!IsPath(tokens[index]) && !IsLiteral(tokens[index])) return $"“{Short(tokens[index])}” is neither a variable nor a value";
                continue;
            }

            if (depth == MaxNesting) return $"brackets are nested more than {MaxNesting} deep";
            if (Closing(tokens, index) is not (> 0 and var closing)) return "a bracket is not closed";
            if (closing < index + 2 || !Calls.TryGetValue(tokens[index + 1], out var inner) || tokens[index + 1] is "button" or "box") return "within brackets stands a helper and what it takes";
            if (FaultOfArguments(tokens[index + 1], tokens[(index + 2)..closing], inner, depth + 1) is { } fault) return fault;
            index = closing;
        }

        return count >= takes.Least && count <= takes.Most ? null : $"{what} takes {(takes.Least == takes.Most ? $"{takes.Least}" : $"{takes.Least} to {takes.Most}")} arguments";
    }

    private static int Closing(ReadOnlySpan<string> tokens, int opening)
    {
        for (var (index, depth) = (opening, 0); index < tokens.Length; index++)
        {
            if (tokens[index] == "(") depth++;
            if (tokens[index] == ")" && --depth == 0) return index;
        }

        return -1;
    }

    /// <summary>Empty where something is no token.</summary>
    private static string[] Tokens(string words)
    {
        List<string> tokens = [];
        for (var at = 0; at < words.Length;)
        {
            if (Token().Match(words, at) is not { Success: true, Length: > 0 } token || token.Index != at) return [];
            if (!string.IsNullOrWhiteSpace(token.Value)) tokens.Add(token.Value);
            at += token.Length;
        }

        return [.. tokens];
    }

    private static bool IsOfLayout(string block) => block is "paragraph" or "because";

    private static bool IsPath(string token) => Path().IsMatch(token);

    private static bool IsLiteral(string token) => token[0] is '"' or '\'' || Number().IsMatch(token);

    private static string Short(string words) => words.Length <= 40 ? words : $"{words[..40]}…";

    private static string At(string source, int index, string fault) => $"Line {source.AsSpan(0, index).Count('\n') + 1}: {fault}.";

    private sealed class Block(string name)
    {
        public string Name => name;

        public bool HasElse { get; set; }

        public int Chained { get; set; }
    }

    // A string ends where its quote comes again; there is no way to write it within.
    [GeneratedRegex("""\s+|[()]|"[^"\\]*"(?=[\s)]|\z)|'[^'\\]*'(?=[\s)]|\z)|[^\s()"'=|\\]+(?=[\s()]|\z)""")]
    private static partial Regex Token();

    [GeneratedRegex(@"\sas\s+\|\s*[A-Za-z_][A-Za-z0-9_]*(\s+[A-Za-z_][A-Za-z0-9_]*)?\s*\|\s*\z")]
    private static partial Regex BlockNames();

    [GeneratedRegex(@"^(?:@(?:root|index|key|first|last)|this|\.|\.\.|[A-Za-z_][A-Za-z0-9_-]*)(?:[./](?:\.\.|[A-Za-z0-9_][A-Za-z0-9_-]*|\[[A-Za-z0-9_ -]+\]))*\z")]
    private static partial Regex Path();

    [GeneratedRegex(@"^-?[0-9]{1,15}(?:\.[0-9]{1,15})?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"[\p{Cc}-[\t\r\n]]")]
    private static partial Regex ControlCharacter();
}
