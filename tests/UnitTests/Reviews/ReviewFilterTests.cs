using GoApi.Application.Reviews;

namespace GoApi.UnitTests.Reviews;

public class ReviewFilterTests
{
    public static TheoryData<ReviewFilter, string[]> Filters => new()
    {
        { new(null, null, null, null, null), [] },
        { new(Text(64), Text(128), 1, NewId(), "created_at"), [] },
        { new(null, null, 5, null, "-rating"), [] },
        { new(Text(65), Text(129), 0, null, "title"), ["resource_type", "resource_id", "rating", "sort"] },
        { new(null, null, 6, null, ""), ["rating", "sort"] },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public void List_filter_is_held_to_its_boundaries(ReviewFilter filter, string[] faults) => Assert.Equal(faults, new ReviewFilterValidator().Faults(filter));

    [Theory]
    [InlineData(null, true)]
    [InlineData("pending", true)]
    [InlineData("approved", true)]
    [InlineData("rejected", true)]
    [InlineData("Pending", false)]
    [InlineData("", false)]
    [InlineData("0", false)]
    public void Moderation_filter_takes_a_status(string? status, bool good) =>
        Assert.Equal(good ? [] : ["status"], new ModerationFilterValidator().Faults(new ModerationFilter(status, null)));

    public static TheoryData<ReviewSubject, string[]> Subjects => new()
    {
        { new("product", "42"), [] },
        { new(Text(64), Text(128)), [] },
        { new(Text(65), Text(129)), ["resource_type", "resource_id"] },
        { new(null, null), ["resource_type", "resource_id"] },
        { new("", ""), ["resource_type", "resource_id"] },
    };

    [Theory]
    [MemberData(nameof(Subjects))]
    public void Summary_needs_a_subject(ReviewSubject subject, string[] faults) => Assert.Equal(faults, new ReviewSubjectValidator().Faults(subject));
}
