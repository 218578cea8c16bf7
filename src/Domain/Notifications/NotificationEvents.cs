using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

/// <summary>A part of a batch is to be expanded. The first job has the id of the batch.</summary>
[EventName("notifications.batch-due.v1")]
public sealed record BatchDue(Guid BatchId, Guid JobId, DateTimeOffset? NotBefore) : IJob;

/// <summary>The job has the id of the delivery.</summary>
[EventName("notifications.email-due.v1")]
public sealed record EmailDue(Guid JobId, DateTimeOffset? NotBefore) : IJob;

/// <summary>The job has the id of the delivery.</summary>
[EventName("notifications.sms-due.v1")]
public sealed record SmsDue(Guid JobId, DateTimeOffset? NotBefore) : IJob;
