using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;

namespace GoApi.WebApi.Notifications;

/// <summary>
/// What providers post about deliveries. Open to anybody and believed by nothing but the provider's signature (S8). A signed request is never
/// turned away by a limit, or events would be lost; one that is not takes from its address' budget for credentials, and beyond that leaves no entry.
/// </summary>
internal static class WebhookEndpoints
{
    /// <summary>SendGrid's batches.</summary>
    private const long MaxEvents = Server.MaxJsonBody;

    /// <summary>A status of Twilio's is a few hundred bytes.</summary>
    private const long MaxStatus = 64 * 1024;

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/api/v1/webhooks").WithTags("Webhooks").AllowAnonymous().WithoutRateLimit();
        webhooks.MapPost("/sendgrid", TakeSendGrid).TakesAtMost(MaxEvents).WithSummary("Events of mails, from SendGrid, signed");
        webhooks.MapPost("/twilio", TakeTwilio).TakesAtMost(MaxStatus).WithSummary("The status of a text message, from Twilio, signed");
    }

    private static Task<ApiResult<Done>> TakeSendGrid(HttpContext http, IEnumerable<IDeliveryWebhook> webhooks, IUseCase<RecordDeliveryReports, Done> record, RateLimits limits, CancellationToken ct) =>
        TakeAsync("sendgrid", http, webhooks, record, limits, ct);

    private static Task<ApiResult<Done>> TakeTwilio(HttpContext http, IEnumerable<IDeliveryWebhook> webhooks, IUseCase<RecordDeliveryReports, Done> record, RateLimits limits, CancellationToken ct) =>
        TakeAsync("twilio", http, webhooks, record, limits, ct);

    private static async Task<ApiResult<Done>> TakeAsync(string provider, HttpContext http, IEnumerable<IDeliveryWebhook> webhooks, IUseCase<RecordDeliveryReports, Done> record, RateLimits limits, CancellationToken ct)
    {
        var request = new WebhookRequest(Query(http), name => http.Request.Headers[name] is [{ } value] ? value : null, http.Request.Body);
        if ((await webhooks.Single(webhook => webhook.Provider == provider).ReadAsync(request, ct)).Failed(out var error, out var reports))
            return error.Kind == ErrorKind.Unauthorized ? await RefuseAsync(http, limits, error) : error.ToAnswer<Done>();
        return (await record.HandleAsync(new RecordDeliveryReports(reports), ct)).ToHttp("Taken down");
    }

    private static async Task<ApiResult<Done>> RefuseAsync(HttpContext http, RateLimits limits, Error error)
    {
        if (await limits.TakeCredentialsAsync(http) is { } refused) return RateLimits.Refusal<Done>(refused);

        await Denials.RecordAsync(http, "notifications.webhook", error.Code);
        return error.ToAnswer<Done>();
    }

    // As it was signed: nothing of it decoded or put in order.
    private static string Query(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return target.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? target[at..] : "";
    }

    private static RouteHandlerBuilder TakesAtMost(this RouteHandlerBuilder route, long size) => route.WithMetadata(new RequestSizeLimitAttribute(size))
        .MayAnswer(StatusCodes.Status401Unauthorized, StatusCodes.Status413PayloadTooLarge);
}
