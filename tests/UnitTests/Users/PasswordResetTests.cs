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

public class RequestPasswordResetTests : UsersWorld
{
    [Fact]
    public async Task Known_and_unknown_addresses_are_audited_saved_and_answered_alike()
    {
        Resets.RequestAsync(Email, Ct).Returns(Me);
        Resets.RequestAsync("nobody@example.com", Ct).Returns((Guid?)null);

        Value(await Hosted().HandleAsync(new RequestPasswordReset(Email), Ct));
        Value(await Hosted().HandleAsync(new RequestPasswordReset("nobody@example.com"), Ct));

        Audit.Received(1).Record("users.password_forgot", AuditStatus.Success, "user", Me.ToString(), null, Me);
        Audit.Received(1).Record("users.password_forgot", AuditStatus.Failure, "user", null, "NOT_FOUND", null);
        await UnitOfWork.Received(2).SaveAsync(Ct);
    }

    [Fact]
    public async Task What_is_no_address_is_invalid_and_looked_up_nowhere()
    {
        var error = Failure(await Hosted().HandleAsync(new RequestPasswordReset("nonsense"), Ct));

        Assert.Equal(("VALIDATION_FAILED", "email"), (error.Code, error.Fields.Single().Field));
        await Resets.DidNotReceiveWithAnyArgs().RequestAsync("", Ct);
        await NothingSaved();
    }

    private IUseCase<RequestPasswordReset, Done> Hosted() => Given.Hosted(new RequestPasswordResetHandler(Resets, Audit, UnitOfWork), new RequestPasswordResetValidator());
}

public class ResetPasswordTests : UsersWorld
{
    private static readonly ResetPassword Request = new("token", Password);

    public ResetPasswordTests() => Resets.FindAsync("token", Arg.Any<CancellationToken>()).Returns(new AccountOwner(Me, Email, "Augusta", "Lovelace"));

    [Fact]
    public async Task Password_is_set_and_then_all_sessions_end_with_it()
    {
        Value(await Hosted().HandleAsync(Request, Ct));

        Received.InOrder(() =>
        {
            Resets.SetPasswordAsync(Me, Password, Ct);
            Sessions.EndAllAsync(Me, null, Ct);
        });
    }

    [Fact]
    public async Task Bad_token_is_invalid_and_changes_nothing()
    {
        Resets.FindAsync("token", Ct).Returns(UserErrors.BadToken);

        var error = Failure(await Hosted().HandleAsync(Request, Ct));

        Assert.Equal(("VALIDATION_FAILED", "token"), (error.Code, error.Fields.Single().Field));
        await NothingChanged();
    }

    [Theory]
    [InlineData("my name is Lovelace")]
    [InlineData("AUGUSTA1234567")]
    [InlineData("ada@example.com!")]
    public async Task Password_with_the_owner_in_it_is_invalid_and_changes_nothing(string password)
    {
        var error = Failure(await Hosted().HandleAsync(Request with { NewPassword = new Secret(password) }, Ct));

        Assert.Equal(("VALIDATION_FAILED", "new_password"), (error.Code, error.Fields.Single().Field));
        await NothingChanged();
    }

    [Theory]
    [InlineData("token", "correct horse battery")]
    [InlineData("token", "1234567", "new_password")]
    [InlineData("token", "password123", "new_password")]
    [InlineData("", null, "token", "new_password")]
    public void Faults_are_named_at_once(string token, string? password, params string[] faults) =>
        Assert.Equal(faults, new ResetPasswordValidator().Faults(new ResetPassword(token, new Secret(password))));

    [Fact]
    public void Token_has_a_boundary()
    {
        Assert.Empty(new ResetPasswordValidator().Faults(new ResetPassword(Text(1_024), Password)));
        Assert.Equal(["token"], new ResetPasswordValidator().Faults(new ResetPassword(Text(1_025), Password)));
    }

    private async Task NothingChanged()
    {
        await Resets.DidNotReceiveWithAnyArgs().SetPasswordAsync(default, default, Ct);
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
    }

    private IUseCase<ResetPassword, Done> Hosted() => Given.Hosted(new ResetPasswordHandler(Resets, Sessions), new ResetPasswordValidator());
}

public class CredentialMailTests : UsersWorld
{
    private static readonly Uri Link = new("https://example.com/reset?token=token-1");
    private static readonly Uri Forgot = new("https://example.com/forgot");

    private readonly IUserDirectory directory = Substitute.For<IUserDirectory>();
    private readonly SentMessages sent = new(new Consumed.Unknown("reset"));
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);

    public CredentialMailTests()
    {
        links.ForgotPassword.Returns(Forgot);
        links.ResetPassword("token-1").Returns(Link);
        directory.FindAddressAsync(Me, Arg.Any<CancellationToken>()).Returns((Email, "Ada", "de"));
    }

    [Fact]
    public async Task Link_of_a_reset_is_made_while_the_mail_is_rendered_and_the_outcome_passed_on()
    {
        Resets.MakeTokenAsync(Me, Ct).Returns((Email, "Ada", "token-1", "de"));

        Assert.Equal(new Consumed.Unknown("reset"), await new SendPasswordResetMail(Resets, sent, links).HandleAsync(new PasswordResetRequested(Me), message, Ct));

        sent.Single.Is("users.password-reset", message, new Recipient(Me, Email, "de"), ("first_name", "Ada"), ("link", Link), ("token", "token-1"));
    }

    [Fact]
    public async Task Account_that_may_not_log_in_gets_no_link()
    {
        Resets.MakeTokenAsync(Me, Ct).Returns(((string, string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await new SendPasswordResetMail(Resets, sent, links).HandleAsync(new PasswordResetRequested(Me), message, Ct));
        Assert.Empty(sent.All);
    }

    [Fact]
    public async Task Owner_is_told_of_every_change_and_what_to_do()
    {
        var consumer = new TellOwnerOfCredentials(directory, sent, links);

        Assert.Equal(new Consumed.Unknown("reset"), await consumer.HandleAsync(new MfaEnabled(Me), message, Ct));
        await consumer.HandleAsync(new MfaDisabled(Me), message, Ct);
        await consumer.HandleAsync(new RecoveryCodesRenewed(Me), message, Ct);
        await consumer.HandleAsync(new PasswordReset(Me), message, Ct);
        await consumer.HandleAsync(new PasswordChanged(Me), message, Ct);
        await consumer.HandleAsync(new PhoneChanged(Me), message, Ct);

        Assert.Equal(
            ["users.mfa-enabled", "users.mfa-disabled", "users.recovery-codes-renewed", "users.password-replaced", "users.password-changed", "users.phone-changed"],
            sent.All.Select(mail => mail.Template));
        Assert.All(sent.All, mail => mail.Is(mail.Template, message, new Recipient(Me, Email, "de"), ("first_name", "Ada"), ("link", Forgot)));
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        directory.FindAddressAsync(Me, Ct).Returns(((string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await new TellOwnerOfCredentials(directory, sent, links).HandleAsync(new PasswordReset(Me), message, Ct));
        Assert.Empty(sent.All);
    }
}
