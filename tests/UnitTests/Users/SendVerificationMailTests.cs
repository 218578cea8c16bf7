using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class SendVerificationMailTests : UsersWorld
{
    private readonly IEmailSender sender = Substitute.For<IEmailSender>();
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 2, false);
    private readonly List<EmailMessage> sent = [];

    public SendVerificationMailTests()
    {
        links.AppName.Returns("GoApi");
        links.VerifyEmail("token-1").Returns(new Uri("https://example.com/verify?token=token-1"));
        sender.SendAsync(Arg.Do<EmailMessage>(sent.Add), Arg.Any<CancellationToken>()).Returns(new SendResult(SendOutcome.Sent));
    }

    [Fact]
    public async Task Both_events_send_the_token_under_the_id_of_the_message()
    {
        Accounts.MakeVerificationTokenAsync(Me, Ct).Returns((Email, "Ada", "token-1"));

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new UserRegistered(Me), message, Ct));
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new VerificationRequested(Me), message, Ct));

        Assert.Equal(2, sent.Count);
        Assert.All(sent, mail =>
        {
            Assert.Equal((message.Id, Email, "Verify your e-mail address for GoApi"), (mail.MessageId, mail.To, mail.Subject));
            Assert.Contains("https://example.com/verify?token=token-1", mail.Text, StringComparison.Ordinal);
            Assert.Contains("href=\"https://example.com/verify?token=token-1\"", mail.Html, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Nothing_is_sent_where_there_is_nothing_to_verify_any_more()
    {
        Accounts.MakeVerificationTokenAsync(Me, Ct).Returns(((string, string, string)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new UserRegistered(Me), message, Ct));
        Assert.Empty(sent);
    }

    [Fact]
    public async Task Outcome_of_the_provider_decides_whether_there_is_another_attempt()
    {
        Accounts.MakeVerificationTokenAsync(Me, Ct).Returns((Email, "Ada", "token-1"));
        sender.SendAsync(Arg.Any<EmailMessage>(), Arg.Any<CancellationToken>()).Returns(new SendResult(SendOutcome.Rejected, Error: "400"));

        Assert.Equal(new Consumed.Dead("400"), await Consumer().HandleAsync(new UserRegistered(Me), message, Ct));
    }

    private SendVerificationMail Consumer() => new(Accounts, sender, links);
}
