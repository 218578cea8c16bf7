using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public class ResumeBatchTests
{
    private readonly IBatches batches = Substitute.For<IBatches>();
    private readonly INotificationQueries queries = Substitute.For<INotificationQueries>();
    private readonly IAuditTrail audit = Substitute.For<IAuditTrail>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly NotificationBatch batch = NotificationBatch.Accept(null, new Audience("user", []), [Channel.Email], "orders.shipped", "news", "{}", null, 501, Start);

    public ResumeBatchTests()
    {
        batches.FindAsync(batch.Id, Ct).Returns(batch);
        queries.FindBatchAsync(batch.Id, Ct).Returns(new BatchDto { Id = batch.Id, Channels = batch.Channels, Template = batch.Template, Category = batch.Category });
    }

    [Fact]
    public async Task Given_up_part_is_tried_again_with_an_entry_in_the_trail()
    {
        batches.ReopenAsync(batch, Ct).Returns(true);

        Assert.Equal(batch.Id, Value(await HandleAsync(batch.Id)).Id);

        audit.Received(1).Record("notifications.resume_batch", AuditStatus.Success, "notification_batch", batch.Id.ToString());
        await unitOfWork.Received(1).SaveAsync(Ct);
    }

    [Fact]
    public async Task What_goes_on_by_itself_is_no_matter_of_this()
    {
        Assert.Equal(NotificationErrors.NotStalled, Failure(await HandleAsync(batch.Id)));
        await unitOfWork.DidNotReceiveWithAnyArgs().SaveAsync(Ct);
    }

    [Fact]
    public async Task Cancelled_batch_stays_cancelled()
    {
        batch.Cancel(Start);

        Assert.Equal(NotificationErrors.AlreadyCancelled, Failure(await HandleAsync(batch.Id)));
        await batches.DidNotReceiveWithAnyArgs().ReopenAsync(batch, Ct);
    }

    [Fact]
    public async Task Unknown_batch_is_not_found() => Assert.Equal(NotificationErrors.NoSuchBatch, Failure(await HandleAsync(NewId())));

    private Task<GoApi.Domain.Kernel.Result<BatchDto>> HandleAsync(Guid id) => new ResumeBatchHandler(batches, queries, audit, unitOfWork).HandleAsync(new ResumeBatch(id), Ct);
}
