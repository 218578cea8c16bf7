using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Sms;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public class CourierTests : CourierWorld
{
    private readonly NotificationBatch batch = NotificationBatch.Accept(null, new Audience("user", []), [Channel.Email], "orders.shipped", "news", """{"number":7}""", null, 1, Start);
    private readonly Addressee ada = new(NewId(), "ada@example.com", "+447400123456", "Ada", "Lovelace", "de");

    public CourierTests()
    {
        Templates.RenderAsync("orders.shipped", "de", null!, Ct).ReturnsForAnyArgs(Rendered);
        Sends(new SendResult(SendOutcome.Sent, "sg-1"));
    }

    [Fact]
    public async Task Mail_of_a_batch_is_rendered_for_its_recipient_and_written_down()
    {
        var delivery = Due();

        Assert.Equal(Consumed.Done, await DeliverAsync(delivery));

        await Mails.Received(1).SendAsync(new EmailMessage(delivery.Id, "ada@example.com", "Hello", "One\n\nTwo\n\n-- \nYou asked for it.\n", "<p>html</p>"), Ct);
        await Templates.Received(1).RenderAsync("orders.shipped", "de", Arg.Is<IReadOnlyDictionary<string, object?>>(variables => variables.ContainsKey("number") && variables.ContainsKey("recipient")), Ct);
        Assert.Equal((DeliveryState.Sent, "ada@example.com", "sg-1", Later), (delivery.State, delivery.Address, delivery.ProviderId, delivery.SentAt));
        var attempt = Assert.Single(Attempts);
        Assert.Equal((delivery.Id, 1, AttemptOutcome.Sent, "sg-1", Later, Later), (attempt.DeliveryId, attempt.Number, attempt.Outcome, attempt.ProviderId, attempt.StartedAt, attempt.EndedAt));
    }

    [Fact]
    public async Task Text_message_goes_to_the_phone()
    {
        var delivery = Due(Channel.Sms);

        await DeliverAsync(delivery);

        await Texts.Received(1).SendAsync(new SmsMessage(delivery.Id, "+447400123456", "One\n\nTwo"), Ct);
        Assert.Equal("+447400123456", delivery.Address);
    }

    [Fact]
    public async Task What_is_gone_or_settled_is_not_sent()
    {
        Assert.Equal(Consumed.Done, await Courier().DeliverAsync(NewId(), new Message(NewId(), 1, false), Ct));

        var failed = Due();
        failed.Fail(1, "no", Later);
        Assert.Equal(Consumed.Done, await DeliverAsync(failed));
        await NothingSent();
        Assert.Empty(Attempts);
    }

    [Fact]
    public async Task Cancelled_batch_is_not_sent()
    {
        batch.Cancel(Later);

        await FailsAsync(Due(), new DueDelivery(Due(), batch, ada, true), "The batch was cancelled.");
    }

    [Fact]
    public Task Gone_account_gets_nothing() => FailsAsync(Due(), new DueDelivery(Due(), batch, null, true), "The account is gone or suspended.");

    [Fact]
    public Task Unwanted_message_is_not_sent() => FailsAsync(Due(), new DueDelivery(Due(), batch, ada, false), "The recipient wants no messages of this category over this channel.");

    [Fact]
    public Task Who_has_no_phone_gets_no_text_message() =>
        FailsAsync(Due(Channel.Sms), new DueDelivery(Due(), batch, ada with { Phone = null }, true), "The recipient has no address for this channel.");

    [Fact]
    public Task What_cannot_be_rendered_is_not_sent()
    {
        Templates.RenderAsync("", null, null!, Ct).ReturnsForAnyArgs(TemplateErrors.NotFound);

        return FailsAsync(Due(), new DueDelivery(Due(), batch, ada, true), "The template was not found.");
    }

    [Theory]
    [InlineData(SuppressionReason.HardBounce, "news", false)]
    [InlineData(SuppressionReason.HardBounce, Category.Security, false)]
    [InlineData(SuppressionReason.Complaint, "news", false)]
    [InlineData(SuppressionReason.Complaint, Category.Security, true)]
    public async Task Suppressed_address_gets_nothing_unless_its_owner_only_complained_and_it_is_of_security(SuppressionReason reason, string category, bool isSent)
    {
        var delivery = Delivery.OfSystem(NewId(), Channel.Email, category, "orders.shipped", ada.UserId, Start);

        Assert.Equal(Consumed.Done, await Courier().HandOverAsync(delivery, new Message(delivery.Id, 1, false), "ada@example.com", reason, Rendered, Ct));

        Assert.Equal(isSent ? DeliveryState.Sent : DeliveryState.Failed, delivery.State);
        if (isSent) return;
        await NothingSent();
        Assert.Empty(Attempts);
        Assert.Equal($"Nothing is sent to the address any more: {(reason == SuppressionReason.HardBounce ? "it bounced" : "its owner complained")}.", delivery.LastError);
    }

    [Fact]
    public async Task Suppressed_address_of_a_recipient_gets_nothing()
    {
        var delivery = Due();

        await FailsAsync(delivery, new DueDelivery(delivery, batch, ada, true, SuppressionReason.HardBounce), "Nothing is sent to the address any more: it bounced.");
    }

    [Fact]
    public async Task What_was_not_tried_is_no_attempt()
    {
        Sends(new SendResult(SendOutcome.Deferred, RetryAfter: TimeSpan.FromSeconds(7)));
        var delivery = Due();

        Assert.Equal(new Consumed.Postponed(TimeSpan.FromSeconds(7)), await DeliverAsync(delivery));

        Assert.Empty(Attempts);
        Assert.Equal((DeliveryState.Pending, 0), (delivery.State, delivery.AttemptCount));
    }

    [Theory, Trait("Promise", "N3")]
    [InlineData(false, DeliveryState.Pending)]
    [InlineData(true, DeliveryState.Dead)]
    public async Task Unknown_outcome_is_ambiguous(bool isLast, DeliveryState state)
    {
        Sends(new SendResult(SendOutcome.Unknown, Error: "cut off"));
        var delivery = Due();

        Assert.Equal(new Consumed.Unknown("cut off"), await DeliverAsync(delivery, isLast: isLast));

        Assert.Equal((state, true, "cut off"), (delivery.State, delivery.IsAmbiguous, delivery.LastError));
        Assert.Equal(AttemptOutcome.Unknown, Assert.Single(Attempts).Outcome);
    }

    [Fact, Trait("Promise", "N4")]
    public async Task Refusal_is_dead()
    {
        Sends(new SendResult(SendOutcome.Rejected, Error: "400"));
        var delivery = Due();

        Assert.Equal(new Consumed.Dead("400"), await DeliverAsync(delivery));

        Assert.Equal((DeliveryState.Dead, "400"), (delivery.State, delivery.LastError));
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Attempts_that_were_cut_off_are_in_the_ledger()
    {
        var delivery = Due();

        await DeliverAsync(delivery, attempt: 3, isAmbiguous: true);

        Assert.Equal([(1, AttemptOutcome.Unknown), (2, AttemptOutcome.Unknown), (3, AttemptOutcome.Sent)], Attempts.Select(attempt => (attempt.Number, attempt.Outcome)));
        Assert.Equal((DeliveryState.Sent, true), (delivery.State, delivery.IsAmbiguous));
    }

    [Fact, Trait("Promise", "N3")]
    public async Task Attempts_that_failed_before_a_provider_was_called_are_in_the_ledger_and_leave_no_doubt()
    {
        var delivery = Due();

        await DeliverAsync(delivery, attempt: 2);

        Assert.Equal([(1, AttemptOutcome.Unavailable), (2, AttemptOutcome.Sent)], Attempts.Select(attempt => (attempt.Number, attempt.Outcome)));
        Assert.Equal((DeliveryState.Sent, false), (delivery.State, delivery.IsAmbiguous));
    }

    [Fact, Trait("Promise", "N3")]
    public async Task When_every_attempt_was_cut_off_it_is_dead_and_ambiguous()
    {
        var delivery = Due();
        Deliveries.FindAsync(delivery.Id, Ct).Returns(delivery);

        await Courier().AbandonAsync(new Message(delivery.Id, 3, true, true), Ct);

        Assert.Equal((DeliveryState.Dead, true), (delivery.State, delivery.IsAmbiguous));
        Assert.Equal([1, 2], Attempts.Select(attempt => attempt.Number));
        await NothingSent();
    }

    [Fact, Trait("Promise", "N3")]
    public async Task What_the_provider_says_it_delivered_is_not_sent_again()
    {
        var delivery = Due();
        delivery.Record(new DeliveryAttempt(delivery.Id, 1, AttemptOutcome.Unknown, null, "cut off", Start, Start), "ada@example.com", false, Start);
        delivery.Judge(DeliveryVerdict.Delivered, null, Start.AddSeconds(5));

        Assert.Equal(Consumed.Done, await DeliverAsync(delivery, attempt: 2));

        await NothingSent();
        Assert.Equal((DeliveryState.Sent, Start.AddSeconds(5), null), (delivery.State, delivery.SentAt, delivery.LastError));
    }

    [Fact]
    public async Task Own_words_of_a_text_message_are_sent_unchanged_and_those_of_a_mail_in_the_layout()
    {
        var text = Delivery.To(Channel.Sms, "+447400123456", null, "{{own}} <words>", Start);
        var mail = Delivery.To(Channel.Email, "ada@example.com", "Subject", "Words", Start);

        await DeliverAsync(text, new DueDelivery(text, null, null, true));
        await DeliverAsync(mail, new DueDelivery(mail, null, null, true));

        await Texts.Received(1).SendAsync(new SmsMessage(text.Id, "+447400123456", "{{own}} <words>"), Ct);
        await Mails.Received(1).SendAsync(new EmailMessage(mail.Id, "ada@example.com", "Hello", "One\n\nTwo\n\n-- \nYou asked for it.\n", "<p>html</p>"), Ct);
        await Templates.Received(1).RenderAsync(NotificationBatch.Message, null, Arg.Is<IReadOnlyDictionary<string, object?>>(variables => (string?)variables["title"] == "Subject" && (string?)variables["content"] == "Words"), Ct);
    }

    private async Task FailsAsync(Delivery delivery, DueDelivery due, string reason)
    {
        Assert.Equal(Consumed.Done, await DeliverAsync(delivery, due with { Delivery = delivery }));

        Assert.Equal((DeliveryState.Failed, reason), (delivery.State, delivery.LastError));
        Assert.Empty(Attempts);
        await NothingSent();
    }

    private Task<Consumed> DeliverAsync(Delivery delivery, DueDelivery? due = null, int attempt = 1, bool isLast = false, bool isAmbiguous = false)
    {
        Deliveries.FindDueAsync(delivery.Id, Ct).Returns(due ?? new DueDelivery(delivery, batch, ada, true));
        return Courier().DeliverAsync(delivery.Id, new Message(delivery.Id, attempt, isAmbiguous, isLast), Ct);
    }

    private Delivery Due(Channel channel = Channel.Email) => Delivery.Of(batch, ada.UserId, channel, Start);

    private void Sends(SendResult result)
    {
        Mails.SendAsync(null!, Ct).ReturnsForAnyArgs(result);
        Texts.SendAsync(null!, Ct).ReturnsForAnyArgs(result);
    }
}
