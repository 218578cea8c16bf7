using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class ChangePasswordTests : UsersWorld
{
    private static readonly ChangePassword Request = new(Password, new Secret("a different horse battery"));

    private readonly Guid session = NewId();

    public ChangePasswordTests()
    {
        Credentials.FindOwnerAsync(Me, Arg.Any<CancellationToken>()).Returns(new AccountOwner(Me, Email, "Augusta", "Lovelace"));
        Credentials.ChangePasswordAsync(Me, Arg.Any<Secret>(), Arg.Any<Secret>(), Arg.Any<CancellationToken>()).Returns(Done.Value);
    }

    [Fact]
    public async Task Password_is_set_and_then_all_other_sessions_end_with_it()
    {
        Value(await Hosted(SignedIn(Me, sessionId: session)).HandleAsync(Request, Ct));

        Received.InOrder(() =>
        {
            Credentials.ChangePasswordAsync(Me, Request.OldPassword, Request.NewPassword, Ct);
            Sessions.EndAllAsync(Me, session, Ct);
        });
        // The change of the account is the entry.
        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
    }

    [Fact]
    public async Task Wrong_old_password_is_audited_and_saved_and_no_session_ends()
    {
        Credentials.ChangePasswordAsync(Me, Request.OldPassword, Request.NewPassword, Ct).Returns(UserErrors.WrongOldPassword);

        var error = Failure(await Hosted(SignedIn(Me, sessionId: session)).HandleAsync(Request, Ct));

        Assert.Equal(("VALIDATION_FAILED", "old_password"), (error.Code, error.Fields.Single().Field));
        Audit.Received(1).Record("users.password_change", AuditStatus.Failure, "user", Me.ToString(), "VALIDATION_FAILED");
        await SavedOnce();
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
    }

    [Theory]
    [InlineData("my name is Lovelace")]
    [InlineData("AUGUSTA1234567")]
    [InlineData("ada@example.com!")]
    public async Task Password_with_the_owner_in_it_is_invalid_and_nothing_is_tried(string password)
    {
        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(Request with { NewPassword = new Secret(password) }, Ct));

        Assert.Equal(("VALIDATION_FAILED", "new_password"), (error.Code, error.Fields.Single().Field));
        await NothingTried();
    }

    [Fact]
    public async Task Machine_and_account_that_is_gone_are_not_found()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        Credentials.FindOwnerAsync(Me, Ct).Returns(UserErrors.NotFound);
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));
        await NothingTried();
    }

    [Theory]
    [InlineData("old", "a different horse battery")]
    [InlineData("", "a different horse battery", "old_password")]
    [InlineData("old", "1234567", "new_password")]
    [InlineData("old", "password123", "new_password")]
    [InlineData("correct horse battery", "correct horse battery", "new_password")]
    [InlineData(null, null, "old_password", "new_password")]
    public void Faults_are_named_at_once(string? oldPassword, string? newPassword, params string[] faults) =>
        Assert.Equal(faults, new ChangePasswordValidator().Faults(new ChangePassword(new Secret(oldPassword), new Secret(newPassword))));

    private async Task NothingTried()
    {
        await Credentials.DidNotReceiveWithAnyArgs().ChangePasswordAsync(default, default, default, Ct);
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
        await NothingSaved();
    }

    private IUseCase<ChangePassword, Done> Hosted(ICurrentActor actor) =>
        Given.Hosted(new ChangePasswordHandler(Credentials, Sessions, Audit, UnitOfWork, actor), new ChangePasswordValidator());
}
