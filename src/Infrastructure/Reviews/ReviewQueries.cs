using AutoMapper;
using AutoMapper.QueryableExtensions;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Reviews;

internal sealed class ReviewQueries(AppDbContext db, IMapper mapper, PageReader pages) : IReviewQueries
{
    private static readonly ListOrder<ReviewDto> NewestFirst = new ByCreation<ReviewDto>(review => review.Id, newestFirst: true);
    private static readonly ListOrder<ReviewDto> OldestFirst = new ByCreation<ReviewDto>(review => review.Id, newestFirst: false);
    private static readonly ListOrder<ReviewDto> WorstFirst = new ByField<ReviewDto, int>("rating", false, review => review.Rating, review => review.Id);
    private static readonly ListOrder<ReviewDto> BestFirst = new ByField<ReviewDto, int>("rating", true, review => review.Rating, review => review.Id);

    public Task<Result<Page<ReviewDto>>> ListAsync(ReviewFilter filter, PageRequest page, CancellationToken ct)
    {
        var reviews = db.Set<Review>().Where(review => review.Status == ReviewStatus.Approved);
        if (filter.ResourceType is { } type) reviews = reviews.Where(review => review.ResourceType == type);
        if (filter.ResourceId is { } id) reviews = reviews.Where(review => review.ResourceId == id);
        if (filter.Rating is { } rating) reviews = reviews.Where(review => review.Rating == rating);
        if (filter.UserId is { } author) reviews = reviews.Where(review => review.AuthorId == author);

        var order = filter.Sort switch { "created_at" => OldestFirst, "rating" => WorstFirst, "-rating" => BestFirst, _ => NewestFirst };
        return pages.ReadAsync("reviews", reviews, Project, order, page, ct);
    }

    public Task<Result<Page<ReviewDto>>> ListOfAuthorAsync(Guid authorId, PageRequest page, CancellationToken ct) =>
        pages.ReadAsync("reviews.mine", db.Set<Review>().Where(review => review.AuthorId == authorId), Project, NewestFirst, page, ct);

    public Task<Result<Page<ReviewDto>>> ListForModerationAsync(ModerationFilter filter, PageRequest page, CancellationToken ct)
    {
        // Reported reviews are public ones: whoever asks for them does not mean those that wait for their first decision.
        var status = EnumText.Parse<ReviewStatus>(filter.Status) ?? (filter.Reported == true ? ReviewStatus.Approved : ReviewStatus.Pending);
        var reviews = db.Set<Review>().Where(review => review.Status == status);
        if (filter.Reported is { } reported) reviews = reviews.Where(review => review.ReportCount > 0 == reported);
        return pages.ReadAsync("reviews.moderation", reviews, Project, OldestFirst, page, ct);
    }

    public Task<ReviewDto?> FindAsync(Guid id, CancellationToken ct) =>
        Project(db.Set<Review>().Where(review => review.Id == id)).FirstOrDefaultAsync(ct);

    public async Task<ReviewSummary> SummariseAsync(ReviewSubject subject, CancellationToken ct)
    {
        var counts = await db.Set<Review>()
            .Where(review => review.ResourceType == subject.ResourceType && review.ResourceId == subject.ResourceId && review.Status == ReviewStatus.Approved)
            .GroupBy(review => review.Rating)
            .Select(group => new { Rating = group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Rating, group => group.Count, ct);

        var count = counts.Values.Sum();
        var average = count == 0 ? (decimal?)null : Math.Round((decimal)counts.Sum(group => group.Key * group.Value) / count, 2, MidpointRounding.AwayFromZero);
        var histogram = Enumerable.Range(Review.MinRating, Review.MaxRating).ToDictionary(rating => $"{rating}", rating => counts.GetValueOrDefault(rating));
        return new ReviewSummary(count, average, histogram);
    }

    private IQueryable<ReviewDto> Project(IQueryable<Review> reviews) =>
        reviews.AsNoTracking()
            .Join(db.Set<AppUser>(), review => review.AuthorId, author => author.Id, (review, author) => new ReviewRow { Review = review, Author = author })
            .ProjectTo<ReviewDto>(mapper.ConfigurationProvider);
}
