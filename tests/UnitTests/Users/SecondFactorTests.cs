using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class EnrolTotpTests : UsersWorld
{
    private static readonly TotpEnrolment Enrolment = new("SECRET", "otpauth://totp/x", "data:image/png;base64,");

    [Fact]
    public async Task Secret_is_answered_audited_and_saved_once()
    {
        Factor.EnrolAsync(Me, Ct).Returns(Enrolment);

        Assert.Equal(Enrolment, Value(await Hosted(SignedIn(Me)).HandleAsync(new EnrolTotp(), Ct)));
        await SavedOnce();
        Received.InOrder(() =>
        {
            Audit.Record("users.mfa_enrol", AuditStatus.Success, "user", Me.ToString());
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Account_that_has_one_is_a_conflict_and_nothing_is_saved()
    {
        Factor.EnrolAsync(Me, Ct).Returns(UserErrors.MfaIsOn);

        Assert.Equal("CONFLICT", Failure(await Hosted(SignedIn(Me)).HandleAsync(new EnrolTotp(), Ct)).Code);
        await NothingSaved();
    }

    [Fact]
    public async Task Machine_has_no_account()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(new EnrolTotp(), Ct)));
        await NothingSaved();
    }

    private IUseCase<EnrolTotp, TotpEnrolment> Hosted(ICurrentActor actor) => Given.Hosted(new EnrolTotpHandler(Factor, Audit, UnitOfWork, actor));
}

public class ConfirmTotpTests : UsersWorld
{
    private static readonly ConfirmTotp Request = new(new Secret("123456"));

    [Fact]
    public async Task Right_code_gives_the_recovery_codes_and_is_saved_once()
    {
        var codes = new RecoveryCodes(["a", "b"]);
        Factor.ConfirmAsync(Me, Request.Code, Ct).Returns(codes);

        Assert.Equal(codes, Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));
        await SavedOnce();
        // The change of the account is the entry.
        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
    }

    [Fact]
    public async Task Wrong_code_is_named_as_the_field_at_fault_and_audited()
    {
        Factor.ConfirmAsync(Me, Request.Code, Ct).Returns(UserErrors.WrongConfirmation);

        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.Equal(("VALIDATION_FAILED", "code"), (error.Code, error.Fields.Single().Field));
        Audit.Received(1).Record("users.mfa_enable", AuditStatus.Failure, "user", Me.ToString(), "VALIDATION_FAILED");
        await SavedOnce();
    }

    [Fact]
    public async Task Missing_code_is_invalid_and_nothing_is_looked_at()
    {
        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted(SignedIn(Me)).HandleAsync(new ConfirmTotp(default), Ct)).Code);
        await Factor.DidNotReceiveWithAnyArgs().ConfirmAsync(default, default, Ct);
    }

    [Fact]
    public async Task Machine_has_no_account()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        await NothingSaved();
    }

    private IUseCase<ConfirmTotp, RecoveryCodes> Hosted(ICurrentActor actor) => Given.Hosted(new ConfirmTotpHandler(Factor, Audit, UnitOfWork, actor), new ConfirmTotpValidator());
}

public class DisableTotpTests : UsersWorld
{
    private static readonly DisableTotp Request = new(Password);

    public DisableTotpTests()
    {
        Accounts.ConfirmPasswordAsync(Me, Password, Arg.Any<CancellationToken>()).Returns(Done.Value);
        Factor.DisableAsync(Me, Arg.Any<CancellationToken>()).Returns(Done.Value);
    }

    [Fact]
    public async Task Right_password_turns_it_off_and_is_saved_once()
    {
        Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.ConfirmPasswordAsync(Me, Password, Ct);
            Factor.DisableAsync(Me, Ct);
            UnitOfWork.SaveAsync(Ct);
        });
        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
    }

    [Fact]
    public async Task Wrong_password_is_audited_and_turns_nothing_off()
    {
        Accounts.ConfirmPasswordAsync(Me, Password, Ct).Returns(UserErrors.WrongPassword);

        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.Equal(("VALIDATION_FAILED", "password"), (error.Code, error.Fields.Single().Field));
        await Factor.DidNotReceiveWithAnyArgs().DisableAsync(default, Ct);
        Audit.Received(1).Record("users.mfa_disable", AuditStatus.Failure, "user", Me.ToString(), "VALIDATION_FAILED");
        await SavedOnce();
    }

    [Fact]
    public async Task Account_without_one_is_a_conflict()
    {
        Factor.DisableAsync(Me, Ct).Returns(UserErrors.MfaIsOff);

        Assert.Equal("CONFLICT", Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)).Code);
    }

    [Fact]
    public async Task Missing_password_is_invalid_and_none_is_checked()
    {
        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted(SignedIn(Me)).HandleAsync(new DisableTotp(default), Ct)).Code);
        await Accounts.DidNotReceiveWithAnyArgs().ConfirmPasswordAsync(default, default, Ct);
    }

    [Fact]
    public async Task Machine_has_no_account()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        await NothingSaved();
    }

    private IUseCase<DisableTotp, Done> Hosted(ICurrentActor actor) => Given.Hosted(new DisableTotpHandler(Accounts, Factor, Audit, UnitOfWork, actor), new DisableTotpValidator());
}

public class RenewRecoveryCodesTests : UsersWorld
{
    private static readonly RenewRecoveryCodes Request = new(Password);
    private static readonly RecoveryCodes Codes = new(["a", "b"]);

    public RenewRecoveryCodesTests()
    {
        Accounts.ConfirmPasswordAsync(Me, Password, Arg.Any<CancellationToken>()).Returns(Done.Value);
        Factor.RenewRecoveryCodesAsync(Me, Arg.Any<CancellationToken>()).Returns(Codes);
    }

    [Fact]
    public async Task Right_password_gives_new_codes_and_is_audited_and_saved_once()
    {
        Assert.Equal(Codes, Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));

        await SavedOnce();
        Received.InOrder(() =>
        {
            Factor.RenewRecoveryCodesAsync(Me, Ct);
            Audit.Record("users.mfa_recovery_codes", AuditStatus.Success, "user", Me.ToString());
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Wrong_password_is_audited_and_leaves_the_codes_as_they_are()
    {
        Accounts.ConfirmPasswordAsync(Me, Password, Ct).Returns(UserErrors.WrongPassword);

        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)).Code);
        await Factor.DidNotReceiveWithAnyArgs().RenewRecoveryCodesAsync(default, Ct);
        Audit.Received(1).Record("users.mfa_recovery_codes", AuditStatus.Failure, "user", Me.ToString(), "VALIDATION_FAILED");
        await SavedOnce();
    }

    [Fact]
    public async Task Account_without_a_second_factor_is_a_conflict()
    {
        Factor.RenewRecoveryCodesAsync(Me, Ct).Returns(UserErrors.MfaIsOff);

        Assert.Equal("CONFLICT", Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)).Code);
    }

    [Fact]
    public async Task Machine_has_no_account_and_a_missing_password_is_invalid()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted(SignedIn(Me)).HandleAsync(new RenewRecoveryCodes(default), Ct)).Code);
        await NothingSaved();
    }

    private IUseCase<RenewRecoveryCodes, RecoveryCodes> Hosted(ICurrentActor actor) =>
        Given.Hosted(new RenewRecoveryCodesHandler(Accounts, Factor, Audit, UnitOfWork, actor), new RenewRecoveryCodesValidator());
}
