using GoApi.Application.Abstractions.Caching;

namespace GoApi.UnitTests.Abstractions;

public class CacheKeyTests
{
    [Fact]
    public void Keys_of_different_parts_are_different_whatever_is_in_them()
    {
        string?[][] parts = [["a", "b"], ["ab"], ["a", "", "b"], ["a", null, "b"], ["a:b"], ["a", "1:b"], ["a1", ":b"], ["b", "a"], ["", ""], [""], [null], []];

        Assert.Distinct(parts.Select(part => CacheKey.Of(part)));
        Assert.Equal(CacheKey.Of("a", null), CacheKey.Of("a", null));
    }
}
