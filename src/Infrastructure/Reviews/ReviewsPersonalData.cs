using GoApi.Application.Abstractions.PersonalData;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Reviews;

/// <summary>
/// Published reviews stay, under the name that an erased account has: others rely on them, and their text was written for everybody.
/// What nobody has published, and what was written to the moderators, goes.
/// </summary>
internal sealed class ReviewsPersonalData(AppDbContext db) : IPersonalData
{
    public string Section => "reviews";

    public Task<object?> ExportAsync(Guid userId, CancellationToken ct) => Task.FromResult<object?>(new
    {
        Written = db.Set<Review>().AsNoTracking().Where(review => review.AuthorId == userId).OrderBy(review => review.Id).Select(review => new
        {
            review.Id,
            review.ResourceType,
            review.ResourceId,
            review.Rating,
            review.Title,
            review.Content,
            review.Status,
            review.ModeratedAt,
            review.ModerationReason,
            review.CreatedAt,
            review.UpdatedAt,
        }).StreamAsync(ct),
        Reported = db.Set<ReviewReport>().AsNoTracking().Where(report => report.ReporterId == userId).OrderBy(report => report.Id)
            .Select(report => new { report.Id, report.ReviewId, report.Reason, report.CreatedAt }).StreamAsync(ct),
    });

    public async Task EraseAsync(Guid userId, CancellationToken ct)
    {
        await db.Set<ReviewReport>().Where(report => report.ReporterId == userId).ExecuteDeleteAsync(ct);
        await db.Set<Review>().Where(review => review.AuthorId == userId && review.Status != ReviewStatus.Approved).ExecuteDeleteAsync(ct);
    }
}
