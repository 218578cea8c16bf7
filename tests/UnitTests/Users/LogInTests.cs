using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class LogInTests : UsersWorld
{
    private static readonly LogIn Request = new(Email, Password);

    public LogInTests()
    {
        Sessions.BeginAsync(Me, AuthenticationMethods.Password, Arg.Any<CancellationToken>()).Returns(Tokens);
        Accounts.CompleteLogInAsync(new SignedIn(Me, "stamp", AuthenticationMethods.Password), Arg.Any<CancellationToken>()).Returns((Result<string?>)"device");
        Accounts.CheckPasswordAsync(Email, Password, Arg.Any<CancellationToken>()).Returns(new LoginAccount(Me, EmailVerified: false, "stamp"));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Right_password_begins_a_session(bool required, bool verified)
    {
        Policy.RequiresVerifiedEmail.Returns(required);
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(new LoginAccount(Me, verified, "stamp"));

        Assert.Equal(new LogInStep.Complete(new LoggedIn(Tokens, "device")), Value(await Hosted().HandleAsync(Request, Ct)));
        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
    }

    [Fact]
    public async Task Session_begins_in_the_transaction_that_holds_the_account()
    {
        var transaction = Substitute.For<ITransaction>();
        UnitOfWork.BeginAsync(Arg.Any<CancellationToken>()).Returns(transaction);

        Value(await Hosted().HandleAsync(Request, Ct));

        Received.InOrder(() =>
        {
            UnitOfWork.BeginAsync(Ct);
            Accounts.CompleteLogInAsync(Arg.Any<SignedIn>(), Ct);
            Sessions.BeginAsync(Me, AuthenticationMethods.Password, Ct);
            transaction.CommitAsync(Ct);
        });
    }

    [Fact]
    public async Task Account_that_changed_meanwhile_begins_no_session_and_the_failure_is_kept()
    {
        var transaction = Substitute.For<ITransaction>();
        UnitOfWork.BeginAsync(Arg.Any<CancellationToken>()).Returns(transaction);
        Accounts.CompleteLogInAsync(default!, Ct).ReturnsForAnyArgs(UserErrors.BadCredentials);

        Assert.Equal(UserErrors.BadCredentials, Failure(await Hosted().HandleAsync(Request, Ct)));
        await NoSession();
        Received.InOrder(() =>
        {
            Audit.Record("users.login", AuditStatus.Failure, "user", Me.ToString(), "UNAUTHORIZED", Me);
            UnitOfWork.SaveAsync(Ct);
            transaction.CommitAsync(Ct);
        });
    }

    [Fact]
    public async Task Queue_of_passwords_that_is_full_is_told_and_begins_no_session()
    {
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(UserErrors.TooManyPasswords);

        Assert.Equal("RATE_LIMIT_EXCEEDED", Failure(await Hosted().HandleAsync(Request, Ct)).Code);
        await NoSession();
    }

    [Fact]
    public async Task Right_password_of_an_account_with_a_second_factor_begins_no_session_and_is_audited()
    {
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(new LoginAccount(Me, EmailVerified: true, "stamp", "mfa-token"));

        Assert.Equal(new LogInStep.NeedsCode("mfa-token"), Value(await Hosted().HandleAsync(Request, Ct)));
        await NoSession();
        await SavedOnce();
        Received.InOrder(() =>
        {
            Audit.Record("users.mfa_challenge", AuditStatus.Success, "user", Me.ToString(), null, Me);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Unverified_address_is_forbidden_before_a_second_factor_is_asked_for()
    {
        Policy.RequiresVerifiedEmail.Returns(true);
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(new LoginAccount(Me, EmailVerified: false, "stamp", "mfa-token"));

        Assert.Equal(UserErrors.EmailNotVerified, Failure(await Hosted().HandleAsync(Request, Ct)));
    }

    [Fact]
    public async Task Wrong_password_is_unauthorized_audited_and_begins_no_session()
    {
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(UserErrors.BadCredentials);

        Assert.Equal(UserErrors.BadCredentials, Failure(await Hosted().HandleAsync(Request, Ct)));
        await NoSession();
        await SavedOnce();
        Received.InOrder(() =>
        {
            Audit.Record("users.login", AuditStatus.Failure, "user", null, "UNAUTHORIZED", null);
            UnitOfWork.SaveAsync(Ct);
        });
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
    public async Task Wrong_password_of_an_unverified_account_is_not_told_apart()
    {
        Policy.RequiresVerifiedEmail.Returns(true);
        Accounts.CheckPasswordAsync(Email, Password, Ct).Returns(UserErrors.BadCredentials);

        Assert.Equal(UserErrors.BadCredentials, Failure(await Hosted().HandleAsync(Request, Ct)));
    }

    public static TheoryData<LogIn, string[]> Boundaries => new()
    {
        { Request, [] },
        { new("not an address, but perhaps an old account", new Secret("x")), [] },
        { new(Text(254), new Secret(Text(1_024))), [] },
        { new(Text(255), new Secret(Text(1_025))), ["email", "password"] },
        { new("", new Secret("")), ["email", "password"] },
        { new(null!, default), ["email", "password"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task Faults_are_named_at_once_and_no_password_is_checked(LogIn request, string[] faults)
    {
        Assert.Equal(faults, new LogInValidator().Faults(request));
        if (faults.Length == 0) return;

        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted().HandleAsync(request, Ct)).Code);
        await Accounts.DidNotReceiveWithAnyArgs().CheckPasswordAsync("", default, Ct);
    }

    private async Task NoSession() => await Sessions.DidNotReceiveWithAnyArgs().BeginAsync(default, null!, Ct);

    private IUseCase<LogIn, LogInStep> Hosted() => Given.Hosted(new LogInHandler(Accounts, Sessions, Policy, Audit, UnitOfWork), new LogInValidator());
}
