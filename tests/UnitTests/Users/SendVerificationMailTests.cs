using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class SendVerificationMailTests : UsersWorld
{
    private static readonly Uri Link = new("https://example.com/verify?token=token-1");

    private readonly SentMessages sent = new();
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 2, false);

    public SendVerificationMailTests() => links.VerifyEmail("token-1").Returns(Link);

    [Fact]
    public async Task Both_events_send_the_token_under_the_id_of_the_message()
    {
        Accounts.MakeVerificationTokenAsync(Me, Ct).Returns((Email, "Ada", "token-1", "de"));

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new UserRegistered(Me), message, Ct));
        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new VerificationRequested(Me), message, Ct));

        Assert.Equal(2, sent.All.Count);
        Assert.All(sent.All, mail => mail.Is("users.verify-email", message, new Recipient(Me, Email, "de"), ("first_name", "Ada"), ("link", Link), ("token", "token-1")));
    }

    [Fact]
    public async Task Nothing_is_sent_where_there_is_nothing_to_verify_any_more()
    {
        Accounts.MakeVerificationTokenAsync(Me, Ct).Returns(((string, string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new UserRegistered(Me), message, Ct));
        Assert.Empty(sent.All);
    }

    [Fact]
    public async Task Outcome_decides_whether_there_is_another_attempt()
    {
        Accounts.MakeVerificationTokenAsync(Me, Ct).Returns((Email, "Ada", "token-1", null));
        sent.Outcome = new Consumed.Dead("400");

        Assert.Equal(new Consumed.Dead("400"), await Consumer().HandleAsync(new UserRegistered(Me), message, Ct));
    }

    private SendVerificationMail Consumer() => new(Accounts, sent, links);
}
