using GoApi.Domain.Kernel;
using Microsoft.AspNetCore.Diagnostics;

namespace GoApi.WebApi.Http;

/// <summary>Errors that routing, binding and the server give by status alone.</summary>
internal static class StatusErrors
{
    private const string InternalMessage = "Something went wrong on our side; the request id helps us to find out what.";

    /// <summary>The one answer without an error kind: a bug is no expected failure.</summary>
    public static ApiResult InternalAnswer => new()
    {
        Status = StatusCodes.Status500InternalServerError,
        Message = InternalMessage,
        Errors = [new ApiError("INTERNAL_ERROR", InternalMessage, null)],
    };

    public static Error Of(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => Error.Unauthorized(),
        StatusCodes.Status403Forbidden => Error.Forbidden(),
        StatusCodes.Status404NotFound => Error.NotFound("The resource"),
        StatusCodes.Status409Conflict => Error.Conflict("The state of the resource forbids this."),
        StatusCodes.Status412PreconditionFailed => Error.PreconditionFailed(),
        StatusCodes.Status413PayloadTooLarge => new(ErrorKind.TooLarge, "PAYLOAD_TOO_LARGE", "The body is larger than what is accepted here.", []),
        StatusCodes.Status415UnsupportedMediaType => new(ErrorKind.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "The type of the body is not accepted here.", []),
        StatusCodes.Status429TooManyRequests => new(ErrorKind.RateLimited, "RATE_LIMIT_EXCEEDED", "Too many requests; try again later.", []),
        StatusCodes.Status503ServiceUnavailable => new(ErrorKind.Unavailable, "SERVICE_UNAVAILABLE", "A service that this needs does not answer; try again later.", []),
        _ => Error.BadRequest("The request cannot be read."),
    };

    /// <summary>Gives a body to answers that have a status of 400 and more and none.</summary>
    public static Task AnswerAsync(StatusCodeContext bare)
    {
        var status = bare.HttpContext.Response.StatusCode;
        return status switch
        {
            ExceptionHandler.ClientClosedRequest => Task.CompletedTask,
            StatusCodes.Status405MethodNotAllowed => MethodNotAllowed.ExecuteAsync(bare.HttpContext),
            >= 500 and not StatusCodes.Status503ServiceUnavailable => InternalAnswer.ExecuteAsync(bare.HttpContext),
            _ => Of(status).ToAnswer().ExecuteAsync(bare.HttpContext),
        };
    }

    // Routing has set the Allow header.
    private static ApiResult MethodNotAllowed => new()
    {
        Status = StatusCodes.Status405MethodNotAllowed,
        Message = "This method is not allowed here; the Allow header names those that are.",
        Errors = [new ApiError("METHOD_NOT_ALLOWED", "This method is not allowed here.", null)],
    };
}
