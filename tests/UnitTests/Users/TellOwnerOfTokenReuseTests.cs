using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class TellOwnerOfTokenReuseTests : UsersWorld
{
    private readonly IUserDirectory directory = Substitute.For<IUserDirectory>();
    private readonly IEmailSender sender = Substitute.For<IEmailSender>();
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid session = NewId();
    private readonly List<EmailMessage> sent = [];

    public TellOwnerOfTokenReuseTests()
    {
        links.AppName.Returns("GoApi");
        directory.FindAddressAsync(Me, Ct).Returns((Email, "Ada"));
        sender.SendAsync(Arg.Do<EmailMessage>(sent.Add), Arg.Any<CancellationToken>()).Returns(new SendResult(SendOutcome.Unavailable, Error: "503"));
    }

    [Fact]
    public async Task Owner_learns_which_program_it_was_and_the_outcome_is_passed_on()
    {
        Sessions.FindProgramAsync(session, Ct).Returns("Shop & Sons");

        Assert.Equal(new Consumed.Failed("503"), await Consumer().HandleAsync(new TokenReuseDetected(Me, session), message, Ct));

        var mail = Assert.Single(sent);
        Assert.Equal((message.Id, Email, "We have ended a session of yours at GoApi"), (mail.MessageId, mail.To, mail.Subject));
        Assert.Contains("What keeps Shop & Sons logged in", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Shop &amp; Sons", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_that_is_gone_has_no_program()
    {
        Sessions.FindProgramAsync(session, Ct).Returns((string?)null);

        await Consumer().HandleAsync(new TokenReuseDetected(Me, session), message, Ct);

        Assert.Contains("What keeps a program logged in", Assert.Single(sent).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        directory.FindAddressAsync(Me, Ct).Returns(((string, string)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new TokenReuseDetected(Me, session), message, Ct));
        Assert.Empty(sent);
    }

    private TellOwnerOfTokenReuse Consumer() => new(directory, Sessions, sender, links);
}
