using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Reviews;

internal sealed class ReviewConfiguration : IEntityTypeConfiguration<Review>, IEntityTypeConfiguration<ReviewReport>
{
    public void Configure(EntityTypeBuilder<Review> review)
    {
        review.IsAggregate("reviews", auditedAs: "review");
        review.BelongsToPerson(row => row.AuthorId);
        review.Property(row => row.ResourceType).HasMaxLength(Review.MaxResourceType);
        review.Property(row => row.ResourceId).HasMaxLength(Review.MaxResourceId);
        review.Property(row => row.Title).HasMaxLength(Review.MaxTitle).IsPersonal();
        review.Property(row => row.Content).HasMaxLength(Review.MaxContent).IsPersonal();
        review.Property(row => row.ModerationReason).HasMaxLength(Review.MaxReason).IsPersonal();

        // One review a user and resource; also the author's own list.
        review.HasIndex(row => new { row.AuthorId, row.ResourceType, row.ResourceId }).IsUnique().HasDatabaseName("ux_reviews_author_resource");
        review.HasIndex(row => new { row.AuthorId, row.Id }).HasDatabaseName("ix_reviews_author");
        // The public list of one resource, newest first, and its summary.
        review.HasIndex(row => new { row.ResourceType, row.ResourceId, row.Status, row.Id }).HasDatabaseName("ix_reviews_resource");
        // The same by rating.
        review.HasIndex(row => new { row.ResourceType, row.ResourceId, row.Status, row.Rating, row.Id }).HasDatabaseName("ix_reviews_resource_rating");
        // All public reviews, and the moderators' queue.
        review.HasIndex(row => new { row.Status, row.Id }).HasDatabaseName("ix_reviews_status");
    }

    public void Configure(EntityTypeBuilder<ReviewReport> report)
    {
        report.IsAggregate("review_reports", auditedAs: "review_report");
        report.BelongsToPerson(row => row.ReporterId);
        report.Property(row => row.Reason).HasMaxLength(Review.MaxReason).IsPersonal();
        report.HasIndex(row => new { row.ReviewId, row.ReporterId }).IsUnique().HasDatabaseName("ux_review_reports_reporter");
        report.HasOne<Review>().WithMany().HasForeignKey(row => row.ReviewId).OnDelete(DeleteBehavior.Cascade);
    }
}
