using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Reviews;

internal static class ReviewEndpoints
{
    private const string Path = "/api/v1/reviews";

    public static void MapReviews(this IEndpointRouteBuilder app)
    {
        var reviews = app.MapGroup(Path).WithTags("Reviews");
        reviews.MapGet("/", List).AllowAnonymous().WithSummary("Approved reviews");
        reviews.MapGet("/{id:guid}", Get).AllowAnonymous().WithSummary("One review: an approved one, one's own, or for moderators any");
        reviews.MapGet("/summary", Summarise).AllowAnonymous().WithSummary("Count, average and histogram of the approved reviews of one thing");
        reviews.MapGet("/mine", ListMine).RequireScope(Scope.ReviewsWrite).WithSummary("One's own reviews, of every status");
        reviews.MapPost("/", Submit).RequireScope(Scope.ReviewsWrite).CreatesResource().WithSummary("Write a review").WithExample(Examples.Submit);
        reviews.MapPut("/{id:guid}", Edit).RequireScope(Scope.ReviewsWrite).WithSummary("Rewrite one's own review; it waits for a moderator again").WithExample(Examples.Edit);
        reviews.MapDelete("/{id:guid}", Delete).RequireScope(Scope.ReviewsWrite).WithSummary("Delete one's own review");
        reviews.MapPost("/{id:guid}/report", Report).RequireScope(Scope.ReviewsWrite).CreatesResource().WithSummary("Tell the moderators").WithExample(Examples.Report);
        reviews.MapGet("/moderation", ListForModeration).RequirePermission(Permission.ReviewsModerate).WithSummary("The moderators' queue");
        reviews.MapPut("/{id:guid}/moderate", Moderate).RequirePermission(Permission.ReviewsModerate).WithSummary("Approve or reject").WithExample(Examples.Moderate);
        reviews.MapPost("/moderation/bulk", ModerateMany).RequirePermission(Permission.ReviewsModerate).WithSummary("The same decision on many, with a result for each").WithExample(Examples.ModerateMany);
    }

    private static async Task<ApiResult<Page<ReviewDto>>> List(
        [AsParameters] ReviewFilter filter, [AsParameters] PageRequest page, IReviewQueries reviews, ICurrentActor actor, CancellationToken ct) =>
        (await reviews.ListAsync(filter, page, ct)).ToPage("Reviews", review => review.For(actor));

    private static async Task<ApiResult<ReviewDto>> Get(Guid id, IReviewQueries reviews, ICurrentActor actor, CancellationToken ct) =>
        (await reviews.FindAsync(id, ct))?.VisibleTo(actor).OrElse(ReviewErrors.NotFound).ToHttp("Review") ?? ReviewErrors.NotFound.ToAnswer<ReviewDto>();

    private static async Task<ApiResult<ReviewSummary>> Summarise([AsParameters] ReviewSubject subject, IReviewQueries reviews, CancellationToken ct) =>
        ((Result<ReviewSummary>)await reviews.SummariseAsync(subject, ct)).ToHttp("Summary of the reviews");

    private static async Task<ApiResult<Page<ReviewDto>>> ListMine([AsParameters] PageRequest page, IReviewQueries reviews, ICurrentActor actor, CancellationToken ct) =>
        (await reviews.ListOfAuthorAsync(actor.UserId ?? Guid.Empty, page, ct)).ToPage("Your reviews", review => review.For(actor));

    private static async Task<ApiResult<ReviewDto>> Submit(SubmitReview request, IUseCase<SubmitReview, ReviewDto> submit, CancellationToken ct) =>
        (await submit.HandleAsync(request, ct)).ToCreated("Review created", review => $"{Path}/{review.Id}");

    private static async Task<ApiResult<ReviewDto>> Edit(Guid id, EditReview request, IUseCase<EditReview, ReviewDto> edit, CancellationToken ct) =>
        (await edit.HandleAsync(request with { Id = id }, ct)).ToHttp("Review changed");

    private static async Task<ApiResult<Done>> Delete(Guid id, IUseCase<DeleteReview, Done> delete, CancellationToken ct) =>
        (await delete.HandleAsync(new DeleteReview(id), ct)).ToHttp("Review deleted");

    private static async Task<ApiResult<Done>> Report(Guid id, ReportReview request, IUseCase<ReportReview, Done> report, CancellationToken ct) =>
        (await report.HandleAsync(request with { Id = id }, ct)).ToCreated("Review reported", _ => $"{Path}/{id}");

    private static async Task<ApiResult<Page<ReviewDto>>> ListForModeration(
        [AsParameters] ModerationFilter filter, [AsParameters] PageRequest page, IReviewQueries reviews, CancellationToken ct) =>
        (await reviews.ListForModerationAsync(filter, page, ct)).ToPage("Reviews to moderate");

    private static async Task<ApiResult<ReviewDto>> Moderate(Guid id, ModerateReview request, IUseCase<ModerateReview, ReviewDto> moderate, CancellationToken ct) =>
        (await moderate.HandleAsync(request with { Id = id }, ct)).ToHttp("Review moderated");

    private static async Task<ApiResult<IReadOnlyList<ModerationResult>>> ModerateMany(
        ModerateReviews request, IUseCase<ModerateReviews, IReadOnlyList<ModerationResult>> moderate, CancellationToken ct) =>
        (await moderate.HandleAsync(request, ct)).ToHttp("Reviews moderated");

    private static ReviewDto For(this ReviewDto review, ICurrentActor actor) => review.For(actor.UserId, actor.May(Permission.ReviewsModerate));

    private static ReviewDto? VisibleTo(this ReviewDto review, ICurrentActor actor) =>
        review.Status == ReviewStatus.Approved || review.UserId == actor.UserId || actor.May(Permission.ReviewsModerate) ? review.For(actor) : null;

    private static class Examples
    {
        public static readonly object Submit = new { resource_type = "product", resource_id = "42", rating = 5, title = "Does what it should", content = "I have used it every day for a month." };
        public static readonly object Edit = new { rating = 4, title = "Good", content = "After three months it is still good." };
        public static readonly object Report = new { reason = "This is advertising." };
        public static readonly object Moderate = new { status = "rejected", reason = "It names a private person." };
        public static readonly object ModerateMany = new { ids = new[] { "0197a0c0-0000-7000-8000-000000000001" }, status = "approved" };
    }
}
