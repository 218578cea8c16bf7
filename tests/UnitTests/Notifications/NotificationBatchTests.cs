using GoApi.Domain.Notifications;

namespace GoApi.UnitTests.Notifications;

public class NotificationBatchTests
{
    private static readonly Guid Last = NewId();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Accepted_one_waits_for_its_time_and_its_first_job_has_its_id(bool later)
    {
        var (creator, sendAt) = (NewId(), later ? Later : (DateTimeOffset?)null);

        var batch = NotificationBatch.Accept(creator, new Audience(null, [Last]), [Channel.Email], "orders.shipped", "news", """{"a":1}""", sendAt, 1, Start);

        Assert.Equal((BatchStatus.Scheduled, creator, null, 1, 0, 0), (batch.Status, batch.CreatedBy, batch.Role, batch.Accepted, batch.Expanded, batch.Skipped));
        Assert.Equal(("orders.shipped", "news", """{"a":1}""", sendAt), (batch.Template, batch.Category, batch.Variables, batch.SendAt));
        Assert.Equal([Last], batch.UserIds);
        Assert.Equal(new BatchDue(batch.Id, batch.Id, sendAt), Assert.Single(batch.Events));
    }

    [Fact]
    public void Part_is_counted_and_the_next_one_is_a_job_of_its_own()
    {
        var batch = Fresh();

        batch.Advance(Last, 500, 3, isEnd: false, Later);

        Assert.Equal((BatchStatus.Expanding, Last, 500, 3, null), (batch.Status, batch.After, batch.Expanded, batch.Skipped, batch.ExpandedAt));
        var next = Assert.IsType<BatchDue>(Assert.Single(batch.Events));
        Assert.Equal((batch.Id, null), (next.BatchId, next.NotBefore));
        Assert.NotEqual(batch.Id, next.JobId);
    }

    [Fact]
    public void Last_part_ends_it_and_leaves_no_job()
    {
        var batch = Fresh();
        batch.Advance(Last, 500, 3, isEnd: false, Later);
        batch.ForgetEvents();

        batch.Advance(null, 0, 0, isEnd: true, Later);

        Assert.Equal((BatchStatus.Expanded, Last, 500, 3, Later), (batch.Status, batch.After, batch.Expanded, batch.Skipped, batch.ExpandedAt));
        Assert.Empty(batch.Events);
    }

    [Fact]
    public void Cancelled_one_stays_where_it_is()
    {
        var batch = Fresh();
        Value(batch.Cancel(Later));

        batch.Advance(Last, 500, 3, isEnd: false, Later);

        Assert.Equal((BatchStatus.Cancelled, Later, 0, null), (batch.Status, batch.CancelledAt, batch.Expanded, batch.After));
        Assert.Empty(batch.Events);
        Assert.Equal(NotificationErrors.AlreadyCancelled, Failure(batch.Cancel(Later)));
    }

    [Fact]
    public void It_knows_the_message_with_which_a_worker_goes_on()
    {
        var batch = NotificationBatch.Accept(null, new Audience("user", []), [Channel.Email], "orders.shipped", "news", "{}", null, 501, Start);
        Assert.Equal(batch.Id, batch.NextPart);
        batch.ForgetEvents();

        batch.Advance(Last, 500, 0, isEnd: false, Later);
        Assert.Equal(Assert.IsType<BatchDue>(Assert.Single(batch.Events)).JobId, batch.NextPart);

        batch.Advance(Last, 1, 0, isEnd: true, Later);
        Assert.Null(batch.NextPart);
    }

    [Fact]
    public void What_has_its_deliveries_can_still_be_cancelled()
    {
        var batch = Fresh();
        batch.Advance(Last, 1, 0, isEnd: true, Later);

        Value(batch.Cancel(Later));

        Assert.Equal(BatchStatus.Cancelled, batch.Status);
    }

    private static NotificationBatch Fresh()
    {
        var batch = NotificationBatch.Accept(null, new Audience("user", []), [Channel.Email], "orders.shipped", "news", "{}", null, 501, Start);
        batch.ForgetEvents();
        return batch;
    }
}

public class SuppressionTests
{
    [Theory]
    [InlineData("Ada@Example.COM")]
    [InlineData(" ada@example.com\t")]
    public void Address_is_compared_without_regard_to_case(string address)
    {
        Assert.Equal("ada@example.com", Suppression.Normalize(address));
        Assert.Equal("ada@example.com", new Suppression(Channel.Email, address, SuppressionReason.HardBounce, null, Start).Address);
    }
}

public class CategoryTests
{
    [Theory]
    [InlineData("general", true)]
    [InlineData("a", true)]
    [InlineData("0_9-z", true)]
    [InlineData("abcdefghijklmnopqrstuvwxyz012345", true)]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456", false)]
    [InlineData("", false)]
    [InlineData("General", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    [InlineData("a.b", false)]
    public void Name_is_short_and_plain(string name, bool isName) => Assert.Equal(isName, Category.IsName(name));

    [Fact]
    public void Those_of_the_system_are_names_in_order() =>
        Assert.Equal(Category.All.Where(Category.IsName).Distinct().Order(StringComparer.Ordinal), Category.All);
}
