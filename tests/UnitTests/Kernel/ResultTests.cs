using GoApi.Domain.Kernel;

namespace GoApi.UnitTests.Kernel;

public class ResultTests
{
    [Fact]
    public void Value_is_read_where_there_is_no_error()
    {
        Result<int> result = 7;

        Assert.False(result.Failed(out var error, out var value));
        Assert.Null(error);
        Assert.Equal(7, value);
        Assert.False(result.Failed(out _));
    }

    [Fact]
    public void Error_stands_in_the_place_of_the_value()
    {
        Result<int> result = Error.NotFound("The thing");

        Assert.True(result.Failed(out var error, out var value));
        Assert.Equal("NOT_FOUND", error.Code);
        Assert.Equal(0, value);
        Assert.True(result.Failed(out var same));
        Assert.Same(error, same);
    }

    [Fact]
    public void Success_without_a_value_is_done()
    {
        Result<Done> result = Done.Value;

        Assert.False(result.Failed(out _, out var value));
        Assert.Equal(default, value);
    }
}
