using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

/// <summary>Somebody to administer, and a transaction that tells whether it was committed.</summary>
public abstract class AdministrationWorld : UsersWorld
{
    private protected ITransaction Transaction { get; } = Substitute.For<ITransaction>();

    private protected AdministrationWorld()
    {
        UnitOfWork.BeginAsync(Arg.Any<CancellationToken>()).Returns(Transaction);
        Users.FindAsync(Me, Arg.Any<CancellationToken>()).Returns(Dto);
        Administrators.MayLeaveAsync(Me, Arg.Any<CancellationToken>()).Returns(Done.Value);
    }

    private protected void Is(Role role, UserStatus status = UserStatus.Active) => Administration.FindAsync(Me, Arg.Any<CancellationToken>()).Returns(new ManagedUser(Me, role, status));

    private protected Task Committed() => Transaction.Received(1).CommitAsync(Arg.Any<CancellationToken>());

    private protected async Task NothingHappened()
    {
        await Administration.DidNotReceiveWithAnyArgs().SetStatusAsync(default, default, Ct);
        await Administration.DidNotReceiveWithAnyArgs().SetRoleAsync(default, default, Ct);
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
        await Sessions.DidNotReceiveWithAnyArgs().RefuseRoleAsync(default, default, Ct);
        await Transaction.DidNotReceiveWithAnyArgs().CommitAsync(Ct);
        await NothingSaved();
    }
}

public class SetUserStatusTests : AdministrationWorld
{
    [Fact]
    public async Task Suspension_ends_all_sessions_with_the_change_and_is_committed()
    {
        Is(Role.User);

        Assert.Equal(Dto, Value(await Hosted().HandleAsync(new SetUserStatus("suspended") { Id = Me }, Ct)));

        Received.InOrder(() =>
        {
            UnitOfWork.BeginAsync(Ct);
            Administration.FindAsync(Me, Ct);
            Administration.SetStatusAsync(Me, UserStatus.Suspended, Ct);
            Sessions.EndAllAsync(Me, null, Ct);
            Transaction.CommitAsync(Ct);
        });
        await Administrators.DidNotReceiveWithAnyArgs().MayLeaveAsync(default, Ct);
    }

    [Fact]
    public async Task Lifting_it_ends_no_session_and_is_saved_once()
    {
        Is(Role.Admin, UserStatus.Suspended);

        Value(await Hosted().HandleAsync(new SetUserStatus("active") { Id = Me }, Ct));

        await Administration.Received(1).SetStatusAsync(Me, UserStatus.Active, Ct);
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
        await SavedOnce();
        await Committed();
    }

    [Theory]
    [InlineData(UserStatus.Active, "active")]
    [InlineData(UserStatus.Suspended, "suspended")]
    public async Task Status_that_it_has_changes_nothing(UserStatus status, string given)
    {
        Is(Role.Admin, status);

        Assert.Equal(Dto, Value(await Hosted().HandleAsync(new SetUserStatus(given) { Id = Me }, Ct)));
        await NothingHappened();
    }

    [Fact]
    public async Task Last_administrator_stays_active()
    {
        Is(Role.Admin);
        Administrators.MayLeaveAsync(Me, Ct).Returns(UserErrors.LastAdministrator);

        Assert.Equal(UserErrors.LastAdministrator, Failure(await Hosted().HandleAsync(new SetUserStatus("suspended") { Id = Me }, Ct)));
        await NothingHappened();
    }

    [Fact]
    public async Task Unknown_account_is_not_found()
    {
        Assert.Equal("NOT_FOUND", Failure(await Hosted().HandleAsync(new SetUserStatus("suspended") { Id = Me }, Ct)).Code);
        await NothingHappened();
    }

    [Theory]
    [InlineData("active")]
    [InlineData("suspended")]
    [InlineData("anonymized", "status")]
    [InlineData("Active", "status")]
    [InlineData("", "status")]
    public void Status_is_one_of_two(string status, params string[] faults) => Assert.Equal(faults, new SetUserStatusValidator().Faults(new SetUserStatus(status)));

    private IUseCase<SetUserStatus, UserDto> Hosted() =>
        Given.Hosted(new SetUserStatusHandler(Administration, Administrators, Sessions, Users, UnitOfWork), new SetUserStatusValidator());
}

public class SetUserRoleTests : AdministrationWorld
{
    [Fact]
    public async Task Earlier_role_is_refused_with_the_change()
    {
        Is(Role.Support);

        Assert.Equal(Dto, Value(await Hosted().HandleAsync(new SetUserRole("moderator") { Id = Me }, Ct)));

        Received.InOrder(() =>
        {
            UnitOfWork.BeginAsync(Ct);
            Administration.FindAsync(Me, Ct);
            Administration.SetRoleAsync(Me, Role.Moderator, Ct);
            Sessions.RefuseRoleAsync(Me, Role.Support, Ct);
            UnitOfWork.SaveAsync(Ct);
            Transaction.CommitAsync(Ct);
        });
        await SavedOnce();
        await Administrators.DidNotReceiveWithAnyArgs().MayLeaveAsync(default, Ct);
    }

    [Fact]
    public async Task Administrator_may_be_demoted_while_there_is_another()
    {
        Is(Role.Admin);

        Value(await Hosted().HandleAsync(new SetUserRole("user") { Id = Me }, Ct));

        Received.InOrder(() =>
        {
            Administrators.MayLeaveAsync(Me, Ct);
            Administration.SetRoleAsync(Me, Role.User, Ct);
        });
    }

    [Fact]
    public async Task Last_administrator_stays_one()
    {
        Is(Role.Admin);
        Administrators.MayLeaveAsync(Me, Ct).Returns(UserErrors.LastAdministrator);

        Assert.Equal(UserErrors.LastAdministrator, Failure(await Hosted().HandleAsync(new SetUserRole("user") { Id = Me }, Ct)));
        await NothingHappened();
    }

    [Fact]
    public async Task Suspended_administrator_is_not_counted()
    {
        Is(Role.Admin, UserStatus.Suspended);

        Value(await Hosted().HandleAsync(new SetUserRole("user") { Id = Me }, Ct));

        await Administrators.DidNotReceiveWithAnyArgs().MayLeaveAsync(default, Ct);
        await Committed();
    }

    [Fact]
    public async Task Role_that_they_have_changes_nothing()
    {
        Is(Role.Admin);

        Assert.Equal(Dto, Value(await Hosted().HandleAsync(new SetUserRole("admin") { Id = Me }, Ct)));
        await NothingHappened();
    }

    [Fact]
    public async Task Unknown_account_is_not_found()
    {
        Assert.Equal("NOT_FOUND", Failure(await Hosted().HandleAsync(new SetUserRole("admin") { Id = Me }, Ct)).Code);
        await NothingHappened();
    }

    [Theory]
    [InlineData("user")]
    [InlineData("support")]
    [InlineData("moderator")]
    [InlineData("admin")]
    [InlineData("Admin", "role")]
    [InlineData("3", "role")]
    [InlineData("", "role")]
    public void Role_is_one_of_four(string role, params string[] faults) => Assert.Equal(faults, new SetUserRoleValidator().Faults(new SetUserRole(role)));

    private IUseCase<SetUserRole, UserDto> Hosted() =>
        Given.Hosted(new SetUserRoleHandler(Administration, Administrators, Sessions, Users, UnitOfWork), new SetUserRoleValidator());
}

public class UpdateUserTests : AdministrationWorld
{
    private UpdateUser Request => new("Grace", "Hopper", "+12025550143") { Id = Me };

    [Fact]
    public async Task Name_and_number_are_set_and_saved_once()
    {
        Is(Role.User);

        Assert.Equal(Dto, Value(await Hosted().HandleAsync(Request, Ct)));

        await Administration.Received(1).SetNameAsync(Me, "Grace", "Hopper", "+12025550143", Ct);
        await SavedOnce();
    }

    [Fact]
    public async Task Unknown_account_is_not_found_and_nothing_is_saved()
    {
        Assert.Equal("NOT_FOUND", Failure(await Hosted().HandleAsync(Request, Ct)).Code);

        await Administration.DidNotReceiveWithAnyArgs().SetNameAsync(default, "", "", null, Ct);
        await NothingSaved();
    }

    [Theory]
    [InlineData(100, 100, null)]
    [InlineData(1, 1, "+442079460000")]
    [InlineData(0, 101, "12", "first_name", "last_name", "phone")]
    public void Boundaries_are_those_of_a_profile(int first, int last, string? phone, params string[] faults) =>
        Assert.Equal(faults, new UpdateUserValidator().Faults(new UpdateUser(Text(first), Text(last), phone)));

    private IUseCase<UpdateUser, UserDto> Hosted() => Given.Hosted(new UpdateUserHandler(Administration, Users, UnitOfWork), new UpdateUserValidator());
}

public class SignOutUserTests : AdministrationWorld
{
    [Fact]
    public async Task All_sessions_end_with_an_entry_of_who_was_meant()
    {
        Is(Role.User, UserStatus.Suspended);

        Value(await Hosted().HandleAsync(new SignOutUser(Me), Ct));

        Received.InOrder(() =>
        {
            Audit.Record("users.sign_out", AuditStatus.Success, "user", Me.ToString());
            Sessions.EndAllAsync(Me, null, Ct);
        });
    }

    [Fact]
    public async Task Unknown_account_is_not_found_and_has_no_entry()
    {
        Assert.Equal("NOT_FOUND", Failure(await Hosted().HandleAsync(new SignOutUser(Me), Ct)).Code);

        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
    }

    private IUseCase<SignOutUser, Done> Hosted() => Given.Hosted(new SignOutUserHandler(Administration, Sessions, Audit));
}

public class ForcePasswordResetTests : AdministrationWorld
{
    [Fact]
    public async Task Password_is_forgotten_and_then_all_sessions_end_with_it()
    {
        Is(Role.Admin);

        Value(await Hosted().HandleAsync(new ForcePasswordReset(Me), Ct));

        Received.InOrder(() =>
        {
            Administration.ForgetPasswordAsync(Me, Ct);
            Sessions.EndAllAsync(Me, null, Ct);
        });
    }

    [Fact]
    public async Task Suspended_and_unknown_accounts_are_refused_and_keep_their_password()
    {
        Assert.Equal("NOT_FOUND", Failure(await Hosted().HandleAsync(new ForcePasswordReset(Me), Ct)).Code);
        Is(Role.User, UserStatus.Suspended);
        Assert.Equal(UserErrors.Suspended, Failure(await Hosted().HandleAsync(new ForcePasswordReset(Me), Ct)));

        await Administration.DidNotReceiveWithAnyArgs().ForgetPasswordAsync(default, Ct);
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
    }

    private IUseCase<ForcePasswordReset, Done> Hosted() => Given.Hosted(new ForcePasswordResetHandler(Administration, Sessions));
}

public class ReadingUsersTests : AdministrationWorld
{
    private static readonly UserFilter All = new(null, null, null, null, null, null);
    private static readonly PageRequest FirstPage = new(null, null, null);

    [Fact]
    public async Task Reading_somebody_else_has_an_entry_and_reading_oneself_has_none()
    {
        Assert.Equal(Dto, Value(await Read(NewId()).HandleAsync(new ReadUser(Me), Ct)));
        Audit.Received(1).Record("users.read", AuditStatus.Success, "user", Me.ToString());
        await SavedOnce();

        Assert.Equal(Dto, Value(await Read(Me).HandleAsync(new ReadUser(Me), Ct)));
        await SavedOnce();
    }

    [Fact]
    public async Task Unknown_account_is_not_found_and_has_no_entry()
    {
        Assert.Equal("NOT_FOUND", Failure(await Read(Me).HandleAsync(new ReadUser(NewId()), Ct)).Code);

        Audit.DidNotReceiveWithAnyArgs().Record("", default, "");
        await NothingSaved();
    }

    [Fact]
    public async Task List_has_an_entry_without_what_was_looked_for()
    {
        var page = new Page<UserDto>([Dto], 20, 1, 1, null);
        var filter = All with { Search = "lovelace" };
        Users.ListAsync(filter, FirstPage, Ct).Returns(page);

        Assert.Same(page, Value(await Given.Hosted(new ListUsersHandler(Users, Audit, UnitOfWork)).HandleAsync(new ListUsers(filter, FirstPage), Ct)));

        Audit.Received(1).Record("users.list", AuditStatus.Success, "user");
        await SavedOnce();
    }

    [Fact]
    public async Task Bad_cursor_has_no_entry()
    {
        Users.ListAsync(All, FirstPage, Ct).Returns(Error.BadRequest("No.", "cursor"));

        Assert.Equal("BAD_REQUEST", Failure(await Given.Hosted(new ListUsersHandler(Users, Audit, UnitOfWork)).HandleAsync(new ListUsers(All, FirstPage), Ct)).Code);
        await NothingSaved();
    }

    [Fact]
    public async Task Export_has_its_entry_before_anything_is_read()
    {
        Value(await Given.Hosted(new ExportUsersHandler(Users, Audit, UnitOfWork)).HandleAsync(new ExportUsers(All), Ct));

        Received.InOrder(() =>
        {
            Audit.Record("users.export", AuditStatus.Success, "user");
            UnitOfWork.SaveAsync(Ct);
            Users.StreamAsync(All, Ct);
        });
    }

    private IUseCase<ReadUser, UserDto> Read(Guid reader) => Given.Hosted(new ReadUserHandler(Users, Audit, UnitOfWork, SignedIn(reader, Role.Support)));
}

public class UserFilterTests
{
    private static readonly UserFilter All = new(null, null, null, null, null, null);

    public static TheoryData<UserFilter, string[]> Boundaries => new()
    {
        { All, [] },
        { new UserFilter(Text(100), "support", "suspended", Start, Later, "-last_login_at"), [] },
        { All with { Search = "a b c d e" }, [] },
        { All with { Search = "a A a b b c d e" }, [] },
        { All with { Search = "\U0001F469\U0001F469" }, [] },
        { All with { Search = "a b c d e f" }, ["search"] },
        { All with { Search = Text(101) }, ["search"] },
        { All with { Search = "a\0b" }, ["search"] },
        { All with { Search = "\uD800" }, ["search"] },
        { All with { Search = "\uDC00\uD800" }, ["search"] },
        { All with { Search = "x\uD83D" }, ["search"] },
        { All with { Role = "emperor", Status = "anonymized", Sort = "password" }, ["role", "status", "sort"] },
        { All with { Sort = "--email" }, ["sort"] },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Boundaries_are_kept(UserFilter filter, string[] faults) => Assert.Equal(faults, new UserFilterValidator().Faults(filter));

    [Theory]
    [InlineData(null)]
    [InlineData("csv")]
    [InlineData("CSV", "format")]
    [InlineData("xls", "format")]
    public void Export_is_CSV(string? format, params string[] faults) => Assert.Equal(faults, new UserExportValidator().Faults(new UserExport(format)));

    [Theory]
    [InlineData("  Ada\u00A0LOVELACE\tada ", "ada", "lovelace")]
    [InlineData("O'Brien-Smith", "o'brien-smith")]
    [InlineData("   ")]
    public void Words_are_in_lower_case_and_each_once(string search, params string[] words) => Assert.Equal(words, SearchWords.Of(search));

    [Theory]
    [InlineData("ada", true)]
    [InlineData("a1b", true)]
    [InlineData("Éva", true)]
    [InlineData("x@mail", true)]
    [InlineData("ad", false)]
    [InlineData("a@b.c", false)]
    [InlineData("---", false)]
    [InlineData("\U0001F469\U0001F469\U0001F469", false)]
    [InlineData("", false)]
    public void Trigram_is_three_letters_or_digits_in_a_row(string word, bool has) => Assert.Equal(has, SearchWords.HasTrigram(word));

    [Fact]
    public void Whatever_is_searched_for_has_bounds_and_no_word_holds_a_space() => Always<string?>(search =>
        search is null || SearchWords.Of(search) is var words && words.All(word => word.Length > 0 && !word.Any(char.IsWhiteSpace)) && words.Sum(word => word.Length) <= search.Length);
}

public class AdministrationMailTests : UsersWorld
{
    private static readonly Uri Link = new("https://example.com/reset?token=token-1");
    private static readonly Uri Forgot = new("https://example.com/forgot");

    private readonly SentMessages sent = new(new Consumed.Unknown("cut off"));
    private readonly IMailLinks links = Substitute.For<IMailLinks>();
    private readonly Message message = new(NewId(), 1, false);

    public AdministrationMailTests()
    {
        links.ForgotPassword.Returns(Forgot);
        links.ResetPassword("token-1").Returns(Link);
    }

    [Fact]
    public async Task Owner_is_told_of_each_change_also_while_suspended()
    {
        Users.FindProfileAsync(Me, Ct).Returns(new ProfileDto(Dto with { Status = UserStatus.Suspended, Role = Role.Moderator }) { Locale = "de" });
        var consumer = new TellOwnerOfAdministration(Users, sent);

        Assert.Equal(new Consumed.Unknown("cut off"), await consumer.HandleAsync(new UserSuspended(Me), message, Ct));
        await consumer.HandleAsync(new UserReinstated(Me), message, Ct);
        await consumer.HandleAsync(new RoleChanged(Me), message, Ct);

        Assert.Equal(["users.suspended", "users.reinstated", "users.role-changed"], sent.All.Select(mail => mail.Template));
        Assert.All(sent.All, mail => mail.Is(mail.Template, message, new Recipient(Me, Email, "de"), ("first_name", "Ada"), ("role", "moderator")));
    }

    [Fact]
    public async Task Link_of_a_forced_reset_is_made_while_the_mail_is_rendered()
    {
        Resets.MakeTokenAsync(Me, Ct).Returns((Email, "Ada", "token-1", null));

        Assert.Equal(new Consumed.Unknown("cut off"), await new SendForcedResetMail(Resets, sent, links).HandleAsync(new PasswordResetForced(Me), message, Ct));

        sent.Single.Is("users.password-reset-forced", message, new Recipient(Me, Email, null), ("first_name", "Ada"), ("link", Link), ("token", "token-1"), ("forgot_link", Forgot));
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        Users.FindProfileAsync(Me, Ct).Returns((ProfileDto?)null);
        Resets.MakeTokenAsync(Me, Ct).Returns(((string, string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await new TellOwnerOfAdministration(Users, sent).HandleAsync(new UserSuspended(Me), message, Ct));
        Assert.Equal(Consumed.Done, await new SendForcedResetMail(Resets, sent, links).HandleAsync(new PasswordResetForced(Me), message, Ct));
        Assert.Empty(sent.All);
    }
}
