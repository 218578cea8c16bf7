using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class TellOwnerOfRegistrationTests : UsersWorld
{
    private readonly IUserDirectory directory = Substitute.For<IUserDirectory>();
    private readonly SentMessages sent = new(new Consumed.Unknown("reset"));
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);

    public TellOwnerOfRegistrationTests() => links.ForgotPassword.Returns(new Uri("https://example.com/forgot"));

    [Fact]
    public async Task Owner_is_told_and_the_outcome_passed_on()
    {
        directory.FindAddressAsync(Me, Ct).Returns((Email, "Ada", "de"));

        Assert.Equal(new Consumed.Unknown("reset"), await Consumer().HandleAsync(new RegistrationRepeated(Me), message, Ct));

        sent.Single.Is("users.registration-repeated", message, new Recipient(Me, Email, "de"), ("first_name", "Ada"), ("link", new Uri("https://example.com/forgot")));
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        directory.FindAddressAsync(Me, Ct).Returns(((string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new RegistrationRepeated(Me), message, Ct));
        Assert.Empty(sent.All);
    }

    private TellOwnerOfRegistration Consumer() => new(directory, sent, links);
}
