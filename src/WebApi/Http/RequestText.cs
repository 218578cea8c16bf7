using System.Buffers;
using System.Text.Unicode;
using GoApi.Domain.Kernel;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Http;

/// <summary>
/// Refuses what is no text in path or query: a NUL, or octets that are not UTF-8. No database stores the one, and the
/// other would arrive as something else than was sent.
/// </summary>
internal sealed class RequestText(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(target)) target = context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent();
        if (!IsUtf8Json(context.Request.ContentType)) return StatusErrors.Of(StatusCodes.Status415UnsupportedMediaType).ToAnswer().ExecuteAsync(context);
        return IsText(target) ? next(context) : Error.BadRequest("The address holds characters that are not valid UTF-8 text.").ToAnswer().ExecuteAsync(context);
    }

    /// <summary>JSON is UTF-8 (RFC 8259, section 8.1); a charset that nobody knows would be an exception where the body is read.</summary>
    public static bool IsUtf8Json(string? contentType) =>
        contentType is null
        || !contentType.Contains("charset", StringComparison.OrdinalIgnoreCase)
        || !MediaTypeHeaderValue.TryParse(contentType, out var type)
        || type.SubType != "json" && type.Suffix != "json"
        || !type.Charset.HasValue
        || type.Charset.Value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    public static bool IsText(string target)
    {
        if (!target.Contains('%')) return !target.Contains('\0');

        var octets = ArrayPool<byte>.Shared.Rent(target.Length * 3);
        try
        {
            var length = 0;
            for (var at = 0; at < target.Length; at++)
            {
                if (target[at] == '%' && at + 2 < target.Length && char.IsAsciiHexDigit(target[at + 1]) && char.IsAsciiHexDigit(target[at + 2]))
                {
                    octets[length++] = Convert.FromHexString(target.AsSpan(at + 1, 2))[0];
                    at += 2;
                }
                else
                {
                    length += System.Text.Encoding.UTF8.GetBytes(target.AsSpan(at, 1), octets.AsSpan(length));
                }
            }

            var text = octets.AsSpan(0, length);
            return Utf8.IsValid(text) && !text.Contains((byte)0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
