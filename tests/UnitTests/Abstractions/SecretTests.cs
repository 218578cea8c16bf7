using System.Text.Json;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;

namespace GoApi.UnitTests.Abstractions;

public class SecretTests
{
    private static readonly LogIn Request = new("ada@example.com", new Secret("s3cr3t-value"));

    [Fact]
    public void Nothing_that_prints_a_request_shows_it()
    {
        Assert.DoesNotContain("s3cr3t-value", Request.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t-value", $"{Request.Password}", StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t-value", JsonSerializer.Serialize(Request, JsonSerializerOptions.Web), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_read_as_it_was_sent() =>
        Assert.Equal("  spaces stay  ", JsonSerializer.Deserialize<Secret>("\"  spaces stay  \"").Value);

    [Theory]
    [InlineData("{\"email\":\"ada@example.com\"}")]
    [InlineData("{\"email\":\"ada@example.com\",\"password\":null}")]
    public void Missing_one_is_empty_so_that_validation_can_name_the_field(string json) =>
        Assert.True(JsonSerializer.Deserialize<LogIn>(json, JsonSerializerOptions.Web)!.Password.IsEmpty);

    [Theory]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[]")]
    public void Anything_but_text_is_unreadable(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Secret>(json));

    [Fact]
    public void Empty_is_what_has_no_character()
    {
        Assert.True(default(Secret).IsEmpty);
        Assert.True(new Secret("").IsEmpty);
        Assert.False(new Secret(" ").IsEmpty);
    }
}
