using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Sms;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public class MessengerTests : CourierWorld
{
    private static readonly Dictionary<string, object?> Variables = new() { ["first_name"] = "Ada" };

    private readonly Message message = new(NewId(), 1, false, CreatedAt: Start);
    private readonly IBatches inbox = Substitute.For<IBatches>();
    private readonly Recipient ada = new(NewId(), "ada@example.com", "de");

    public MessengerTests()
    {
        Templates.RenderAsync("users.suspended", "de", Variables, Ct).Returns(Rendered);
        Deliveries.IsWantedAsync(ada.UserId!.Value, Rendered.Category, Arg.Any<Channel>(), Ct).Returns(true);
        Mails.SendAsync(null!, Ct).ReturnsForAnyArgs(new SendResult(SendOutcome.Sent, "sg-1"));
    }

    [Fact]
    public async Task Mail_is_rendered_in_the_language_of_its_reader_with_why_they_get_it_below_the_text()
    {
        Assert.Equal(Consumed.Done, await MailAsync());

        await Mails.Received(1).SendAsync(new EmailMessage(message.Id, "ada@example.com", "Hello", "One\n\nTwo\n\n-- \nYou asked for it.\n", "<p>html</p>"), Ct);
    }

    [Fact]
    public async Task Text_message_is_the_text_alone_and_the_outcome_passed_on()
    {
        Templates.RenderAsync("users.phone-code", null, Variables, Ct).Returns(Rendered);
        Texts.SendAsync(new SmsMessage(message.Id, "+447400123456", "One\n\nTwo"), Ct).Returns(new SendResult(SendOutcome.Unavailable, Error: "503"));

        Assert.Equal(new Consumed.Failed("503"), await Messenger().TextAsync(message, new Recipient(null, "+447400123456", null), "users.phone-code", Variables, Ct));
        await Deliveries.DidNotReceiveWithAnyArgs().IsWantedAsync(default, null!, default, Ct);
    }

    [Fact]
    public async Task What_cannot_be_rendered_is_dead_and_goes_to_no_provider()
    {
        Templates.RenderAsync("gone", null, Variables, Ct).Returns(TemplateErrors.NotFound);

        Assert.Equal(new Consumed.Dead("The template was not found."), await Messenger().MailAsync(message, new Recipient(null, "ada@example.com", null), "gone", Variables, Ct));
        Assert.Equal(new Consumed.Dead("The template was not found."), await Messenger().TextAsync(message, new Recipient(null, "+447400123456", null), "gone", Variables, Ct));
        await NothingSent();
        Assert.Empty(Added);
    }

    [Fact]
    public async Task What_somebody_does_not_want_is_not_sent_and_not_in_the_ledger()
    {
        Deliveries.IsWantedAsync(ada.UserId!.Value, Rendered.Category, Channel.Email, Ct).Returns(false);

        Assert.Equal(Consumed.Done, await MailAsync());

        await NothingSent();
        Assert.Empty(Added);
    }

    [Fact]
    public async Task First_attempt_makes_the_delivery_which_has_the_id_and_the_time_of_the_message_and_none_of_the_variables()
    {
        await MailAsync();

        var delivery = Assert.Single(Added);
        Assert.Equal((message.Id, Start, ada.UserId, Channel.Email), (delivery.Id, delivery.CreatedAt, delivery.UserId, delivery.Channel));
        Assert.Equal(("reviews", "users.suspended", null, null), (delivery.Category, delivery.Template, delivery.Subject, delivery.Body));
        Assert.Equal((DeliveryState.Sent, "ada@example.com", "sg-1"), (delivery.State, delivery.Address, delivery.ProviderId));
        Assert.Empty(delivery.Events);
    }

    [Fact]
    public async Task Delivery_is_there_before_the_provider_is_called_whose_report_may_come_at_once()
    {
        var before = 0;
        Mails.When(sender => sender.SendAsync(Arg.Any<EmailMessage>(), Arg.Any<CancellationToken>())).Do(_ => before = Added.Count);

        await MailAsync();

        Assert.Equal(1, before);
    }

    [Fact]
    public async Task Suppressed_address_gets_nothing()
    {
        Deliveries.FindSuppressionAsync(Channel.Email, "ada@example.com", Ct).Returns(SuppressionReason.HardBounce);

        Assert.Equal(Consumed.Done, await MailAsync());

        Assert.Equal(DeliveryState.Failed, Assert.Single(Added).State);
        await NothingSent();
    }

    [Fact]
    public async Task Inbox_gets_the_rendered_words_and_the_ledger_says_so_under_the_id_of_the_message()
    {
        List<object> put = [];
        inbox.When(port => port.Add(Arg.Any<Notification>())).Do(call => put.Add(call.Arg<Notification>()));
        inbox.When(port => port.Add(Arg.Any<Delivery>())).Do(call => put.Add(call.Arg<Delivery>()));

        Assert.Equal(Consumed.Done, await Messenger().PutIntoInboxAsync(message, ada, "users.suspended", Variables, Ct));

        var notification = Assert.Single(put.OfType<Notification>());
        Assert.Equal((ada.UserId!.Value, null, "users.suspended", "reviews", "Hello", "One\n\nTwo"), (notification.UserId, notification.BatchId, notification.Type, notification.Category, notification.Title, notification.Content));
        var delivery = Assert.Single(put.OfType<Delivery>());
        Assert.Equal((message.Id, Channel.InApp, DeliveryState.Sent, DeliveryVerdict.Delivered), (delivery.Id, delivery.Channel, delivery.State, delivery.Verdict));
        await NothingSent();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_put_into_an_inbox_that_is_nobodys_or_where_it_is_not_wanted(bool isNobodys)
    {
        Deliveries.IsWantedAsync(ada.UserId!.Value, Rendered.Category, Channel.InApp, Ct).Returns(false);

        Assert.Equal(Consumed.Done, await Messenger().PutIntoInboxAsync(message, isNobodys ? ada with { UserId = null } : ada, "users.suspended", Variables, Ct));

        inbox.DidNotReceiveWithAnyArgs().Add(Arg.Any<Notification>());
        inbox.DidNotReceiveWithAnyArgs().Add(Arg.Any<Delivery>());
    }

    [Fact]
    public async Task Second_attempt_finds_it()
    {
        Mails.SendAsync(null!, Ct).ReturnsForAnyArgs(new SendResult(SendOutcome.Unavailable, Error: "503"), new SendResult(SendOutcome.Sent, "sg-1"));

        Assert.Equal(new Consumed.Failed("503"), await MailAsync());
        Assert.Equal(DeliveryState.Pending, Assert.Single(Added).State);
        Deliveries.FindAsync(message.Id, Ct).Returns(Added[0]);
        Assert.Equal(Consumed.Done, await MailAsync(message with { Attempt = 2 }));

        Assert.Equal((DeliveryState.Sent, 2), (Assert.Single(Added).State, Added[0].AttemptCount));
        Assert.Equal([(1, AttemptOutcome.Unavailable), (2, AttemptOutcome.Sent)], Attempts.Select(attempt => (attempt.Number, attempt.Outcome)));
    }

    private Task<Consumed> MailAsync(Message? attempt = null) => Messenger().MailAsync(attempt ?? message, ada, "users.suspended", Variables, Ct);

    private Messenger Messenger() => new(Courier(), Deliveries, Templates, inbox, Clock);
}
