using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

namespace GoApi.UnitTests.Kernel;

public class AggregateTests
{
    [Fact]
    public void Ids_sort_by_creation()
    {
        var made = Enumerable.Range(0, 1_000).Select(millisecond => MadeAt(Start.AddMilliseconds(millisecond))).ToArray();

        Assert.Equal(made.Select(review => review.Id), made.Select(review => review.Id).Order());
        // The databases compare them as text or as bytes, big end first: both must agree with the order of Guid.
        Assert.Equal(made.Select(review => review.Id), made.Select(review => review.Id).OrderBy(id => id.ToString(), StringComparer.Ordinal));
        Assert.Equal(
            made.Select(review => Convert.ToHexString(review.Id.ToByteArray(bigEndian: true))),
            made.Select(review => Convert.ToHexString(review.Id.ToByteArray(bigEndian: true))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Ids_of_one_moment_differ() =>
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => MadeAt(Start).Id).Distinct().Count());

    [Fact]
    public void Id_is_a_uuid_of_version_7() => Assert.Equal(7, MadeAt(Start).Id.Version);

    [Fact]
    public void New_one_is_version_1_of_its_moment()
    {
        var made = MadeAt(Start);

        Assert.Equal((1, Start, Start), (made.Version, made.CreatedAt, made.UpdatedAt));
    }

    [Fact]
    public void Events_are_kept_in_order_until_they_are_forgotten()
    {
        var review = MadeAt(Start);
        Value(review.Approve(NewId(), Later));

        Assert.Equal([typeof(ReviewSubmitted), typeof(ReviewApproved)], review.Events.Select(happened => happened.GetType()));

        review.ForgetEvents();
        Assert.Empty(review.Events);
    }

    private static Review MadeAt(DateTimeOffset moment) => Review.Submit(NewId(), "product", "42", 4, null, "It works.", moment);
}
