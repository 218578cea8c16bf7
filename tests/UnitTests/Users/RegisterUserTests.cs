using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GoApi.UnitTests.Users;

public class RegisterUserTests : UsersWorld
{
    private static readonly RegisterUser Request = new(Email, Password, "Ada", "Lovelace", "+442079460000");

    public RegisterUserTests()
    {
        Accounts.AddAsync(Arg.Any<NewAccount>(), Arg.Any<Secret>(), Arg.Any<CancellationToken>()).Returns(Me);
        Users.FindAsync(Me, Arg.Any<CancellationToken>()).Returns(Dto);
    }

    [Fact]
    public async Task Account_of_an_ordinary_user_is_added_and_saved_once()
    {
        var registration = Value(await Hosted().HandleAsync(Request, Ct));

        Assert.Equal(Dto, registration.User);
        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.AddAsync(new NewAccount(Email, "Ada", "Lovelace", "+442079460000", Role.User, false), Password, Ct);
            UnitOfWork.SaveAsync(Ct);
            Users.FindAsync(Me, Ct);
        });
    }

    [Fact]
    public async Task Known_address_is_a_conflict_and_nothing_is_saved()
    {
        Accounts.EmailExistsAsync(Email, Ct).Returns(true);

        Assert.Equal(UserErrors.EmailTaken, Failure(await Hosted().HandleAsync(Request, Ct)));
        await NothingAdded();
        await Accounts.DidNotReceiveWithAnyArgs().TellOwnerOfRegistrationAsync("", default, Ct);
        await NothingSaved();
    }

    [Fact]
    public async Task Private_registration_answers_the_same_for_a_new_and_a_known_address()
    {
        Policy.IsPrivate.Returns(true);
        var fresh = Value(await Hosted().HandleAsync(Request, Ct));

        Accounts.EmailExistsAsync(Email, Ct).Returns(true);
        var known = Value(await Hosted().HandleAsync(Request, Ct));

        Assert.Null(fresh.User);
        Assert.Equal(fresh, known);
    }

    [Fact]
    public async Task Private_registration_of_a_known_address_is_told_to_its_owner_and_adds_nothing()
    {
        Policy.IsPrivate.Returns(true);
        Accounts.EmailExistsAsync(Email, Ct).Returns(true);

        Value(await Hosted().HandleAsync(Request, Ct));

        await NothingAdded();
        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.TellOwnerOfRegistrationAsync(Email, Password, Ct);
            UnitOfWork.SaveAsync(Ct);
        });
    }

    [Fact]
    public async Task Private_registration_that_loses_a_race_is_not_told_apart()
    {
        Policy.IsPrivate.Returns(true);
        UnitOfWork.SaveAsync(Ct).ThrowsAsync(new UniqueViolationException(new InvalidOperationException()));

        Assert.Null(Value(await Hosted().HandleAsync(Request, Ct)).User);
    }

    [Fact]
    public async Task Open_registration_that_loses_a_race_is_a_conflict()
    {
        UnitOfWork.SaveAsync(Ct).ThrowsAsync(new UniqueViolationException(new InvalidOperationException()));

        Assert.Equal("CONFLICT", Failure(await Hosted().HandleAsync(Request, Ct)).Code);
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_nothing_is_saved()
    {
        var error = Failure(await Hosted().HandleAsync(new RegisterUser("nonsense", new Secret("short"), "", Text(101), "12"), Ct));

        Assert.Equal(["email", "password", "first_name", "last_name", "phone"], error.Fields.Select(fault => fault.Field));
        await NothingAdded();
        await NothingSaved();
    }

    public static TheoryData<RegisterUser, string[]> Boundaries => new()
    {
        { Request, [] },
        { Request with { Phone = null }, [] },
        { Request with { FirstName = Text(100), LastName = "L" }, [] },
        { Request with { FirstName = Text(101) }, ["first_name"] },
        { Request with { LastName = null! }, ["last_name"] },
        { Request with { Email = null! }, ["email"] },
        { Request with { Password = default }, ["password"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Boundaries_are_kept(RegisterUser request, string[] faults) => Assert.Equal(faults, new RegisterUserValidator().Faults(request));

    private async Task NothingAdded() => await Accounts.DidNotReceiveWithAnyArgs().AddAsync(null!, default, Ct);

    private IUseCase<RegisterUser, Registration> Hosted() => Given.Hosted(new RegisterUserHandler(Accounts, Users, UnitOfWork, Policy), new RegisterUserValidator());
}
