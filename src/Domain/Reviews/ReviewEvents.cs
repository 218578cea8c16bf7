using GoApi.Domain.Kernel;

namespace GoApi.Domain.Reviews;

[EventName("reviews.review-submitted.v1")]
public sealed record ReviewSubmitted(Guid ReviewId, Guid AuthorId) : IDomainEvent;

[EventName("reviews.review-approved.v1")]
public sealed record ReviewApproved(Guid ReviewId, Guid AuthorId) : IDomainEvent;

[EventName("reviews.review-rejected.v1")]
public sealed record ReviewRejected(Guid ReviewId, Guid AuthorId) : IDomainEvent;

[EventName("reviews.review-reported.v1")]
public sealed record ReviewReported(Guid ReviewId, Guid ReporterId) : IDomainEvent;
