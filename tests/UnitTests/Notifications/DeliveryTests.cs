using GoApi.Domain.Notifications;

namespace GoApi.UnitTests.Notifications;

public class DeliveryTests
{
    [Fact]
    public void One_to_a_recipient_of_a_batch_is_what_the_batch_is_and_due()
    {
        var batch = SomeBatch(Later.AddDays(1));
        var user = NewId();

        var delivery = Delivery.Of(batch, user, Channel.Sms, Later);

        Assert.Equal((batch.Id, user, Channel.Sms, "news", "orders.shipped", batch.SendAt), (delivery.BatchId, delivery.UserId, delivery.Channel, delivery.Category, delivery.Template, delivery.SendAt));
        Assert.Equal((DeliveryState.Pending, 0, null, null), (delivery.State, delivery.AttemptCount, delivery.Address, delivery.Verdict));
        Assert.Equal(new SmsDue(delivery.Id, null), Assert.Single(delivery.Events));
        Assert.IsType<EmailDue>(Assert.Single(Delivery.Of(batch, user, Channel.Email, Later).Events));
    }

    [Fact]
    public void One_for_the_inbox_is_done_at_once()
    {
        var delivery = Delivery.Of(SomeBatch(), NewId(), Channel.InApp, Later);

        Assert.Equal((DeliveryState.Sent, Later, DeliveryVerdict.Delivered, Later), (delivery.State, delivery.SentAt, delivery.Verdict, delivery.VerdictAt));
        Assert.Empty(delivery.Events);
    }

    [Fact]
    public void One_for_the_inbox_that_could_not_be_put_there_was_neither_sent_nor_delivered()
    {
        var delivery = Delivery.Of(SomeBatch(), NewId(), Channel.InApp, Later);

        delivery.Fail(0, "broken", Later);

        Assert.Equal((DeliveryState.Failed, "broken", null, null, null), (delivery.State, delivery.LastError, delivery.SentAt, delivery.Verdict, delivery.VerdictAt));
    }

    [Fact]
    public void One_in_words_of_its_own_has_an_address_and_nobody()
    {
        var delivery = Delivery.To(Channel.Email, "ada@example.com", "Hello", "Words", Later);

        Assert.Equal(("ada@example.com", "Hello", "Words", "general"), (delivery.Address, delivery.Subject, delivery.Body, delivery.Category));
        Assert.Equal((null, null, null), (delivery.UserId, delivery.BatchId, delivery.Template));
        Assert.Equal(new EmailDue(delivery.Id, null), Assert.Single(delivery.Events));
    }

    [Theory]
    [InlineData(AttemptOutcome.Sent, false, DeliveryState.Sent, false)]
    [InlineData(AttemptOutcome.Sent, true, DeliveryState.Sent, false)]
    [InlineData(AttemptOutcome.Rejected, false, DeliveryState.Dead, false)]
    [InlineData(AttemptOutcome.Unavailable, false, DeliveryState.Pending, false)]
    [InlineData(AttemptOutcome.Unavailable, true, DeliveryState.Dead, false)]
    [InlineData(AttemptOutcome.Unknown, false, DeliveryState.Pending, true)]
    [InlineData(AttemptOutcome.Unknown, true, DeliveryState.Dead, true)]
    public void Attempt_decides_the_state(AttemptOutcome outcome, bool isLast, DeliveryState state, bool isAmbiguous)
    {
        var delivery = Due();

        delivery.Record(Attempt(delivery, 1, outcome), "ada@example.com", isLast, Later);

        Assert.Equal((state, isAmbiguous, 1, "ada@example.com", Later), (delivery.State, delivery.IsAmbiguous, delivery.AttemptCount, delivery.Address, delivery.UpdatedAt));
        Assert.Equal(outcome == AttemptOutcome.Sent ? (Later, "sg-1", null) : (null, null, "error"), (delivery.SentAt, delivery.ProviderId, delivery.LastError));
    }

    // A provider that took it and says so in words that fit nowhere would otherwise get it again.
    [Fact, Trait("Promise", "N3")]
    public void Whatever_a_provider_answers_fits()
    {
        var delivery = Due();

        delivery.Record(new DeliveryAttempt(delivery.Id, 1, AttemptOutcome.Sent, new string('x', 5_000), $"one\0two\n{string.Concat(Enumerable.Repeat("😀", 2_000))}", Start, Later), "ada@example.com", false, Later);
        delivery.Judge(DeliveryVerdict.Failed, new string('y', 5_000), Later);

        Assert.Equal((Delivery.MaxProviderId, Suppression.MaxDetail), (delivery.ProviderId!.Length, delivery.VerdictReason!.Length));
        Assert.StartsWith("one two 😀", delivery.LastError, StringComparison.Ordinal);
        Assert.InRange(delivery.LastError!.Length, 1, Delivery.MaxError);
        Assert.False(char.IsHighSurrogate(delivery.LastError[^1]));
        Assert.Equal(Suppression.MaxDetail, new Suppression(Channel.Email, "a@example.com", SuppressionReason.Complaint, new string('z', 5_000), Later).Detail!.Length);
    }

    [Fact]
    public void What_was_once_ambiguous_stays_so()
    {
        var delivery = Due();

        delivery.Record(Attempt(delivery, 1, AttemptOutcome.Unknown), "ada@example.com", false, Later);
        delivery.Record(Attempt(delivery, 2, AttemptOutcome.Sent), "ada@example.com", false, Later);

        Assert.Equal((DeliveryState.Sent, true, 2, null), (delivery.State, delivery.IsAmbiguous, delivery.AttemptCount, delivery.LastError));
    }

    [Fact, Trait("Promise", "N3")]
    public void Attempts_of_which_nobody_told_are_made_up_for_once()
    {
        var delivery = Due();
        Assert.Empty(delivery.CutOff(1, Later));
        Assert.False(delivery.IsAmbiguous);

        var missing = delivery.CutOff(3, Later);

        Assert.Equal([(1, AttemptOutcome.Unknown), (2, AttemptOutcome.Unknown)], missing.Select(attempt => (attempt.Number, attempt.Outcome)));
        Assert.All(missing, attempt => Assert.Equal((delivery.Id, Later, null), (attempt.DeliveryId, attempt.StartedAt, attempt.EndedAt)));
        Assert.True(delivery.IsAmbiguous);
        Assert.Empty(delivery.CutOff(3, Later));
    }

    [Fact]
    public void What_failed_without_being_tried_and_is_tried_again_is_not_ambiguous()
    {
        var delivery = Due();
        delivery.Fail(1, "unwanted", Later);
        Value(delivery.Retry(Later));

        Assert.Empty(delivery.CutOff(2, Later));
        Assert.False(delivery.IsAmbiguous);
    }

    [Fact]
    public void Given_up_one_can_be_tried_again()
    {
        var delivery = Due();
        delivery.GiveUp(4, Later);
        Assert.Equal((DeliveryState.Dead, 4), (delivery.State, delivery.AttemptCount));

        Value(delivery.Retry(Later));

        Assert.Equal(DeliveryState.Pending, delivery.State);
        Assert.Empty(delivery.CutOff(5, Later));
    }

    [Fact]
    public void One_that_waits_for_its_next_attempt_can_be_tried_at_once_and_a_new_one_is_on_its_way()
    {
        var delivery = Due();
        Assert.Equal(NotificationErrors.InWork, Failure(delivery.Retry(Later)));

        delivery.Record(Attempt(delivery, 1, AttemptOutcome.Unavailable), "ada@example.com", false, Later);

        Value(delivery.Retry(Later));
    }

    [Fact, Trait("Promise", "N3")]
    public void What_was_sent_or_delivered_is_not_tried_again()
    {
        var sent = Due();
        sent.Record(Attempt(sent, 1, AttemptOutcome.Sent), "ada@example.com", false, Later);
        Assert.Equal(NotificationErrors.SentAlready, Failure(sent.Retry(Later)));

        var delivered = Due();
        delivered.Record(Attempt(delivered, 1, AttemptOutcome.Unknown), "ada@example.com", true, Later);
        delivered.Judge(DeliveryVerdict.Delivered, null, Later);
        Assert.Equal(NotificationErrors.SentAlready, Failure(delivered.Retry(Later)));
    }

    public static TheoryData<DeliveryVerdict[], DeliveryVerdict, string?> Verdicts => new()
    {
        { [DeliveryVerdict.Delivered], DeliveryVerdict.Delivered, null },
        { [DeliveryVerdict.Failed], DeliveryVerdict.Failed, "reason 1" },
        { [DeliveryVerdict.Failed, DeliveryVerdict.Failed], DeliveryVerdict.Failed, "reason 2" },
        { [DeliveryVerdict.Failed, DeliveryVerdict.Delivered], DeliveryVerdict.Delivered, null },
        { [DeliveryVerdict.Delivered, DeliveryVerdict.Failed], DeliveryVerdict.Delivered, null },
        { [DeliveryVerdict.Delivered, DeliveryVerdict.Failed, DeliveryVerdict.Delivered], DeliveryVerdict.Delivered, null },
    };

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Verdicts_come_in_any_order_and_delivered_is_delivered(DeliveryVerdict[] told, DeliveryVerdict verdict, string? reason)
    {
        var delivery = Due();
        foreach (var (index, one) in told.Index()) delivery.Judge(one, one == DeliveryVerdict.Failed ? $"reason {index + 1}" : null, Later.AddSeconds(index));

        Assert.Equal((verdict, reason), (delivery.Verdict, delivery.VerdictReason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Worker_and_webhook_write_different_columns_so_their_order_does_not_matter(bool verdictFirst)
    {
        var delivery = Due();
        if (verdictFirst) delivery.Judge(DeliveryVerdict.Failed, "mailbox full", Later);
        delivery.Record(Attempt(delivery, 1, AttemptOutcome.Sent), "ada@example.com", false, Later);
        if (!verdictFirst) delivery.Judge(DeliveryVerdict.Failed, "mailbox full", Later);

        Assert.Equal((DeliveryState.Sent, "sg-1", null), (delivery.State, delivery.ProviderId, delivery.LastError));
        Assert.Equal((DeliveryVerdict.Failed, "mailbox full", Later), (delivery.Verdict, delivery.VerdictReason, delivery.VerdictAt));
    }

    private static Delivery Due() => Delivery.To(Channel.Email, "ada@example.com", "Hello", "Words", Start);

    private static DeliveryAttempt Attempt(Delivery delivery, int number, AttemptOutcome outcome) =>
        new(delivery.Id, number, outcome, outcome == AttemptOutcome.Sent ? "sg-1" : null, outcome == AttemptOutcome.Sent ? null : "error", Start, Later);

    private static NotificationBatch SomeBatch(DateTimeOffset? sendAt = null) =>
        NotificationBatch.Accept(null, new Audience("user", []), [Channel.InApp, Channel.Email, Channel.Sms], "orders.shipped", "news", "{}", sendAt, 1, Start);
}
