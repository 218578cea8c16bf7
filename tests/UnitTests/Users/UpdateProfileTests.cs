using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class UpdateProfileTests : UsersWorld
{
    private static readonly UpdateProfile Request = new(
        "Ada", "Lovelace", "+442079460000", "Analyst", new DateOnly(1985, 12, 10), "female", "12 St James's Square", "London", "England", "GB", "SW1Y 4JH", "en-GB", "Europe/London");

    private static readonly UpdateProfile Least = new("A", "L", null, null, null, null, null, null, null, null, null, null, null);

    [Fact]
    public async Task Own_profile_is_replaced_whole_and_saved_once()
    {
        var answer = new ProfileDto { Id = Me, Email = Email, FirstName = "Ada", LastName = "Lovelace" };
        Users.FindProfileAsync(Me, Ct).Returns(answer);
        Accounts.UpdateProfileAsync(Me, Arg.Any<Profile>(), Ct).Returns(Done.Value);

        Assert.Equal(answer, Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));
        await SavedOnce();
        Received.InOrder(() =>
        {
            Accounts.UpdateProfileAsync(Me, new Profile(
                "Ada", "Lovelace", "+442079460000", "Analyst", new DateOnly(1985, 12, 10), "female", "12 St James's Square", "London", "England", "GB", "SW1Y 4JH", "en-GB", "Europe/London"), Ct);
            UnitOfWork.SaveAsync(Ct);
            Users.FindProfileAsync(Me, Ct);
        });
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_found_and_nothing_is_saved()
    {
        Accounts.UpdateProfileAsync(Me, Arg.Any<Profile>(), Ct).Returns(UserErrors.NotFound);

        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));
        await NothingSaved();
    }

    [Fact]
    public async Task Client_without_a_user_has_no_profile()
    {
        Assert.Equal("NOT_FOUND", Failure(await Hosted(Client("profile:write")).HandleAsync(Request, Ct)).Code);
        await Accounts.DidNotReceiveWithAnyArgs().UpdateProfileAsync(default, null!, Ct);
        await NothingSaved();
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_nothing_is_saved()
    {
        var wrong = new UpdateProfile(
            "", "", "12", Text(2_001), new DateOnly(1899, 12, 31), Text(33), Text(256), Text(101), Text(101), "uk", Text(21), "english", "Mars/Olympus");

        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(wrong, Ct));

        Assert.Equal(
            ["first_name", "last_name", "phone", "bio", "date_of_birth", "gender", "address", "city", "state", "country", "zip_code", "locale", "time_zone"],
            error.Fields.Select(fault => fault.Field));
        await NothingSaved();
    }

    public static TheoryData<UpdateProfile, string[]> Boundaries => new()
    {
        { Request, [] },
        { Least, [] },
        { Least with { FirstName = Text(100), LastName = Text(100), Bio = Text(2_000), Gender = Text(32), Address = Text(255), City = Text(100), State = Text(100), ZipCode = Text(20) }, [] },
        { Least with { FirstName = Text(101) }, ["first_name"] },
        { Least with { LastName = Text(101) }, ["last_name"] },
        { Least with { DateOfBirth = new DateOnly(1900, 1, 1) }, [] },
        { Least with { DateOfBirth = DateOnly.FromDateTime(Later.Date) }, [] },
        { Least with { DateOfBirth = DateOnly.FromDateTime(Later.Date).AddDays(1) }, ["date_of_birth"] },
        { Least with { Country = "GBR" }, ["country"] },
        { Least with { Country = "GB\n" }, ["country"] },
        { Least with { Country = "" }, ["country"] },
        { Least with { Locale = "de" }, [] },
        { Least with { Locale = "zh-Hant-TW" }, [] },
        { Least with { Locale = "en_GB" }, ["locale"] },
        { Least with { Locale = "en-GB\n" }, ["locale"] },
        { Least with { Locale = Text(36) }, ["locale"] },
        { Least with { TimeZone = "Etc/UTC" }, [] },
        { Least with { TimeZone = "America/Argentina/Buenos_Aires" }, [] },
        { Least with { TimeZone = "" }, ["time_zone"] },
        { Least with { TimeZone = Text(65) }, ["time_zone"] },
        { Least with { TimeZone = "W. Europe Standard Time" }, ["time_zone"] },
        { Least with { TimeZone = "UTC-02" }, ["time_zone"] },
        { Least with { TimeZone = "UTC" }, [] },
        { Least with { TimeZone = "../../../etc/passwd" }, ["time_zone"] },
        { Least with { TimeZone = "../zoneinfo/Europe/Berlin" }, ["time_zone"] },
        { Least with { TimeZone = "/usr/share/zoneinfo/Europe/Berlin" }, ["time_zone"] },
        { Least with { TimeZone = "/dev/zero" }, ["time_zone"] },
        { Least with { TimeZone = "Europe/Ber\0lin" }, ["time_zone"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Boundaries_are_kept(UpdateProfile request, string[] faults) => Assert.Equal(faults, new UpdateProfileValidator(Clock).Faults(request));

    private IUseCase<UpdateProfile, ProfileDto> Hosted(ICurrentActor actor) =>
        Given.Hosted(new UpdateProfileHandler(Accounts, Users, UnitOfWork, actor), new UpdateProfileValidator(Clock));
}
