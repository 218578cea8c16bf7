using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class LogInWithCodeTests : UsersWorld
{
    private static readonly LogInWithCode Request = new("mfa-token", new Secret("123456"));

    public LogInWithCodeTests()
    {
        Factor.FindLogInAsync("mfa-token", Arg.Any<CancellationToken>()).Returns(Account);
        Accounts.CompleteLogInAsync(default!, Ct).ReturnsForAnyArgs((Result<string?>)"device");
        Factor.CheckCodeAsync(Me, Request.Code, Arg.Any<CancellationToken>()).Returns(AuthenticationMethods.PasswordAndTotp);
        Sessions.BeginAsync(Me, Arg.Any<AuthenticationMethods>(), Arg.Any<CancellationToken>()).Returns(Tokens);
    }

    [Fact]
    public async Task Right_code_begins_a_session_that_says_how()
    {
        Assert.Equal(new LoggedIn(Tokens, "device"), Value(await Hosted().HandleAsync(Request, Ct)));
        await Sessions.Received(1).BeginAsync(Me, AuthenticationMethods.PasswordAndTotp, Ct);
        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
    }

    [Fact]
    public async Task Recovery_code_begins_a_session_and_its_use_is_audited_before()
    {
        Factor.CheckCodeAsync(Me, Request.Code, Ct).Returns(AuthenticationMethods.PasswordAndRecoveryCode);

        Assert.Equal(new LoggedIn(Tokens, "device"), Value(await Hosted().HandleAsync(Request, Ct)));
        Received.InOrder(() =>
        {
            Audit.Record("users.recovery_code_used", AuditStatus.Success, "user", Me.ToString(), null, Me);
            Sessions.BeginAsync(Me, AuthenticationMethods.PasswordAndRecoveryCode, Ct);
        });
    }

    [Fact]
    public async Task Wrong_code_is_unauthorized_audited_under_the_account_and_begins_no_session()
    {
        Factor.CheckCodeAsync(Me, Request.Code, Ct).Returns(UserErrors.WrongCode);

        Assert.Equal(UserErrors.WrongCode, Failure(await Hosted().HandleAsync(Request, Ct)));
        await NoSession();
        await SavedOnce();
        Received.InOrder(() =>
        {
            Audit.Record("users.login", AuditStatus.Failure, "user", Me.ToString(), "UNAUTHORIZED", Me);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Token_that_is_not_good_any_more_is_unauthorized_audited_and_no_code_is_looked_at()
    {
        Factor.FindLogInAsync("mfa-token", Ct).Returns(UserErrors.LogInExpired);

        Assert.Equal(UserErrors.LogInExpired, Failure(await Hosted().HandleAsync(Request, Ct)));
        await Factor.DidNotReceiveWithAnyArgs().CheckCodeAsync(default, default, Ct);
        await NoSession();
        await SavedOnce();
        Audit.Received(1).Record("users.login", AuditStatus.Failure, "user", null, "UNAUTHORIZED", null);
    }

    public static TheoryData<string?, string?, string[]> Boundaries => new()
    {
        { Text(1), "1", [] },
        { Text(1_024), Text(64), [] },
        { Text(1_025), Text(65), ["mfa_token", "code"] },
        { "", "  ", ["mfa_token", "code"] },
        { null, null, ["mfa_token", "code"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Faults_are_named_at_once_at_both_doors(string? token, string? code, string[] faults)
    {
        Assert.Equal(faults, new LogInWithCodeValidator().Faults(new LogInWithCode(token!, new Secret(code))));
        Assert.Equal(faults, new SignInWithCodeValidator().Faults(new SignInWithCode(token!, new Secret(code))));
    }

    private async Task NoSession() => await Sessions.DidNotReceiveWithAnyArgs().BeginAsync(default, null!, Ct);

    private IUseCase<LogInWithCode, LoggedIn> Hosted() => Given.Hosted(new LogInWithCodeHandler(Factor, Accounts, Sessions, Audit, UnitOfWork), new LogInWithCodeValidator());
}

public class SignInWithCodeTests : UsersWorld
{
    private static readonly Guid Session = NewId();
    private static readonly SignInWithCode Request = new("mfa-token", new Secret("123456"), Replaced: NewId());

    public SignInWithCodeTests()
    {
        Factor.FindLogInAsync("mfa-token", Arg.Any<CancellationToken>()).Returns(Account);
        Accounts.CompleteLogInAsync(default!, Ct).ReturnsForAnyArgs((Result<string?>)"device");
        BrowserSessions.BeginAsync(Me, Request.Replaced, Arg.Any<CancellationToken>()).Returns(Session);
    }

    [Fact]
    public async Task Right_code_begins_a_session_is_audited_as_a_log_in_and_saved_once()
    {
        Factor.CheckCodeAsync(Me, Request.Code, Ct).Returns(AuthenticationMethods.PasswordAndTotp);

        Assert.Equal(new SignedIn(Me, "stamp", AuthenticationMethods.PasswordAndTotp, null, "device", Session), Value(await Hosted().HandleAsync(Request, Ct)));
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
    public async Task Account_that_changed_meanwhile_signs_nobody_in()
    {
        Factor.CheckCodeAsync(Me, Request.Code, Ct).Returns(AuthenticationMethods.PasswordAndTotp);
        Accounts.CompleteLogInAsync(default!, Ct).ReturnsForAnyArgs(UserErrors.BadCredentials);

        Assert.Equal(UserErrors.BadCredentials, Failure(await Hosted().HandleAsync(Request, Ct)));
        Audit.Received(1).Record("users.login", AuditStatus.Failure, "user", Me.ToString(), "UNAUTHORIZED", Me);
        await NoSession();
        await SavedOnce();
    }

    [Fact]
    public async Task Wrong_code_is_audited_as_a_failed_log_in_only()
    {
        Factor.CheckCodeAsync(Me, Request.Code, Ct).Returns(UserErrors.WrongCode);

        Assert.Equal(UserErrors.WrongCode, Failure(await Hosted().HandleAsync(Request, Ct)));
        await SavedOnce();
        Audit.Received(1).Record("users.login", AuditStatus.Failure, "user", Me.ToString(), "UNAUTHORIZED", Me);
        Audit.ReceivedWithAnyArgs(1).Record("", default, "");
        await NoSession();
    }

    private async Task NoSession() => await BrowserSessions.DidNotReceiveWithAnyArgs().BeginAsync(default, default, Ct);

    private IUseCase<SignInWithCode, SignedIn> Hosted() =>
        Given.Hosted(new SignInWithCodeHandler(Factor, Accounts, BrowserSessions, Audit, UnitOfWork), new SignInWithCodeValidator());
}
