using System.Text.Json;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;

namespace GoApi.WebApiTests;

public class JsonTests
{
    private static readonly JsonSerializerOptions Options = Configured();

    [Theory]
    [InlineData("2026-01-15T10:30:00Z", "2026-01-15T10:30:00.000Z")]
    [InlineData("2026-01-15t10:30:00z", "2026-01-15T10:30:00.000Z")]
    [InlineData("2026-01-15 10:30:00.5+02:00", "2026-01-15T08:30:00.500Z")]
    [InlineData("2026-01-15T10:30:00.123456789Z", "2026-01-15T10:30:00.123Z")]
    [InlineData("2026-01-15T10:30:00-00:00", "2026-01-15T10:30:00.000Z")]
    public void A_moment_is_read_as_rfc_3339_and_written_in_utc(string sent, string written) =>
        Assert.Equal($"\"{written}\"", JsonSerializer.Serialize(JsonSerializer.Deserialize<DateTimeOffset>($"\"{sent}\"", Options), Options));

    [Theory]
    [InlineData("\"2026-01-15T10:30:00\"")]
    [InlineData("\"2026-01-15\"")]
    [InlineData("\"2026-13-15T10:30:00Z\"")]
    [InlineData("\"2026-01-15T10:30:00.Z\"")]
    [InlineData("\"2026-01-15T10:30:00+0200\"")]
    [InlineData("\"15 January 2026 10:30:00 Z\"")]
    [InlineData("\"\"")]
    [InlineData("17")]
    public void A_moment_that_is_not_one_is_refused(string sent) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>(sent, Options));

    [Fact]
    public void Text_is_trimmed() => Assert.Equal("a b", JsonSerializer.Deserialize<string>("\" \\t a b\\u00a0\"", Options));

    [Theory]
    [InlineData("\"a\\u0000b\"")]
    [InlineData("\"a\\ud800\"")]
    [InlineData("\"\\udc00a\"")]
    [InlineData("5")]
    public void What_is_no_text_is_refused(string sent) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<string>(sent, Options));

    [Fact]
    public void A_secret_is_left_as_it_is() =>
        Assert.Equal(" pass word ", JsonSerializer.Deserialize<LogIn>("""{"email":" a@b.c ","password":" pass word "}""", Options)!.Password.Value);

    [Fact]
    public void An_enumeration_is_snake_case_text_and_no_number()
    {
        Assert.Equal("\"user\"", JsonSerializer.Serialize(Role.User, Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Role>("1", Options));
    }

    [Fact]
    public void A_name_that_comes_twice_is_refused() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<VerifyEmail>("""{"token":"a","token":"b"}""", Options));

    [Fact]
    public void Nesting_has_a_bound()
    {
        var deep = new string('[', 40) + new string(']', 40);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<JsonElement>(deep, Options));
    }

    [Fact]
    public void A_patch_replaces_what_it_names_and_keeps_the_rest()
    {
        var now = new UpdateProfile("Ada", "Lovelace", null, "Mathematician", new DateOnly(1815, 12, 10), null, null, "London", null, "GB", null, null, null);
        var patch = JsonSerializer.Deserialize<JsonElement>("""{"bio":null,"city":" Paris ","unknown":{"a":1}}""", Options);

        Assert.False(MergePatch.Apply(now, patch, Options).Failed(out _, out var merged));
        Assert.Equal(now with { Bio = null, City = "Paris" }, merged);
    }

    [Theory]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("{\"city\":5}", "city")]
    [InlineData("{\"city\":\"\\ud800\"}", null)]
    [InlineData("{\"date_of_birth\":\"soon\"}", "date_of_birth")]
    public void A_patch_that_does_not_fit_names_the_field(string sent, string? field)
    {
        var now = new UpdateProfile("Ada", "Lovelace", null, null, null, null, null, null, null, null, null, null, null);

        Assert.True(MergePatch.Apply(now, JsonSerializer.Deserialize<JsonElement>(sent, Options), Options).Failed(out var error));
        Assert.Equal("BAD_REQUEST", error.Code);
        Assert.Equal(field, error.Fields.SingleOrDefault()?.Field);
    }

    private static JsonSerializerOptions Configured()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ApiJson.Configure(options);
        return options;
    }
}
