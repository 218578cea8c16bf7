using System.Reflection;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;

namespace GoApi.WebApi.OpenApi;

/// <summary>Works out what a route can answer from what it is made of, so that the document cannot say anything else.</summary>
internal static class Answers
{
    private const string Json = "application/json";

    public static void Describe(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<BytesAnswer>().LastOrDefault() is { } bytes) endpoint.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(Stream), [bytes.MediaType]));
        else if (endpoint.Metadata.OfType<AnswerType>().LastOrDefault() is { } answer) DescribeSuccesses(endpoint, answer);
        else return;

        foreach (var status in Failures(endpoint).Distinct().Order()) endpoint.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ErrorEnvelope), [Json]));
    }

    // A second status of success is for where the first would tell too much: it comes without data.
    private static void DescribeSuccesses(EndpointBuilder endpoint, AnswerType answer)
    {
        var wrapped = answer.MediaTypes is null ? endpoint.Metadata.OfType<OwnEnvelope>().LastOrDefault()?.Type ?? Wrap(answer.Data) : answer.Data;
        foreach (var status in Successes(endpoint))
        {
            endpoint.Metadata.Add(new ProducesResponseTypeMetadata(status, wrapped, answer.MediaTypes ?? [Json]));
            wrapped = typeof(Envelope<Done>);
        }
    }

    public static bool IsPage(Type data) => data.IsGenericType && data.GetGenericTypeDefinition() == typeof(Page<>);

    private static IReadOnlyList<int> Successes(EndpointBuilder endpoint) =>
        endpoint.Metadata.OfType<CreatesResource>().LastOrDefault()?.Statuses
        ?? [endpoint.Metadata.OfType<SuccessStatus>().LastOrDefault()?.Status ?? StatusCodes.Status200OK];

    private static IEnumerable<int> Failures(EndpointBuilder endpoint)
    {
        foreach (var named in endpoint.Metadata.OfType<FailureStatus>()) yield return named.Status;

        // An address that is no text is refused everywhere.
        yield return StatusCodes.Status400BadRequest;
        yield return StatusCodes.Status429TooManyRequests;
        yield return StatusCodes.Status500InternalServerError;
        yield return StatusCodes.Status503ServiceUnavailable;

        var parameters = endpoint.Metadata.OfType<MethodInfo>().LastOrDefault()?.GetParameters() ?? [];
        var hasBody = endpoint.Metadata.Any(one => one is IAcceptsMetadata or TakesFile);
        var creates = endpoint.Metadata.OfType<CreatesResource>().Any();
        var hasFilter = parameters.Any(parameter => typeof(IListFilter).IsAssignableFrom(parameter.ParameterType));
        if (hasBody || hasFilter || creates) yield return StatusCodes.Status422UnprocessableEntity;
        if (hasBody) yield return StatusCodes.Status413PayloadTooLarge;
        if (hasBody) yield return StatusCodes.Status415UnsupportedMediaType;
        if (!endpoint.Metadata.OfType<IAllowAnonymous>().Any())
        {
            yield return StatusCodes.Status401Unauthorized;
            yield return StatusCodes.Status403Forbidden;
        }

        if (endpoint is RouteEndpointBuilder { RoutePattern.Parameters.Count: > 0 }) yield return StatusCodes.Status404NotFound;
        if (Preconditions.Apply(endpoint)) yield return StatusCodes.Status412PreconditionFailed;
        // A change can lose a race; a read cannot.
        if (endpoint.Metadata.OfType<IHttpMethodMetadata>().Any(method => !method.HttpMethods.Contains(HttpMethods.Get))) yield return StatusCodes.Status409Conflict;
    }

    private static Type Wrap(Type data) => IsPage(data)
        ? typeof(PageEnvelope<>).MakeGenericType(data.GetGenericArguments())
        : typeof(Envelope<>).MakeGenericType(data);
}
