using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class RequestEmailChangeTests : UsersWorld
{
    private static readonly RequestEmailChange Request = new("new@example.com", Password);

    [Fact]
    public async Task Address_is_kept_audited_and_saved_once()
    {
        Credentials.RequestEmailAsync(Me, Request.Email, Password, Ct).Returns(Done.Value);

        Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Audit.Received(1).Record("users.email_change_request", AuditStatus.Success, "user", Me.ToString());
        await Credentials.DidNotReceiveWithAnyArgs().TellOwnerOfAddressAsync("", Ct);
        await SavedOnce();
    }

    public static TheoryData<Error> Refusals => [UserErrors.WrongPassword, UserErrors.SameEmail, UserErrors.EmailTaken, UserErrors.NotFound];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Refusal_is_audited_and_passed_on(Error refusal)
    {
        Credentials.RequestEmailAsync(Me, Request.Email, Password, Ct).Returns(refusal);

        Assert.Equal(refusal, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));

        Audit.Received(1).Record("users.email_change_request", AuditStatus.Failure, "user", Me.ToString(), refusal.Code);
        await Credentials.DidNotReceiveWithAnyArgs().TellOwnerOfAddressAsync("", Ct);
        await SavedOnce();
    }

    [Fact]
    public async Task Where_registration_is_private_only_the_owner_of_a_known_address_is_told()
    {
        Policy.IsPrivate.Returns(true);
        Credentials.RequestEmailAsync(Me, Request.Email, Password, Ct).Returns(UserErrors.EmailTaken);

        Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Received.InOrder(() =>
        {
            Credentials.TellOwnerOfAddressAsync(Request.Email, Ct);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Machine_has_no_address()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        await NothingSaved();
    }

    [Theory]
    [InlineData("new@example.com", "x")]
    [InlineData("nonsense", "x", "email")]
    [InlineData("", null, "email", "password")]
    public void Faults_are_named_at_once(string email, string? password, params string[] faults) =>
        Assert.Equal(faults, new RequestEmailChangeValidator().Faults(new RequestEmailChange(email, new Secret(password))));

    private IUseCase<RequestEmailChange, Done> Hosted(ICurrentActor actor) =>
        Given.Hosted(new RequestEmailChangeHandler(Credentials, Policy, Audit, UnitOfWork, actor), new RequestEmailChangeValidator());
}

public class EmailChangeMailTests : UsersWorld
{
    private readonly IEmailChanges changes = Substitute.For<IEmailChanges>();
    private readonly IEmailSender sender = Substitute.For<IEmailSender>();
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid change = NewId();
    private readonly List<EmailMessage> sent = [];

    public EmailChangeMailTests()
    {
        links.AppName.Returns("GoApi");
        links.ForgotPassword.Returns(new Uri("https://example.com/forgot"));
        links.VerifyEmail("token-1").Returns(new Uri("https://example.com/verify?token=token-1"));
        changes.MakeTokenAsync(change, Arg.Any<CancellationToken>()).Returns(("new@example.com", "Ada", "token-1"));
        changes.FindOldAddressAsync(change, Arg.Any<CancellationToken>()).Returns(("old@example.com", "Ada"));
        Sending(SendOutcome.Sent);
    }

    [Fact]
    public async Task New_address_gets_the_link_that_is_made_while_its_mail_is_rendered()
    {
        Assert.Equal(Consumed.Done, await new SendEmailChangeMail(changes, sender, links).HandleAsync(new EmailChangeRequested(change), message, Ct));

        var mail = Assert.Single(sent);
        Assert.Equal((message.Id, "new@example.com", "Confirm your new e-mail address for GoApi"), (mail.MessageId, mail.To, mail.Subject));
        Assert.Contains("https://example.com/verify?token=token-1", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("old@example.com", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_address_is_told_when_the_change_is_asked_for_and_gets_no_token()
    {
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sender, links).HandleAsync(new EmailChangeRequested(change), message, Ct));

        var mail = Assert.Single(sent);
        Assert.Equal((message.Id, "old@example.com", "Your e-mail address is about to change (GoApi)"), (mail.MessageId, mail.To, mail.Subject));
        Assert.Contains("https://example.com/forgot", mail.Text, StringComparison.Ordinal);
        await changes.DidNotReceiveWithAnyArgs().MakeTokenAsync(default, Ct);
        await changes.DidNotReceiveWithAnyArgs().ForgetAsync(default, Ct);
    }

    [Fact]
    public async Task Old_address_is_forgotten_when_it_was_told_that_it_is_done()
    {
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sender, links).HandleAsync(new EmailChanged(change), message, Ct));

        Assert.Equal(("old@example.com", "Your e-mail address was changed (GoApi)"), (sent.Single().To, sent.Single().Subject));
        await changes.Received(1).ForgetAsync(change, Ct);
    }

    [Theory]
    [InlineData(SendOutcome.Unavailable)]
    [InlineData(SendOutcome.Unknown)]
    [InlineData(SendOutcome.Rejected)]
    public async Task Old_address_that_was_not_told_is_kept(SendOutcome outcome)
    {
        Sending(outcome);

        Assert.NotEqual(Consumed.Done, await new TellOldAddress(changes, sender, links).HandleAsync(new EmailChanged(change), message, Ct));

        await changes.DidNotReceiveWithAnyArgs().ForgetAsync(default, Ct);
    }

    [Fact]
    public async Task Change_that_was_replaced_is_written_of_to_nobody()
    {
        var other = NewId();
        changes.MakeTokenAsync(other, Ct).Returns(((string, string, string)?)null);
        changes.FindOldAddressAsync(other, Ct).Returns(((string, string)?)null);

        Assert.Equal(Consumed.Done, await new SendEmailChangeMail(changes, sender, links).HandleAsync(new EmailChangeRequested(other), message, Ct));
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sender, links).HandleAsync(new EmailChangeRequested(other), message, Ct));
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sender, links).HandleAsync(new EmailChanged(other), message, Ct));

        Assert.Empty(sent);
    }

    private void Sending(SendOutcome outcome) => sender.SendAsync(Arg.Do<EmailMessage>(sent.Add), Arg.Any<CancellationToken>()).Returns(new SendResult(outcome));
}
