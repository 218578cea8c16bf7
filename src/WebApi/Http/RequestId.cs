using Serilog.Context;

namespace GoApi.WebApi.Http;

/// <summary>Names the request: as the caller does, where the name is harmless in headers and logs, else anew.</summary>
internal sealed class RequestId(RequestDelegate next, TimeProvider time)
{
    public const string Header = "X-Request-ID";
    public const int MaxLength = 128;

    public async Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header];
        var id = given is [{ } one] && IsGood(one) ? one : Guid.CreateVersion7(time.GetUtcNow()).ToString();
        context.TraceIdentifier = id;
        context.Response.Headers[Header] = id;
        using (LogContext.PushProperty(Logging.RequestIdProperty, id)) await next(context);
    }

    public static bool IsGood(string id) => id.Length is >= 1 and <= MaxLength && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');
}
