using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class TellOwnerOfRegistrationTests : UsersWorld
{
    private readonly IUserDirectory directory = Substitute.For<IUserDirectory>();
    private readonly IEmailSender sender = Substitute.For<IEmailSender>();
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);
    private readonly List<EmailMessage> sent = [];

    public TellOwnerOfRegistrationTests()
    {
        links.AppName.Returns("GoApi");
        links.ForgotPassword.Returns(new Uri("https://example.com/forgot"));
        sender.SendAsync(Arg.Do<EmailMessage>(sent.Add), Arg.Any<CancellationToken>()).Returns(new SendResult(SendOutcome.Unknown, Error: "reset"));
    }

    [Fact]
    public async Task Owner_is_told_and_the_outcome_passed_on()
    {
        directory.FindAddressAsync(Me, Ct).Returns((Email, "Ada"));

        Assert.Equal(new Consumed.Unknown("reset"), await Consumer().HandleAsync(new RegistrationRepeated(Me), message, Ct));

        var mail = Assert.Single(sent);
        Assert.Equal((message.Id, Email, "You have an account with GoApi already"), (mail.MessageId, mail.To, mail.Subject));
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        directory.FindAddressAsync(Me, Ct).Returns(((string, string)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new RegistrationRepeated(Me), message, Ct));
        Assert.Empty(sent);
    }

    private TellOwnerOfRegistration Consumer() => new(directory, sender, links);
}
