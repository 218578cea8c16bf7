using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public class ExpandBatchTests : CourierWorld
{
    private readonly IBatches batches = Substitute.For<IBatches>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly List<Notification> inbox = [];

    private readonly NotificationBatch batch = NotificationBatch.Accept(
        null, new Audience("user", []), [Channel.InApp, Channel.Email], "orders.shipped", "news", "{}", null, 3, Start);

    public ExpandBatchTests()
    {
        batches.FindAsync(batch.Id, Ct).Returns(batch);
        batches.When(port => port.Add(Arg.Any<Notification>())).Do(call => inbox.Add(call.Arg<Notification>()));
        batches.When(port => port.Add(Arg.Any<Delivery>())).Do(call => Added.Add(call.Arg<Delivery>()));
        Templates.RenderAsync(null!, null, null!, Ct).ReturnsForAnyArgs(Rendered);
        batch.ForgetEvents();
    }

    [Fact]
    public async Task Last_part_makes_the_deliveries_and_ends_the_batch_in_one_save()
    {
        var (both, mail, none) = (Somebody(Channel.InApp, Channel.Email), Somebody(Channel.Email), Somebody());
        Part(both, mail, none);

        Assert.Equal(Consumed.Done, await ExpandAsync());

        Assert.Equal(
            [(both.Person.UserId, Channel.InApp), (both.Person.UserId, Channel.Email), (mail.Person.UserId, Channel.Email)], Added.Select(delivery => (delivery.UserId!.Value, delivery.Channel)));
        var notification = Assert.Single(inbox);
        Assert.Equal((both.Person.UserId, batch.Id, "orders.shipped", "news", "Hello", "One\n\nTwo"), (notification.UserId, notification.BatchId!.Value, notification.Type, notification.Category, notification.Title, notification.Content));
        Assert.Equal([Channel.InApp, Channel.Email], notification.Channels);
        Assert.Equal((BatchStatus.Expanded, 3, 1, none.Person.UserId), (batch.Status, batch.Expanded, batch.Skipped, batch.After));
        Assert.Empty(batch.Events);
        await unitOfWork.Received(1).SaveAsync(Ct);
    }

    [Fact]
    public async Task Full_part_is_followed_by_another()
    {
        var part = Enumerable.Range(0, ExpandBatch.PartSize).Select(_ => Somebody(Channel.Email)).ToArray();
        Part(part);
        await ExpandAsync();

        Assert.Equal((BatchStatus.Expanding, ExpandBatch.PartSize, part[^1].Person.UserId), (batch.Status, batch.Expanded, batch.After));
        Assert.IsType<BatchDue>(Assert.Single(batch.Events));

        Part();
        await ExpandAsync();
        Assert.Equal((BatchStatus.Expanded, ExpandBatch.PartSize, part[^1].Person.UserId), (batch.Status, batch.Expanded, batch.After));
        Assert.Equal(ExpandBatch.PartSize, Added.Count);
    }

    [Fact]
    public async Task Cancelled_expanded_or_unknown_batch_gets_no_deliveries()
    {
        Part(Somebody(Channel.Email));
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new BatchDue(NewId(), NewId(), null), new Message(NewId(), 1, false), Ct));

        batch.Advance(null, 0, 0, isEnd: true, Later);
        Assert.Equal(Consumed.Done, await ExpandAsync());

        batch.Cancel(Later);
        Assert.Equal(Consumed.Done, await ExpandAsync());

        Assert.Empty(Added);
        await unitOfWork.DidNotReceiveWithAnyArgs().SaveAsync(Ct);
    }

    [Fact]
    public async Task Template_that_was_broken_meanwhile_fails_the_delivery_and_not_the_batch()
    {
        Templates.RenderAsync(null!, null, null!, Ct).ReturnsForAnyArgs(TemplateErrors.NotFound);
        Part(Somebody(Channel.InApp));

        Assert.Equal(Consumed.Done, await ExpandAsync());

        Assert.Equal((DeliveryState.Failed, "The template was not found.", null, null), (Assert.Single(Added).State, Added[0].LastError, Added[0].Verdict, Added[0].SentAt));
        Assert.Empty(inbox);
        Assert.Equal(BatchStatus.Expanded, batch.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_is_too_long_for_the_inbox_is_cut_and_not_in_the_middle_of_a_letter(int shift)
    {
        var smileys = Text(shift) + string.Concat(Enumerable.Repeat("😀", Notification.MaxContent));
        Templates.RenderAsync(null!, null, null!, Ct).ReturnsForAnyArgs(Rendered with { Subject = smileys, Text = smileys });
        Part(Somebody(Channel.InApp));

        await ExpandAsync();

        foreach (var (text, length) in new[] { (Assert.Single(inbox).Title, Notification.MaxTitle), (inbox[0].Content, Notification.MaxContent) })
        {
            Assert.InRange(text.Length, length - 1, length);
            Assert.EndsWith("😀…", text, StringComparison.Ordinal);
        }
    }

    private void Part(params Listener[] people) => batches.NextAsync(batch, ExpandBatch.PartSize, Ct).Returns(people);

    private static Listener Somebody(params Channel[] channels) => new(new Addressee(NewId(), "ada@example.com", null, "Ada", "Lovelace", null), channels);

    private Task<Consumed> ExpandAsync() => Consumer().HandleAsync(new BatchDue(batch.Id, batch.Id, null), new Message(batch.Id, 1, false), Ct);

    private ExpandBatch Consumer() => new(batches, Templates, unitOfWork, Clock);
}
