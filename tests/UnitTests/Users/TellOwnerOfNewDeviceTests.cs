using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class TellOwnerOfNewDeviceTests : UsersWorld
{
    private readonly IUserDirectory directory = Substitute.For<IUserDirectory>();
    private readonly IKnownDevices devices = Substitute.For<IKnownDevices>();
    private readonly SentMessages sent = new(new Consumed.Failed("503"));
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid device = NewId();

    public TellOwnerOfNewDeviceTests()
    {
        links.ForgotPassword.Returns(new Uri("https://app.example.test/forgot-password"));
        directory.FindAddressAsync(Me, Ct).Returns((Email, "Ada", null));
        devices.DescribeAsync(device, Ct).Returns(new KnownDevice("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "203.0.113.9", Start));
    }

    [Fact]
    public async Task Owner_learns_which_device_where_and_when_and_the_outcome_is_passed_on()
    {
        Assert.Equal(new Consumed.Failed("503"), await Consumer().HandleAsync(new NewDeviceUsed(Me, device), message, Ct));

        sent.Single.Is(
            "users.new-device", message, new Recipient(Me, Email, null),
            ("first_name", "Ada"), ("device", "Firefox on Windows"), ("network", "203.0.113.9"), ("time", Start), ("link", new Uri("https://app.example.test/forgot-password")));
    }

    [Fact]
    public async Task Nobody_is_told_of_a_device_that_is_forgotten_or_an_account_that_is_gone()
    {
        devices.DescribeAsync(device, Ct).Returns((KnownDevice?)null);
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new NewDeviceUsed(Me, device), message, Ct));

        directory.FindAddressAsync(Me, Ct).Returns(((string, string, string?)?)null);
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new NewDeviceUsed(Me, device), message, Ct));
        Assert.Empty(sent.All);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge on Windows")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari on macOS")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone")]
    [InlineData("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android")]
    [InlineData("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", "Chrome on ChromeOS")]
    [InlineData("curl/8.5.0", "curl")]
    [InlineData("MyApp/2.1 (Android 14; Pixel)", "MyApp on Android")]
    [InlineData("Mozilla/5.0", "An unknown device")]
    [InlineData("", "An unknown device")]
    [InlineData(null, "An unknown device")]
    [InlineData("<script>alert(1)</script>", "An unknown device")]
    [InlineData("Click here: https://evil.example/", "Click")]
    public void Device_has_a_name_that_people_know(string? userAgent, string name) => Assert.Equal(name, DeviceName.Of(userAgent));

    private TellOwnerOfNewDevice Consumer() => new(directory, devices, sent, links);
}
