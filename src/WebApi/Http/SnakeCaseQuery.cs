using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace GoApi.WebApi.Http;

/// <summary>
/// <c>[AsParameters]</c> asks for <c>ResourceType</c>, clients write <c>resource_type</c>. The naming policy that JSON has
/// is put here once, instead of an attribute at every property, which the application layer could not carry anyway.
/// </summary>
internal sealed class SnakeCaseQuery(IQueryCollection sent) : IQueryCollection
{
    private static readonly ConcurrentDictionary<string, string> Names = new();

    public int Count => sent.Count;

    public ICollection<string> Keys => sent.Keys;

    public StringValues this[string key] => sent[Name(key)];

    public bool ContainsKey(string key) => sent.ContainsKey(Name(key));

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out StringValues value) => sent.TryGetValue(Name(key), out value);

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => sent.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.QueryString.HasValue) context.Features.Set<IQueryFeature>(new QueryFeature(new SnakeCaseQuery(context.Request.Query)));
        return next(context);
    }

    // Only names that code asks for get here, so the cache is as large as the code.
    private static string Name(string key) => Names.GetOrAdd(key, JsonNamingPolicy.SnakeCaseLower.ConvertName);
}
