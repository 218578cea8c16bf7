using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Notifications;

internal static class NotificationEndpoints
{
    private const string Path = "/api/v1/notifications";

    public static void MapNotifications(this IEndpointRouteBuilder app)
    {
        var inbox = app.MapGroup(Path).WithTags("Notifications");
        inbox.MapGet("/", List).RequireScope(Scope.NotificationsSelf).AnswersIn<InboxEnvelope>().WithSummary("One's own inbox; meta.unread counts all that is unread");
        inbox.MapGet("/{id:guid}", Get).RequireScope(Scope.NotificationsSelf).WithSummary("One of one's own");
        inbox.MapPut("/{id:guid}/read", Read).RequireScope(Scope.NotificationsSelf).WithSummary("Mark it as read");
        inbox.MapPut("/read-all", ReadAll).RequireScope(Scope.NotificationsSelf).WithSummary("Mark all as read");
        inbox.MapDelete("/{id:guid}", Delete).RequireScope(Scope.NotificationsSelf).WithSummary("Delete it");
        inbox.MapGet("/preferences", GetPreferences).RequireScope(Scope.NotificationsSelf).WithSummary("Which messages one wants over which channels");
        inbox.MapPut("/preferences", SetPreferences).RequireScope(Scope.NotificationsSelf).WithSummary("Change that; what is not named stays as it is").WithExample(Examples.Preferences);

        var sending = app.MapGroup(Path).WithTags("Sending");
        sending.MapPost("/", Send).RequirePermission(Permission.NotificationsSend).LimitExpensive().CreatesResource(StatusCodes.Status202Accepted).WithSummary("Send to some people, or to everybody of a role").WithExample(Examples.Send);
        sending.MapPost("/test-email", TestEmail).RequirePermission(Permission.NotificationsSend).LimitExpensive().CreatesResource(StatusCodes.Status202Accepted).WithSummary("Send a mail to any address, to see that the provider works").WithExample(Examples.TestEmail);
        sending.MapPost("/test-sms", TestSms).RequirePermission(Permission.NotificationsSend).LimitExpensive().CreatesResource(StatusCodes.Status202Accepted).WithSummary("Send a text message to any number, to see that the provider works").WithExample(Examples.TestSms);
        sending.MapGet("/batches", ListBatches).RequirePermission(Permission.NotificationsRead).WithSummary("What was sent to many, newest first");
        sending.MapGet("/batches/{id:guid}", GetBatch).RequirePermission(Permission.NotificationsRead).WithSummary("How far it is");
        sending.MapPost("/batches/{id:guid}/cancel", CancelBatch).RequirePermission(Permission.NotificationsSend).WithSummary("Stop it: what has not been handed to a provider is not sent any more");
        sending.MapPost("/batches/{id:guid}/resume", ResumeBatch).RequirePermission(Permission.NotificationsSend).WithSummary("Go on with a stalled one");

        var ledger = app.MapGroup(Path).WithTags("Deliveries");
        ledger.MapGet("/deliveries", ListDeliveries).RequirePermission(Permission.NotificationsRead).WithSummary("What was sent to whom, with every attempt");
        ledger.MapGet("/deliveries/{id:guid}", GetDelivery).RequirePermission(Permission.NotificationsRead).WithSummary("One delivery");
        ledger.MapPost("/deliveries/{id:guid}/retry", Retry).RequirePermission(Permission.NotificationsSend).LimitExpensive().Answers(StatusCodes.Status202Accepted).WithSummary("Have it tried again");
        ledger.MapPost("/deliveries/retry", RetryDead).RequirePermission(Permission.NotificationsSend).LimitExpensive().Answers(StatusCodes.Status202Accepted).WithSummary("Have the dead ones tried again, up to 10,000 at a time").WithExample(Examples.RetryDead);
        ledger.MapGet("/suppressions", ListSuppressions).RequirePermission(Permission.NotificationsRead).WithSummary("Addresses that nothing more is sent to");
        ledger.MapDelete("/suppressions/{id:guid}", LiftSuppression).RequirePermission(Permission.NotificationsManage).WithSummary("Let messages go to it again");
    }

    private static async Task<ApiResult<Page<NotificationDto>>> List(
        [AsParameters] InboxFilter filter, [AsParameters] PageRequest page, INotificationQueries notifications, ICurrentActor actor, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return NotificationErrors.OnlyUsers.ToAnswer<Page<NotificationDto>>();
        if ((await notifications.ListAsync(userId, filter, page, ct)).Failed(out var error, out var inbox)) return error.ToAnswer<Page<NotificationDto>>();
        return ((Result<Page<NotificationDto>>)inbox.Page).ToPage("Notifications", meta: new Dictionary<string, object?> { ["unread"] = inbox.Unread });
    }

    private static async Task<ApiResult<NotificationDto>> Get(Guid id, INotificationQueries notifications, ICurrentActor actor, CancellationToken ct) =>
        (await notifications.FindAsync(id, actor.UserId ?? Guid.Empty, ct)).OrElse(NotificationErrors.NotFound).ToHttp("Notification");

    private static async Task<ApiResult<NotificationDto>> Read(Guid id, IUseCase<ReadNotification, NotificationDto> read, CancellationToken ct) =>
        (await read.HandleAsync(new ReadNotification(id), ct)).ToHttp("Notification read");

    private static async Task<ApiResult<ReadNotifications>> ReadAll(IUseCase<ReadAllNotifications, ReadNotifications> read, CancellationToken ct) =>
        (await read.HandleAsync(new ReadAllNotifications(), ct)).ToHttp("Notifications read");

    private static async Task<ApiResult<Done>> Delete(Guid id, IUseCase<DeleteNotification, Done> delete, CancellationToken ct) =>
        (await delete.HandleAsync(new DeleteNotification(id), ct)).ToHttp("Notification deleted");

    private static async Task<ApiResult<PreferencesDto>> GetPreferences(INotificationQueries notifications, ICurrentActor actor, CancellationToken ct) => actor.UserId is { } userId
        ? ((Result<PreferencesDto>)await notifications.ListPreferencesAsync(userId, ct)).ToHttp("Preferences")
        : NotificationErrors.OnlyUsers.ToAnswer<PreferencesDto>();

    private static async Task<ApiResult<PreferencesDto>> SetPreferences(SetPreferences request, IUseCase<SetPreferences, PreferencesDto> set, CancellationToken ct) =>
        (await set.HandleAsync(request, ct)).ToHttp("Preferences changed");

    private static async Task<ApiResult<AcceptedBatch>> Send(SendNotification request, IUseCase<SendNotification, AcceptedBatch> send, CancellationToken ct) =>
        (await send.HandleAsync(request, ct)).ToAccepted("Notification accepted");

    private static async Task<ApiResult<DeliveryDto>> TestEmail(SendTestEmail request, IUseCase<SendTestEmail, DeliveryDto> send, CancellationToken ct) =>
        (await send.HandleAsync(request, ct)).ToAccepted("Mail accepted");

    private static async Task<ApiResult<DeliveryDto>> TestSms(SendTestSms request, IUseCase<SendTestSms, DeliveryDto> send, CancellationToken ct) =>
        (await send.HandleAsync(request, ct)).ToAccepted("Text message accepted");

    private static async Task<ApiResult<Page<BatchDto>>> ListBatches([AsParameters] PageRequest page, INotificationQueries notifications, CancellationToken ct) =>
        (await notifications.ListBatchesAsync(page, ct)).ToPage("Batches");

    private static async Task<ApiResult<BatchDto>> GetBatch(Guid id, INotificationQueries notifications, CancellationToken ct) =>
        (await notifications.FindBatchAsync(id, ct)).OrElse(NotificationErrors.NoSuchBatch).ToHttp("Batch");

    private static async Task<ApiResult<BatchDto>> CancelBatch(Guid id, IUseCase<CancelBatch, BatchDto> cancel, CancellationToken ct) =>
        (await cancel.HandleAsync(new CancelBatch(id), ct)).ToHttp("Batch cancelled");

    private static async Task<ApiResult<BatchDto>> ResumeBatch(Guid id, IUseCase<ResumeBatch, BatchDto> resume, CancellationToken ct) =>
        (await resume.HandleAsync(new ResumeBatch(id), ct)).ToHttp("Batch goes on");

    private static async Task<ApiResult<Page<DeliveryDto>>> ListDeliveries(
        [AsParameters] DeliveryFilter filter, [AsParameters] PageRequest page, IUseCase<ListDeliveries, Page<DeliveryDto>> list, CancellationToken ct) =>
        (await list.HandleAsync(new ListDeliveries(filter, page), ct)).ToPage("Deliveries");

    private static async Task<ApiResult<DeliveryDto>> GetDelivery(Guid id, IUseCase<ReadDelivery, DeliveryDto> read, CancellationToken ct) =>
        (await read.HandleAsync(new ReadDelivery(id), ct)).ToHttp("Delivery");

    private static async Task<ApiResult<DeliveryDto>> Retry(Guid id, IUseCase<RetryDelivery, DeliveryDto> retry, CancellationToken ct) =>
        (await retry.HandleAsync(new RetryDelivery(id), ct)).ToAccepted("Delivery is tried again");

    private static async Task<ApiResult<RetriedDeliveries>> RetryDead(RetryDeliveries request, IUseCase<RetryDeliveries, RetriedDeliveries> retry, CancellationToken ct) =>
        (await retry.HandleAsync(request, ct)).ToAccepted("Dead deliveries are tried again");

    private static async Task<ApiResult<Page<SuppressionDto>>> ListSuppressions(
        [AsParameters] SuppressionFilter filter, [AsParameters] PageRequest page, IUseCase<ListSuppressions, Page<SuppressionDto>> list, CancellationToken ct) =>
        (await list.HandleAsync(new ListSuppressions(filter, page), ct)).ToPage("Suppressed addresses");

    private static async Task<ApiResult<Done>> LiftSuppression(Guid id, IUseCase<LiftSuppression, Done> lift, CancellationToken ct) =>
        (await lift.HandleAsync(new LiftSuppression(id), ct)).ToHttp("Messages go to the address again");

    private static class Examples
    {
        public static readonly object Preferences = new { preferences = new[] { new { category = "general", channel = "email", enabled = false } } };
        public static readonly object Send = new { role = "user", channels = new[] { "in_app", "email" }, title = "Maintenance on Sunday", content = "From 02:00 to 03:00 UTC nothing can be changed." };
        public static readonly object TestEmail = new { to = "ada@example.com", subject = "A test", body = "If you can read this, mail works." };
        public static readonly object TestSms = new { to = "+442079460000", body = "If you can read this, text messages work." };
        public static readonly object RetryDead = new { channel = "email" };
    }
}

/// <summary>A page with how many of all are unread, for the document.</summary>
internal sealed record InboxEnvelope(bool Success, string Message, IReadOnlyList<NotificationDto> Data, InboxMeta Meta, IReadOnlyList<ApiError> Errors);

/// <param name="Unread">Whatever the filter.</param>
internal sealed record InboxMeta(DateTimeOffset Timestamp, string RequestId, string Version, EnvelopeActor Actor, Pagination Pagination, long Unread);
