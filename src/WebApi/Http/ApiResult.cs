using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Http;

/// <summary>An answer in the envelope: one shape for what succeeded and what did not.</summary>
internal class ApiResult : IResult, IStatusCodeHttpResult
{
    public required int Status { get; init; }

    public required string Message { get; init; }

    public object? Data { get; init; }

    /// <summary>Empty where it succeeded.</summary>
    public IReadOnlyList<ApiError> Errors { get; init; } = [];

    public Pagination? Pagination { get; init; }

    /// <summary>Members of <c>meta</c> beyond those that every answer has, such as <c>unread</c>.</summary>
    public IReadOnlyDictionary<string, object?>? Meta { get; init; }

    /// <summary>Of the resource that was made.</summary>
    public string? Location { get; init; }

    /// <summary>The data holds something that is shown once: it is not remembered for <c>Idempotency-Key</c>.</summary>
    public bool HoldsSecret { get; protected set; }

    /// <summary>Seconds; for 429 and 503.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Strong; that of <see cref="Data"/> where it has a version.</summary>
    public string? ETag { get => field ?? (Data is IVersioned versioned ? EntityTags.Of(versioned.Version) : null); init; }

    int? IStatusCodeHttpResult.StatusCode => Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        if (Location is not null) headers.Location = Location;
        if (RetryAfter is { } seconds) headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Status == StatusCodes.Status401Unauthorized) headers.WWWAuthenticate = Bearer.Challenge(httpContext);
        if (ETag is { } tag)
        {
            headers.ETag = tag;
            if (EntityTags.IsKnown(httpContext.Request, tag))
            {
                httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }

        return Envelope.WriteAsync(httpContext, this);
    }
}

/// <summary>The same with the type of its data, for the OpenAPI document.</summary>
internal sealed class ApiResult<T> : ApiResult, IEndpointMetadataProvider
{
    public ApiResult<T> HoldingSecret()
    {
        HoldsSecret = Errors.Count == 0;
        return this;
    }

    public static void PopulateMetadata(System.Reflection.MethodInfo method, EndpointBuilder builder) => builder.Metadata.Add(new AnswerType(typeof(T)));
}

/// <summary>What an endpoint answers with.</summary>
/// <param name="MediaTypes">Null where it comes in the envelope.</param>
internal sealed record AnswerType(Type Data, string[]? MediaTypes = null);
