using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.WebApi.Http;

/// <summary>The one way from a result to an answer.</summary>
internal static class ResultHttp
{
    public static ApiResult<T> ToHttp<T>(this Result<T> result, string message) => result.ToHttp(StatusCodes.Status200OK, message);

    /// <summary>201 with the address of what was made.</summary>
    public static ApiResult<T> ToCreated<T>(this Result<T> result, string message, Func<T, string> location) =>
        result.Failed(out var error, out var value) ? error.ToAnswer<T>() : new ApiResult<T>
        {
            Status = StatusCodes.Status201Created,
            Message = message,
            Data = Value(value),
            Location = location(value),
        };

    /// <summary>202: it is done later, or the answer must not tell.</summary>
    public static ApiResult<T> ToAccepted<T>(this Result<T> result, string message) => result.ToHttp(StatusCodes.Status202Accepted, message);

    public static ApiResult<Page<T>> ToPage<T>(this Result<Page<T>> result, string message, Func<T, T>? show = null, IReadOnlyDictionary<string, object?>? meta = null)
    {
        if (result.Failed(out var error, out var page)) return error.ToAnswer<Page<T>>();
        return new ApiResult<Page<T>>
        {
            Status = StatusCodes.Status200OK,
            Message = message,
            Data = show is null ? page.Items : page.Items.Select(show).ToArray(),
            Pagination = new Pagination(page.Number, page.Limit, page.Total, page.Total is { } total ? (total + page.Limit - 1) / page.Limit : null, page.NextCursor),
            Meta = meta,
        };
    }

    /// <summary>What is found, or 404.</summary>
    public static Result<T> OrElse<T>(this T? found, Error missing) where T : class => found is null ? missing : found;

    public static Result<TShown> Map<T, TShown>(this Result<T> result, Func<T, TShown> show) =>
        result.Failed(out var error, out var value) ? error : show(value);

    public static ApiResult ToAnswer(this Error error, int? retryAfter = null) => error.ToAnswer<Done>(retryAfter);

    public static ApiResult<T> ToAnswer<T>(this Error error, int? retryAfter = null) => new()
    {
        Status = error.Kind.ToStatus(),
        Message = error.Message,
        Errors = error.Fields.Count == 0
            ? [new ApiError(error.Code, error.Message, null)]
            : [.. error.Fields.Select(fault => new ApiError(error.Code, fault.Message, fault.Field))],
        RetryAfter = retryAfter ?? (error.RetryAfter is { } wait ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : error.Kind is ErrorKind.RateLimited or ErrorKind.Unavailable ? 1 : null),
    };

#pragma warning disable CS8524 // A kind without a status does not compile (CS8509); values outside of the enumeration are nobody's.
    public static int ToStatus(this ErrorKind kind) => kind switch
    {
        ErrorKind.BadRequest => StatusCodes.Status400BadRequest,
        ErrorKind.Unauthorized => StatusCodes.Status401Unauthorized,
        ErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
        ErrorKind.Validation => StatusCodes.Status422UnprocessableEntity,
        ErrorKind.RateLimited => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
    };
#pragma warning restore CS8524

    private static ApiResult<T> ToHttp<T>(this Result<T> result, int status, string message) =>
        result.Failed(out var error, out var value)
            ? error.ToAnswer<T>()
            : new ApiResult<T> { Status = status, Message = message, Data = Value(value) };

    // Success without a value is null in the envelope.
    private static object? Value<T>(T value) => value is Done ? null : value;
}
