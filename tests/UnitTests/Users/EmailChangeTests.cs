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
    private static readonly Uri Link = new("https://example.com/verify?token=token-1");
    private static readonly Uri Forgot = new("https://example.com/forgot");

    private readonly IEmailChanges changes = Substitute.For<IEmailChanges>();
    private readonly SentMessages sent = new();
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid change = NewId();

    public EmailChangeMailTests()
    {
        links.ForgotPassword.Returns(Forgot);
        links.VerifyEmail("token-1").Returns(Link);
        changes.MakeTokenAsync(change, Arg.Any<CancellationToken>()).Returns((Me, "new@example.com", "Ada", "token-1", "de"));
        changes.FindOldAddressAsync(change, Arg.Any<CancellationToken>()).Returns((Me, "old@example.com", "Ada", "de"));
    }

    [Fact]
    public async Task New_address_gets_the_link_that_is_made_while_its_mail_is_rendered()
    {
        Assert.Equal(Consumed.Done, await new SendEmailChangeMail(changes, sent, links).HandleAsync(new EmailChangeRequested(change), message, Ct));

        sent.Single.Is("users.email-change", message, new Recipient(Me, "new@example.com", "de"), ("first_name", "Ada"), ("link", Link), ("token", "token-1"));
    }

    [Fact]
    public async Task Old_address_is_told_when_the_change_is_asked_for_and_gets_no_token()
    {
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sent, links).HandleAsync(new EmailChangeRequested(change), message, Ct));

        sent.Single.Is("users.email-changing", message, new Recipient(Me, "old@example.com", "de"), ("first_name", "Ada"), ("link", Forgot));
        await changes.DidNotReceiveWithAnyArgs().MakeTokenAsync(default, Ct);
        await changes.DidNotReceiveWithAnyArgs().ForgetAsync(default, Ct);
    }

    [Fact]
    public async Task Old_address_is_forgotten_when_it_was_told_that_it_is_done()
    {
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sent, links).HandleAsync(new EmailChanged(change), message, Ct));

        sent.Single.Is("users.email-changed", message, new Recipient(Me, "old@example.com", "de"), ("first_name", "Ada"));
        await changes.Received(1).ForgetAsync(change, Ct);
    }

    public static TheoryData<Consumed> Failures => [new Consumed.Failed("503"), new Consumed.Unknown("reset"), new Consumed.Dead("400"), new Consumed.Postponed(TimeSpan.FromSeconds(1))];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Old_address_that_was_not_told_is_kept(Consumed outcome)
    {
        sent.Outcome = outcome;

        Assert.Equal(outcome, await new TellOldAddress(changes, sent, links).HandleAsync(new EmailChanged(change), message, Ct));

        await changes.DidNotReceiveWithAnyArgs().ForgetAsync(default, Ct);
    }

    [Fact]
    public async Task Change_that_was_replaced_is_written_of_to_nobody()
    {
        var other = NewId();
        changes.MakeTokenAsync(other, Ct).Returns(((Guid, string, string, string, string?)?)null);
        changes.FindOldAddressAsync(other, Ct).Returns(((Guid, string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await new SendEmailChangeMail(changes, sent, links).HandleAsync(new EmailChangeRequested(other), message, Ct));
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sent, links).HandleAsync(new EmailChangeRequested(other), message, Ct));
        Assert.Equal(Consumed.Done, await new TellOldAddress(changes, sent, links).HandleAsync(new EmailChanged(other), message, Ct));

        Assert.Empty(sent.All);
    }
}
