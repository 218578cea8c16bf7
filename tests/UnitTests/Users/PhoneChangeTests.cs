using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class RequestPhoneChangeTests : UsersWorld
{
    private static readonly RequestPhoneChange Request = new("+447400123456");

    [Fact]
    public async Task Number_is_kept_audited_and_saved_once()
    {
        Phones.RequestAsync(Me, Request.Phone, Ct).Returns(Done.Value);

        Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Audit.Received(1).Record("users.phone_change_request", AuditStatus.Success, "user", Me.ToString());
        await SavedOnce();
    }

    public static TheoryData<Error> Refusals => [UserErrors.BadPhone, UserErrors.NotFound, UserErrors.TooManyMessages(TimeSpan.FromSeconds(7))];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Refusal_is_passed_on_and_nothing_is_saved(Error refusal)
    {
        Phones.RequestAsync(Me, Request.Phone, Ct).Returns(refusal);

        Assert.Equal(refusal, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));
        await NothingSaved();
    }

    [Fact]
    public async Task Machine_has_no_phone()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        await NothingSaved();
    }

    [Theory]
    [InlineData("+447400123456")]
    [InlineData("", "phone")]
    [InlineData("07400 123456", "phone")]
    public void Faults_are_named(string phone, params string[] faults) => Assert.Equal(faults, new RequestPhoneChangeValidator().Faults(new RequestPhoneChange(phone)));

    private IUseCase<RequestPhoneChange, Done> Hosted(ICurrentActor actor) => Given.Hosted(new RequestPhoneChangeHandler(Phones, Audit, UnitOfWork, actor), new RequestPhoneChangeValidator());
}

public class ConfirmPhoneTests : UsersWorld
{
    private static readonly ConfirmPhone Request = new(new Secret("123456"));

    private readonly ITransaction transaction = Substitute.For<ITransaction>();

    public ConfirmPhoneTests() => UnitOfWork.BeginAsync(Arg.Any<CancellationToken>()).Returns(transaction);

    [Fact]
    public async Task Right_code_is_used_up_and_saved_in_one_transaction()
    {
        Phones.ConfirmAsync(Me, Request.Code, Ct).Returns(Done.Value);

        Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Received.InOrder(() =>
        {
            UnitOfWork.BeginAsync(Ct);
            Phones.ConfirmAsync(Me, Request.Code, Ct);
            UnitOfWork.SaveAsync(Ct);
            transaction.CommitAsync(Ct);
        });
        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
    }

    [Fact]
    public async Task Wrong_code_is_audited_and_its_count_is_committed()
    {
        Phones.ConfirmAsync(Me, Request.Code, Ct).Returns(UserErrors.WrongPhoneCode);

        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.Equal(("VALIDATION_FAILED", "code"), (error.Code, error.Fields.Single().Field));
        Audit.Received(1).Record("users.phone_verify", AuditStatus.Failure, "user", Me.ToString(), "VALIDATION_FAILED");
        await SavedOnce();
        await transaction.Received(1).CommitAsync(Ct);
    }

    [Fact]
    public async Task Machine_has_no_phone()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        await NothingSaved();
    }

    [Theory]
    [InlineData("123456")]
    [InlineData(" ", "code")]
    [InlineData(null, "code")]
    public void Faults_are_named(string? code, params string[] faults) => Assert.Equal(faults, new ConfirmPhoneValidator().Faults(new ConfirmPhone(new Secret(code))));

    private IUseCase<ConfirmPhone, Done> Hosted(ICurrentActor actor) => Given.Hosted(new ConfirmPhoneHandler(Phones, Audit, UnitOfWork, actor), new ConfirmPhoneValidator());
}

public class SendPhoneCodeTests : UsersWorld
{
    private readonly SentMessages sent = new(new Consumed.Unknown("reset"));
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid nonce = NewId();

    [Fact]
    public async Task Code_is_made_while_the_message_is_rendered_and_the_outcome_passed_on()
    {
        Phones.MakeCodeAsync(Me, nonce, Ct).Returns(("+447400123456", "123456", "de"));

        Assert.Equal(new Consumed.Unknown("reset"), await Consumer().HandleAsync(new PhoneChangeRequested(Me, nonce), message, Ct));

        Assert.Equal("text", sent.Single.Kind);
        sent.Single.Is("users.phone-code", message, new Recipient(Me, "+447400123456", "de"), ("code", "123456"));
    }

    [Fact]
    public async Task Request_that_was_replaced_or_answered_sends_nothing()
    {
        Phones.MakeCodeAsync(Me, nonce, Ct).Returns(((string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new PhoneChangeRequested(Me, nonce), message, Ct));
        Assert.Empty(sent.All);
    }

    private SendPhoneCode Consumer() => new(Phones, sent);
}
