using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Http;

/// <summary>Versions as entity tags (RFC 9110, sections 8.8.3 and 13.1).</summary>
internal static class EntityTags
{
    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Whether <c>If-None-Match</c> of a read names this tag; the comparison is weak.</summary>
    public static bool IsKnown(HttpRequest request, string tag)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return false;
        if (!Parse(request.Headers.IfNoneMatch, out var given)) return false;

        var own = EntityTagHeaderValue.Parse(tag);
        return given.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(own, useStrongComparison: false));
    }

    /// <summary>
    /// The versions that <c>If-Match</c> accepts; null where any will do (<c>*</c>). Weak and unreadable tags match nothing,
    /// because the comparison is strong: what is left may be an empty list, which no version meets.
    /// </summary>
    public static string[]? Accepted(StringValues ifMatch)
    {
        if (!Parse(ifMatch, out var given)) return [];
        if (given.Any(one => one.Equals(EntityTagHeaderValue.Any))) return null;
        return [.. given.Where(one => !one.IsWeak).Select(one => one.Tag.Subsegment(1, one.Tag.Length - 2).ToString())];
    }

    private static bool Parse(StringValues header, out IList<EntityTagHeaderValue> tags)
    {
        tags = [];
        return header.Count > 0 && EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out tags!);
    }
}
