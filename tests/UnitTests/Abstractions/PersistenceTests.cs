using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;

namespace GoApi.UnitTests.Abstractions;

public class EnumTextTests
{
    private enum Sample
    {
        InProgress,
        Done,
    }

    [Fact]
    public void Text_is_snake_case()
    {
        Assert.Equal("in_progress", Sample.InProgress.ToText());
        Assert.Equal(["pending", "approved", "rejected"], Enum.GetValues<ReviewStatus>().Select(EnumText.ToText));
        Assert.Equal(["user", "support", "moderator", "admin"], Enum.GetValues<Role>().Select(EnumText.ToText));
        Assert.Equal(["active", "suspended", "anonymized"], Enum.GetValues<UserStatus>().Select(EnumText.ToText));
        Assert.Equal(["success", "failure", "denied"], Enum.GetValues<AuditStatus>().Select(EnumText.ToText));
    }

    [Fact]
    public void Every_value_comes_back() => Assert.All(Enum.GetValues<Sample>(), value => Assert.Equal(value, EnumText.Parse<Sample>(value.ToText())));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("InProgress")]
    [InlineData("0")]
    [InlineData("in_progress,done")]
    [InlineData(" done")]
    public void Anything_else_is_no_value(string? text) => Assert.Null(EnumText.Parse<Sample>(text));

    [Fact]
    public void Rule_names_the_values_that_there_are()
    {
        var rules = new InlineValidator<PageRequest>();
        rules.RuleFor(request => request.Cursor).OneOf<PageRequest, Sample>();

        Assert.Empty(rules.Faults(new PageRequest(null, null, null)));
        Assert.Empty(rules.Faults(new PageRequest(null, null, "done")));
        Assert.Equal("Use one of in_progress, done.", rules.Validate(new PageRequest(null, null, "Done")).Errors.Single().ErrorMessage);
    }
}

public class PageRequestTests
{
    public static TheoryData<PageRequest, string[]> Boundaries => new()
    {
        { new(null, null, null), [] },
        { new(1, 1, null), [] },
        { new(10_000, 100, null), [] },
        { new(0, 0, null), ["page", "limit"] },
        { new(10_001, 101, null), ["page", "limit"] },
        { new(-1, -1, null), ["page", "limit"] },
        { new(null, 20, Text(1_024)), [] },
        { new(null, 20, Text(1_025)), ["cursor"] },
        { new(1, null, "cursor"), ["page"] },
        { new(0, null, "cursor"), ["page"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Boundaries_are_kept(PageRequest request, string[] faults) => Assert.Equal(faults, new PageRequestValidator().Faults(request));

    [Fact]
    public void First_page_of_20_is_meant_where_nothing_is_said()
    {
        Assert.Equal((1, 20), (new PageRequest(null, null, null).Number, new PageRequest(null, null, null).Size));
        Assert.Equal((3, 50), (new PageRequest(3, 50, null).Number, new PageRequest(3, 50, null).Size));
    }
}

public class SortRulesTests
{
    private static readonly string[] Good = ["created_at", "-created_at", "rating", "-rating"];

    [Fact]
    public void Named_field_is_taken_in_both_orders() => Assert.All(Good, sort => Assert.True(IsSort(sort)));

    [Fact]
    public void Default_order_needs_no_field() => Assert.True(IsSort(null));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("--rating")]
    [InlineData("-rating-")]
    [InlineData("+rating")]
    [InlineData("Rating")]
    [InlineData("rating desc")]
    [InlineData("rating;drop table reviews")]
    public void Anything_else_is_refused(string sort) => Assert.False(IsSort(sort));

    [Fact]
    public void Nothing_but_the_named_fields_is_ever_taken() => Always<string?>(sort => sort is null || IsSort(sort) == Good.Contains(sort));

    private static bool IsSort(string? sort)
    {
        var rules = new InlineValidator<PageRequest>();
        rules.RuleFor(request => request.Cursor).SortedBy("created_at", "rating");
        return rules.Validate(new PageRequest(null, null, sort)).IsValid;
    }
}

public class ExpectedVersionTests
{
    private readonly ExpectedVersion expected = new();
    private readonly Guid id = NewId();

    [Fact]
    public void Named_version_passes()
    {
        expected.Require(id, "3");

        expected.Check(id, 3);
    }

    [Fact]
    public void Another_version_of_the_named_resource_fails()
    {
        expected.Require(id, "3");

        Assert.Throws<PreconditionFailedException>(() => expected.Check(id, 4));
    }

    [Fact]
    public void Other_resources_are_not_held_against_it()
    {
        expected.Check(id, 1);
        expected.Require(id, "3");

        expected.Check(NewId(), 4);
    }
}
