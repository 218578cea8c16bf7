using GoApi.Application.Reviews;

namespace GoApi.UnitTests.Reviews;

public class ReviewDtoTests
{
    private static readonly Guid Author = NewId();

    private static readonly ReviewDto Full = new()
    {
        Id = NewId(),
        UserId = Author,
        ResourceType = "product",
        ResourceId = "42",
        AuthorName = "Ada L.",
        Content = "It works.",
        Rating = 4,
        ModerationReason = "Off topic",
        ReportCount = 3,
    };

    [Fact]
    public void Moderator_sees_everything() => Assert.Equal(Full, Full.For(NewId(), moderator: true));

    [Fact]
    public void Author_sees_the_reason_and_not_the_reports() => Assert.Equal(Full with { ReportCount = null }, Full.For(Author, moderator: false));

    [Fact]
    public void Others_see_neither()
    {
        Assert.Equal(Full with { ReportCount = null, ModerationReason = null }, Full.For(NewId(), moderator: false));
        Assert.Equal(Full with { ReportCount = null, ModerationReason = null }, Full.For(null, moderator: false));
    }
}
