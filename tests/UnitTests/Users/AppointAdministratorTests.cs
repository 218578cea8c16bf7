using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class AppointAdministratorTests : UsersWorld
{
    [Fact]
    public async Task Verified_administrator_is_added_and_saved_once()
    {
        Accounts.AddAsync(Arg.Any<NewAccount>(), Password, Ct).Returns(Me);

        Assert.Equal(Me, Value(await Hosted().HandleAsync(new AppointAdministrator(Email, Password), Ct)));
        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.AddAsync(new NewAccount(Email, "System", "Administrator", null, Role.Admin, true), Password, Ct);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Known_address_is_a_conflict_and_nothing_is_saved()
    {
        Accounts.EmailExistsAsync(Email, Ct).Returns(true);

        Assert.Equal(UserErrors.EmailTaken, Failure(await Hosted().HandleAsync(new AppointAdministrator(Email, Password), Ct)));
        await Accounts.DidNotReceiveWithAnyArgs().AddAsync(null!, default, Ct);
        await NothingSaved();
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_nothing_is_saved()
    {
        var error = Failure(await Hosted().HandleAsync(new AppointAdministrator("nonsense", new Secret("password1")), Ct));

        Assert.Equal(["email", "password"], error.Fields.Select(fault => fault.Field));
        await NothingSaved();
    }

    private IUseCase<AppointAdministrator, Guid> Hosted() => Given.Hosted(new AppointAdministratorHandler(Accounts, UnitOfWork), new AppointAdministratorValidator());
}
