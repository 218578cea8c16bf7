using Microsoft.AspNetCore.Http.Metadata;

namespace GoApi.WebApi.OpenApi;

/// <summary>The body that the document shows for a request.</summary>
internal sealed record RequestExample(object Body);

/// <summary>A status of success other than 200.</summary>
internal sealed record SuccessStatus(int Status);

/// <summary>An envelope whose <c>meta</c> has more members than others.</summary>
internal sealed record OwnEnvelope(Type Type);

/// <summary>A status of failure that the route's other metadata do not tell of.</summary>
internal sealed record FailureStatus(int Status);

/// <summary>The body of a success is a file of this type.</summary>
internal sealed record BytesAnswer(string MediaType);

/// <summary>The body holds any members of this type.</summary>
internal sealed record MergePatchOf(Type Type);

internal static class RouteDescriptions
{
    public static RouteHandlerBuilder WithExample(this RouteHandlerBuilder route, object body) => route.WithMetadata(new RequestExample(body));

    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status) => route.WithMetadata(new SuccessStatus(status));

    /// <summary>The answer has an envelope of its own, as <typeparamref name="TEnvelope"/> describes it.</summary>
    public static RouteHandlerBuilder AnswersIn<TEnvelope>(this RouteHandlerBuilder route) => route.WithMetadata(new OwnEnvelope(typeof(TEnvelope)));

    /// <summary>The answer is a stream of one of these types, and no envelope; its failures are.</summary>
    public static RouteHandlerBuilder Streams(this RouteHandlerBuilder route, params string[] mediaTypes) => route.WithMetadata(new Http.AnswerType(typeof(string), mediaTypes));

    public static RouteHandlerBuilder MayAnswer(this RouteHandlerBuilder route, params int[] statuses) =>
        route.WithMetadata([.. statuses.Select(status => new FailureStatus(status))]);

    /// <summary>Bytes of this type, and not the envelope, where it succeeds.</summary>
    public static RouteHandlerBuilder AnswersBytes(this RouteHandlerBuilder route, string mediaType) => route.WithMetadata(new BytesAnswer(mediaType));

    /// <summary>The body is a merge patch of <typeparamref name="T"/>.</summary>
    public static RouteHandlerBuilder AcceptsMergePatch<T>(this RouteHandlerBuilder route) where T : notnull =>
        route.Accepts<T>(Http.MergePatch.MediaType, "application/json").WithMetadata(new MergePatchOf(typeof(T)));
}
