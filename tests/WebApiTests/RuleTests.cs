using System.Net;
using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace GoApi.WebApiTests;

public class RuleTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("Az09._-", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\nb", false)]
    [InlineData("ä", false)]
    [InlineData("a/b", false)]
    public void A_request_id_is_harmless_everywhere(string id, bool good) => Assert.Equal(good, RequestId.IsGood(id));

    [Fact]
    public void A_request_id_has_at_most_128_characters()
    {
        Assert.True(RequestId.IsGood(new string('a', 128)));
        Assert.False(RequestId.IsGood(new string('a', 129)));
    }

    [Theory]
    [InlineData("\"3\"", new[] { "3" })]
    [InlineData("\"3\", \"4\"", new[] { "3", "4" })]
    [InlineData("W/\"3\"", new string[0])]
    [InlineData("W/\"3\", \"4\"", new[] { "4" })]
    [InlineData("3", new string[0])]
    [InlineData("\"3", new string[0])]
    public void If_match_is_compared_strongly(string header, string[] accepted) => Assert.Equal(accepted, EntityTags.Accepted(new StringValues(header)));

    [Fact]
    public void A_star_accepts_any_version() => Assert.Null(EntityTags.Accepted(new StringValues("*")));

    [Theory]
    [InlineData("GET", "\"3\"", true)]
    [InlineData("GET", "W/\"3\"", true)]
    [InlineData("HEAD", "\"1\", \"3\"", true)]
    [InlineData("GET", "*", true)]
    [InlineData("GET", "\"4\"", false)]
    [InlineData("GET", "3", false)]
    [InlineData("PUT", "\"3\"", false)]
    public void If_none_match_is_compared_weakly_and_for_reads_only(string method, string header, bool known)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Headers.IfNoneMatch = header;

        Assert.Equal(known, EntityTags.IsKnown(context.Request, EntityTags.Of(3)));
    }

    [Theory]
    [InlineData("/a/b?c=d", true)]
    [InlineData("/%C3%A4?q=%F0%9F%98%80", true)]
    [InlineData("/a?b=100%", true)]
    [InlineData("/a?b=%zz", true)]
    [InlineData("/%ff", false)]
    [InlineData("/a?b=%00", false)]
    [InlineData("/a?b=%c3", false)]
    [InlineData("/a?b=%ed%a0%80", false)]
    [InlineData("/a?b=%c0%af", false)]
    public void An_address_is_text(string target, bool text) => Assert.Equal(text, RequestText.IsText(target));

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    public void A_network_is_what_one_subscriber_has(string address, string network) => Assert.Equal(network, ClientNetwork.Of(IPAddress.Parse(address)));

    [Fact]
    public void Every_kind_of_error_has_a_status() =>
        Assert.All(Enum.GetValues<ErrorKind>(), kind => Assert.InRange(kind.ToStatus(), 400, 599));

    [Fact]
    public void A_permission_that_does_not_exist_does_not_start()
    {
        var route = WebApplication.CreateSlimBuilder().Build().MapGet("/", () => "");

        Assert.Throws<ArgumentException>(() => route.RequirePermission("reviews:invent"));
        Assert.Throws<ArgumentException>(() => route.RequireScope(Permission.ReviewsModerate + "x"));
    }
}
