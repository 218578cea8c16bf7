using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class SignInTests : UsersWorld
{
    private static readonly Guid Session = NewId();
    private static readonly SignIn Request = new(Email, Password, Replaced: NewId());

    public SignInTests()
    {
        Accounts.CheckPasswordAsync(Email, Password, Arg.Any<CancellationToken>()).Returns(Account);
        Accounts.CompleteLogInAsync(new SignedIn(Me, "stamp", AuthenticationMethods.Password), Arg.Any<CancellationToken>()).Returns((Result<string?>)"device");
        BrowserSessions.BeginAsync(Me, Request.Replaced, Arg.Any<CancellationToken>()).Returns(Session);
    }

    [Fact]
    public async Task Right_password_begins_a_session_in_place_of_the_one_before_is_audited_and_saved_once()
    {
        Assert.Equal(new SignedIn(Me, "stamp", AuthenticationMethods.Password, null, "device", Session), Value(await Hosted().HandleAsync(Request, Ct)));
        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.CompleteLogInAsync(Arg.Any<SignedIn>(), Ct);
            BrowserSessions.BeginAsync(Me, Request.Replaced, Ct);
            Audit.Record("users.login", AuditStatus.Success, "user", Me.ToString(), null, Me);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Right_password_of_an_account_with_a_second_factor_is_no_log_in_yet()
    {
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(new LoginAccount(Me, EmailVerified: true, "stamp", "mfa-token"));

        Assert.Equal(new SignedIn(Me, "stamp", AuthenticationMethods.Password, "mfa-token"), Value(await Hosted().HandleAsync(Request, Ct)));
        await SavedOnce();
        await NoSession();
        Audit.Received(1).Record("users.mfa_challenge", AuditStatus.Success, "user", Me.ToString(), null, Me);
        Audit.DidNotReceive().Record("users.login", Arg.Any<AuditStatus>(), Arg.Any<string>(), Arg.Any<string?>(), Arg.Any<string?>(), Arg.Any<Guid?>());
    }

    [Fact]
    public async Task Account_that_changed_meanwhile_signs_nobody_in()
    {
        Accounts.CompleteLogInAsync(default!, Ct).ReturnsForAnyArgs(UserErrors.BadCredentials);

        Assert.Equal(UserErrors.BadCredentials, Failure(await Hosted().HandleAsync(Request, Ct)));
        Audit.Received(1).Record("users.login", AuditStatus.Failure, "user", Me.ToString(), "UNAUTHORIZED", Me);
        await NoSession();
        await SavedOnce();
    }

    [Fact]
    public async Task Wrong_password_is_unauthorized_and_audited()
    {
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(UserErrors.BadCredentials);

        Assert.Equal(UserErrors.BadCredentials, Failure(await Hosted().HandleAsync(Request, Ct)));
        await NoSession();
        await SavedOnce();
        Audit.Received(1).Record("users.login", AuditStatus.Failure, "user", null, "UNAUTHORIZED", null);
    }

    [Fact]
    public async Task Unverified_address_is_forbidden_where_it_is_required_and_audited_under_the_account()
    {
        Policy.RequiresVerifiedEmail.Returns(true);

        Assert.Equal(UserErrors.EmailNotVerified, Failure(await Hosted().HandleAsync(Request, Ct)));
        await NoSession();
        await SavedOnce();
        Audit.Received(1).Record("users.login", AuditStatus.Failure, "user", Me.ToString(), "FORBIDDEN", Me);
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_no_password_is_checked()
    {
        var error = Failure(await Hosted().HandleAsync(new SignIn(Text(255), new Secret(Text(1_025))), Ct));

        Assert.Equal(["email", "password"], error.Fields.Select(fault => fault.Field));
        Assert.Empty(new SignInValidator().Faults(new SignIn(Text(254), new Secret(Text(1_024)))));
        Assert.Equal(["email", "password"], new SignInValidator().Faults(new SignIn("", default)));
        await Accounts.DidNotReceiveWithAnyArgs().CheckPasswordAsync("", default, Ct);
        await NothingSaved();
    }

    private async Task NoSession() => await BrowserSessions.DidNotReceiveWithAnyArgs().BeginAsync(default, default, Ct);

    private IUseCase<SignIn, SignedIn> Hosted() => Given.Hosted(new SignInHandler(Accounts, Policy, BrowserSessions, Audit, UnitOfWork), new SignInValidator());
}
