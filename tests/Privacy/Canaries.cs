using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace GoApi.Tests.Privacy;

/// <summary>Words that are nowhere else: where one is found, what it was planted in has come to.</summary>
public sealed class Canaries
{
    private readonly ConcurrentDictionary<string, string> words = new();

    public IReadOnlyCollection<string> Words => [.. words.Keys];

    /// <param name="name">What it is planted in.</param>
    public string Word(string name, int length = 20) => Add(name, $"c{RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz", length - 1)}");

    public string Phone(string name) => Add(name, $"+4420{RandomNumberGenerator.GetString("123456789", 8)}");

    public string Add(string name, string word)
    {
        words[word] = name;
        return word;
    }

    /// <summary>The names of those that are in it, whatever their case.</summary>
    public IEnumerable<string> In(string text)
    {
        if (!text.AsSpan().ContainsAny(SearchValues.Create([.. words.Keys], StringComparison.OrdinalIgnoreCase))) return [];
        return [.. words.Where(word => text.Contains(word.Key, StringComparison.OrdinalIgnoreCase)).Select(word => word.Value)];
    }
}
