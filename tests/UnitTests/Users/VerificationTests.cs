using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class VerifyEmailTests : UsersWorld
{
    public VerifyEmailTests() => Credentials.ConfirmEmailAsync("token", Arg.Any<CancellationToken>()).Returns((Guid?)null);

    [Fact]
    public async Task Token_of_a_change_of_address_is_taken_as_well_and_the_other_kind_is_not_asked()
    {
        Credentials.ConfirmEmailAsync("token", Ct).Returns(Me);
        Users.FindAsync(Me, Ct).Returns(Dto);

        Assert.Equal(Dto, Value(await Hosted().HandleAsync(new VerifyEmail("token"), Ct)));
        await SavedOnce();
        await Accounts.DidNotReceiveWithAnyArgs().VerifyEmailAsync("", Ct);
    }

    [Fact]
    public async Task Address_that_is_taken_by_now_is_a_conflict_and_nothing_is_saved()
    {
        Credentials.ConfirmEmailAsync("token", Ct).Returns(UserErrors.EmailTaken);

        Assert.Equal(UserErrors.EmailTaken, Failure(await Hosted().HandleAsync(new VerifyEmail("token"), Ct)));
        await NothingSaved();
    }

    [Fact]
    public async Task Good_token_is_saved_once_and_answered_with_the_user()
    {
        Accounts.VerifyEmailAsync("token", Ct).Returns(Me);
        Users.FindAsync(Me, Ct).Returns(Dto);

        Assert.Equal(Dto, Value(await Hosted().HandleAsync(new VerifyEmail("token"), Ct)));
        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.VerifyEmailAsync("token", Ct);
            UnitOfWork.SaveAsync(Ct);
            Users.FindAsync(Me, Ct);
        });
    }

    [Fact]
    public async Task Bad_token_is_invalid_and_nothing_is_saved()
    {
        Accounts.VerifyEmailAsync("token", Ct).Returns(UserErrors.BadToken);

        var error = Failure(await Hosted().HandleAsync(new VerifyEmail("token"), Ct));

        Assert.Equal(("VALIDATION_FAILED", "token"), (error.Code, error.Fields.Single().Field));
        await NothingSaved();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1_024, true)]
    [InlineData(0, false)]
    [InlineData(1_025, false)]
    public void Token_has_a_boundary(int length, bool good) =>
        Assert.Equal(good ? [] : ["token"], new VerifyEmailValidator().Faults(new VerifyEmail(Text(length))));

    [Fact]
    public async Task Missing_token_is_invalid_and_nothing_is_saved()
    {
        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted().HandleAsync(new VerifyEmail(null!), Ct)).Code);
        await NothingSaved();
    }

    private IUseCase<VerifyEmail, UserDto> Hosted() => Given.Hosted(new VerifyEmailHandler(Accounts, Credentials, Users, UnitOfWork), new VerifyEmailValidator());
}

public class ResendVerificationTests : UsersWorld
{
    [Fact]
    public async Task Unverified_address_gets_another_mail()
    {
        Accounts.FindUnverifiedAsync(Email, Ct).Returns(Me);

        Value(await Hosted().HandleAsync(new ResendVerification(Email), Ct));

        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.RequestVerificationAsync(Me, Ct);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Unknown_address_is_answered_in_the_same_way_and_nothing_is_saved()
    {
        Accounts.FindUnverifiedAsync(Email, Ct).Returns((Guid?)null);

        Value(await Hosted().HandleAsync(new ResendVerification(Email), Ct));

        await Accounts.DidNotReceiveWithAnyArgs().RequestVerificationAsync(default, Ct);
        await NothingSaved();
    }

    [Fact]
    public async Task What_is_no_address_is_invalid_and_looked_up_nowhere()
    {
        var error = Failure(await Hosted().HandleAsync(new ResendVerification("nonsense"), Ct));

        Assert.Equal(("VALIDATION_FAILED", "email"), (error.Code, error.Fields.Single().Field));
        await Accounts.DidNotReceiveWithAnyArgs().FindUnverifiedAsync("", Ct);
        await NothingSaved();
    }

    private IUseCase<ResendVerification, Done> Hosted() => Given.Hosted(new ResendVerificationHandler(Accounts, UnitOfWork), new ResendVerificationValidator());
}
