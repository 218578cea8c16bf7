using System.Text.Json;
using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Persistence;

namespace GoApi.WebApi.Http;

/// <summary>
/// Exceptions are unreadable requests, outages and bugs; the answers are the same in every environment. Hand-written,
/// because ASP.NET Core's own middleware clears the headers that the request has been given already.
/// </summary>
internal sealed partial class ExceptionHandler(RequestDelegate next, ILogger<ExceptionHandler> log)
{
    /// <summary>nginx's, for the log only: nobody is there to read it.</summary>
    public const int ClientClosedRequest = 499;

    private const int OutageRetryAfter = 2;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            Aborted(log);
            if (!context.Response.HasStarted) context.Response.StatusCode = ClientClosedRequest;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await Answer(exception).ExecuteAsync(context);
        }
    }

    private ApiResult Answer(Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException bad:
                return Unreadable(bad);
            case PreconditionFailedException:
                return Error.PreconditionFailed().ToAnswer();
            case var _ when Outage.Is(exception):
                Unavailable(log, exception);
                return StatusErrors.Of(StatusCodes.Status503ServiceUnavailable).ToAnswer(OutageRetryAfter);
            default:
                Unexpected(log, exception);
                return StatusErrors.InternalAnswer;
        }
    }

    private static ApiResult Unreadable(BadHttpRequestException bad)
    {
        if (bad.StatusCode != StatusCodes.Status400BadRequest) return StatusErrors.Of(bad.StatusCode).ToAnswer();
        if (bad.InnerException is JsonException json) return Error.BadRequest(JsonFaults.Message, JsonFaults.Field(json)).ToAnswer();
        if (Parameter().Match(bad.Message) is { Success: true } named)
        {
            var field = JsonNamingPolicy.SnakeCaseLower.ConvertName(named.Groups["name"].Value);
            return Error.BadRequest($"The value of {field} cannot be read.", field).ToAnswer();
        }

        return Error.BadRequest("The request cannot be read.").ToAnswer();
    }

    // ASP.NET Core's only way to say which one: Failed to bind parameter "int? Page" from "abc".
    [GeneratedRegex("""^Failed to bind parameter "[^"]* (?<name>\w+)" from """)]
    private static partial Regex Parameter();

    [LoggerMessage(100, LogLevel.Error, "Unexpected failure")]
    private static partial void Unexpected(ILogger logger, Exception exception);

    [LoggerMessage(101, LogLevel.Warning, "A backing service does not answer")]
    private static partial void Unavailable(ILogger logger, Exception exception);

    [LoggerMessage(102, LogLevel.Debug, "The client went away")]
    private static partial void Aborted(ILogger logger);
}
